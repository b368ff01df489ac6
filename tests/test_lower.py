"""Lowering of single forms of C, and what the analysis makes of them."""

import pytest

from kpatchlint.c.context import Context
from kpatchlint.c.dialect import load
from kpatchlint.c.ir import Assign, Assume, Call, Exit, Load, text
from kpatchlint.c.lower import lower
from kpatchlint.c.parse import parse
from kpatchlint.check import scan_source
from kpatchlint.source import Source


def lowered(statements):
    text = f"int f(struct item *p)\n{{\n{statements}\n}}\n".encode()
    (function,) = parse(Source("x.c", text), load()).functions
    return lower(function.nodes[0], Context())


def operations(body, kind):
    return [op for block in body.cfg.blocks for op in block.operations if isinstance(op, kind)]


class TestBlocks:
    """Blocks that only follow one another are one."""

    def calls(self, statements):
        return [
            [op.function for op in block.operations if isinstance(op, Call)]
            for block in lowered(statements).cfg.blocks
        ]

    def test_what_follows_a_branch_on_one_side_stands_with_it(self):
        assert self.calls("\ta(p);\n\tif (p)\n\t\tb(p);\n\telse\n\t\tc(p);\n\td(p);") == [["a"], ["d"], ["b"], ["c"]]

    def test_what_is_reached_twice_begins_a_block(self):
        assert ["b", "c"] in self.calls("\ta(p);\nagain:\n\tb(p);\n\tif (c(p))\n\t\tgoto again;\n\td(p);")

    def test_where_a_branch_ends_it_leaves_by_a_block_of_its_own(self):
        blocks = [block.operations for block in lowered("\tif (p)\n\t\treturn 1;\n\ta(p);").cfg.blocks]
        assert [type(ops[0]) for ops in blocks if any(isinstance(op, Exit) for op in ops)] == [Exit, Call]

    def test_every_edge_leads_to_a_block(self):
        blocks = lowered("\twhile (a(p)) {\n\t\tif (b(p))\n\t\t\tcontinue;\n\t\tc(p);\n\t}").cfg.blocks
        assert {s for block in blocks for s in block.successors} == set(range(1, len(blocks)))


class TestInitialised:
    """What a declaration sets the members of its variable to."""

    def set_by(self, declaration):
        return [f"{text(op.place)} = {text(op.value)}" for op in operations(lowered(declaration), Assign)]

    def test_a_list_and_a_compound_literal_say_the_same(self):
        members = ["x = 0", "x.owner = p"]
        assert self.set_by("\tstruct x x = { .owner = p };") == members
        assert self.set_by("\tstruct x x = (struct x){ .owner = p };") == members

    def test_a_pointer_to_a_literal_is_not_that(self):
        assert len(self.set_by("\tstruct x *x = (struct x[]){ { .owner = p } };")) == 1


class TestOneValueOrTheOther:
    """`a ?: b` of GNU C."""

    def test_the_tested_value_is_evaluated_once(self):
        called = [call.function for call in operations(lowered("\treturn a(p) ?: b(p);"), Call)]
        assert sorted(called) == ["a", "b"]

    def test_what_is_tested_is_what_comes_out(self):
        body = lowered("\treturn a(p) ?: b(p);")
        yes, no = operations(body, Assume)
        (exit_,) = operations(body, Exit)
        assert (yes.truth, no.truth) == (True, False)
        assert isinstance(yes.value, Load)
        assert yes.value == no.value == exit_.value

    def test_they_nest(self):
        called = [call.function for call in operations(lowered("\treturn a(p) ?: b(p) ?: c(p);"), Call)]
        assert sorted(called) == ["a", "b", "c"]

    @pytest.mark.parametrize("other", ["NULL", "pud_trans_huge_lock(pud, vma)"])
    def test_a_lock_that_either_gives_is_followed(self, other):
        text = f"""\
void f(struct vm_area_struct *vma, pmd_t *pmd, pud_t *pud)
{{
	spinlock_t *ptl;

	ptl = pmd_trans_huge_lock(pmd, vma) ?: {other};
	if (!ptl)
		return;

	spin_unlock(ptl);
	spin_unlock(ptl);
}}
"""
        found = scan_source("mm/x.c", text.encode()).findings
        assert [(f.rule, f.position.line) for f in found] == [("unlock-after-wait", 10)]


@pytest.mark.parametrize(("opening", "closing"), [("if (%s) {", "}"), ("while (%s) {", "}"), ("do {", "} while (%s);")])
def test_what_a_hunk_does_not_show_is_unknown_each_time(opening, closing):
    """One invented condition says nothing about the next."""
    unknown = "__kpatchlint_unknown__"
    text = f"""\
void f(spinlock_t *l)
{{
	{opening.replace("%s", unknown)}
		if ({unknown})
			return;
		x_note();
	{closing.replace("%s", unknown)}
	if ({unknown}) {{
		if ({unknown})
			return;
		spin_unlock(l);
		spin_unlock(l);
	}}
}}
"""
    found = scan_source("x.c", text.encode()).findings
    assert ("unlock-after-wait", 12) in [(f.rule, f.position.line) for f in found]
