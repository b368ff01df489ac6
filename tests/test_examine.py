"""What is said of code that was not analysed, and to which function a comment belongs."""

import gc
from weakref import ref

import pytest

from kpatchlint.check import Loaded, check_patches, scan_source
from kpatchlint.examine import Text, examine_once
from kpatchlint.release import newest_release
from kpatchlint.rule import load_rules
from kpatchlint.source import Source

NOT_ABOUT_FLOW = {"stale-reference", "undocumented-null"}


def hunk(lines, start=10, heading=""):
    added = b"".join(b"+%s\n" % line for line in lines)
    head = f"--- a/mm/x.c\n+++ b/mm/x.c\n@@ -{start - 1},0 +{start},{len(lines)} @@ {heading}\n"
    return head.encode() + added


def checked(lines, **more):
    return check_patches([("x.patch", hunk(lines, **more))], Loaded())


def unread(statement):
    """The rules named for a function with that statement which cannot be parsed."""
    (range_,) = scan_source("x.c", b"void f(void)\n{\n\t%s\n\tx\0(a) b;\n}\n" % statement).unanalyzed
    return set(range_.rules)


class TestRangesNotAnalysed:
    @pytest.mark.parametrize(
        "lines",
        [
            [b"\tspin_lock(a);", b"\tx\0(a) b;", b"\tb();"],
            [b"\tx\0(a) b;", b"\tb();"],
            [b"\tb();", b"\tx\0(a) b;"],
            [b"\tx\0(a) b;"],
            [b"\tif (a) {", b"\t\tx\0(a) b;"],
            [b"\t\tx\0(a) b;", b"\t}"],
            [b"\t\tb(((((;", b"\t} else {", b"\t\tx\0(a) b;"],
        ],
    )
    @pytest.mark.parametrize("heading", ["", "void f(int a)"])
    def test_lines_of_a_hunk_are_its_own(self, lines, heading):
        found = checked(lines, heading=heading).unanalyzed
        assert found
        for range_ in found:
            assert 10 <= range_.line <= range_.end_line < 10 + len(lines)

    def test_lines_of_a_file(self):
        (range_,) = scan_source("x.c", b"int a;\n\nvoid f(void)\n{\n\tx\0(a) b;\n}\n\nint b;\n").unanalyzed
        assert 3 <= range_.line <= 5 <= range_.end_line <= 6


class TestRulesInside:
    def test_nothing_known(self):
        assert unread(b"pier_open(a);") == set()

    def test_part_of_a_name_is_not_the_name(self):
        assert unread(b"my_spin_lock_now(a);") == set()

    def test_every_name_is_one_of_a_rule(self):
        """And comments are read where code is not."""
        every = {rule.id for rule in load_rules()}
        assert unread(b"pte_unmap_unlock(p, l); migration_entry_wait_on_locked(e, l);") <= every - NOT_ABOUT_FLOW

    def test_of_a_lock(self):
        rules = unread(b"spin_lock(a);")
        assert {"missing-unlock", "unlock-after-wait", "lock-held-twice"} <= rules
        assert not {"missing-unmap", "use-after-unmap"} & rules

    def test_of_a_map(self):
        rules = unread(b"pte_unmap(p);")
        assert {"missing-unmap", "use-after-unmap", "unmap-wrong-pointer"} <= rules
        assert not {"missing-unlock", "unlock-after-wait"} & rules

    def test_of_what_only_needs_a_lock(self):
        assert "lock-not-held" in unread(b"lockdep_assert_held(l);")

    def test_of_what_sleeps(self):
        assert "wait-while-locked" in unread(b"might_sleep();")


STALE = b"wait_on_page_bit_common()"


def belongs(text):
    """The function of the one stale name of a text."""
    (finding,) = [f for f in scan_source("x.c", text).findings if f.rule == "stale-reference"]
    return finding.function


class TestFunctionOfAComment:
    BEFORE = b"static int first(void)\n{\n\treturn 0;\n}\n\n"

    @pytest.mark.parametrize(
        ("text", "name"),
        [
            (b"/* As %s. */\nint a(void)\n{\n\treturn 0;\n}\n", "a"),
            (b"/**\n * a - as %s\n */\nstatic __always_inline\nint a(void)\n{\n\treturn 0;\n}\n", "a"),
            (b"int a(void)\n{\n\t/* As %s. */\n\treturn 0;\n}\n", "a"),
            (b"int a(void)\n{\n\treturn 0;\t/* As %s. */\n}\n", "a"),
            (b"/* As %s. */\nint v;\n\nint a(void)\n{\n\treturn 0;\n}\n", ""),
            (b"/* As %s. */\n", ""),
            (b"int v;\t/* As %s. */\n", ""),
        ],
    )
    @pytest.mark.parametrize("before", [b"", BEFORE])
    def test_in_a_file(self, text, name, before):
        assert belongs(before + text % STALE) == name

    @pytest.mark.parametrize(("heading", "name"), [("int a(int b)", "a"), ("", "")])
    def test_in_a_hunk(self, heading, name):
        (finding,) = checked([b"\t/* As %s. */" % STALE, b"\tb();"], heading=heading).findings
        assert (finding.rule, finding.function) == ("stale-reference", name)


class TestTheOwnContract:
    """A function that has a contract must give back what the contract says, where its conditions hold."""

    HEAD = b"void follow_pfnmap_end(struct follow_pfnmap_args *args)\n{\n"
    LOCK = b"\tif (args->lock)\n\t\tspin_unlock(args->lock);\n"

    def said(self, body):
        return [finding.rule for finding in scan_source("mm/x.c", self.HEAD + body + b"}\n").findings]

    @pytest.mark.parametrize(
        ("body", "rules"),
        [
            (LOCK + b"\tif (args->ptep)\n\t\tpte_unmap(args->ptep);\n", []),
            (LOCK + b"\tif (args->ptep)\n\t\tcount(args);\n", ["missing-unmap"]),
            (LOCK + b"\tif (!args->ptep)\n\t\treturn;\n\tcount(1);\n", ["missing-unmap"]),
            (b"\tif (args->ptep)\n\t\tpte_unmap(args->ptep);\n", ["missing-unlock"]),
            # without HIGHPTE and without SMP there may be nothing to give back
            (b"\tcount(1);\n", []),
        ],
    )
    def test_what_is_left(self, body, rules):
        assert self.said(body) == rules


def test_wrong_in_two_ways_on_two_paths_is_one_finding():
    """Given back untested on one path, and without having been taken on another: one call is to go."""
    text = b"""void f(struct mm_struct *mm, pmd_t *pmd, unsigned long a, int again)
{
	pte_t *pte = NULL;

	if (again)
		pte = pte_offset_map(pmd, a);
	pte_unmap(pte);
}
"""
    (found,) = scan_source("mm/x.c", text).findings
    assert (found.rule, found.position.line) == ("unchecked-map", 7)


def test_what_is_held_too_long_is_named_by_where_it_was_taken():
    text = b"""int f(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	msleep(1);
	return 0;
}
"""
    found = scan_source("mm/x.c", text).findings
    assert [(finding.rule, finding.held) for finding in found] == [
        ("wait-while-locked", "f:3"),
        ("missing-unlock", "f:3"),
    ]


def test_a_text_that_nobody_asks_again_is_freed_at_once():
    """Nothing of it is left to the search for cycles, which takes time and comes late."""
    code = b"void g(spinlock_t *l)\n{\n\tspin_lock(l);\n}\n\nvoid f(spinlock_t *l)\n{\n\tg(l);\n\tspin_lock(l);\n}\n"
    text = Text(Source("x.c", code), Loaded().at(newest_release()))
    known = ref(text), ref(text.program)
    gc.collect()
    gc.disable()
    try:
        found = examine_once(text, lambda start, end: True).findings
        del text
        assert [one() for one in known] == [None, None]
    finally:
        gc.enable()
    assert [f.rule for f in found]
