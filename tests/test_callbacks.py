"""Which functions a file hands to page-table walks, read off its tables."""

from kpatchlint.c.callbacks import Installed, installed

OPS = frozenset({"mm_walk_ops"})
TABLE = b"""
static const struct mm_walk_ops ops = {
	.pte_entry	= one,		/* each */
	.pte_hole	= &two,
};
static const struct other_ops others = { .pte_entry = three };
int f(struct mm_struct *mm) { return walk(mm, 0, 1, &ops, NULL); }
"""


def test_members_of_the_table_and_who_gets_it():
    assert installed(TABLE, OPS) == {
        "one": {Installed("mm_walk_ops", "pte_entry", frozenset({"walk"}))},
        "two": {Installed("mm_walk_ops", "pte_hole", frozenset({"walk"}))},
    }


def test_a_function_in_two_tables_has_two_places():
    twice = TABLE + b"static struct mm_walk_ops more[] = { { .hugetlb_entry = one } };\n"
    assert {place.member for place in installed(twice, OPS)["one"]} == {"pte_entry", "hugetlb_entry"}


def test_who_gets_the_table_is_the_callee_and_not_what_stands_around_the_call():
    inside = TABLE.replace(b"return walk(mm, 0", b"if (ok(mm) && walk(of(mm), 0") + b")"
    assert {place.given_to for found in installed(inside, OPS).values() for place in found} == {frozenset({"walk"})}


def test_no_table_no_callback():
    assert installed(b"int f(void) { ops.pte_entry = g; return 0; }", OPS) == {}
    assert installed(b"struct mm_walk_ops ops = { .pte_entry = one", OPS) == {}
