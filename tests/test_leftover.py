"""Parameters and variables that a patch takes out of a function, and that its comments still name."""

from difflib import unified_diff

import pytest
from command import run

BODY = """\
/* Fills it. */
int fill(struct pond *pond, bool can_fill, int depth)
{
	int water_in_pond = depth;

	/* %s */
	if (!can_fill)
		return pond->depth_of_it;
	return water_in_pond;
}

int drain(bool can_fill)
{
	return can_fill;
}
"""
RENAMED = ("bool can_fill, int", "bool may_fill, int"), ("if (!can_fill)", "if (!may_fill)")
REMOVED = ("int water_in_pond = depth", "int w = depth"), ("return water_in_pond", "return w")
GONE = ("int water_in_pond = depth", "int w, x = depth"), ("return water_in_pond", "return w")


@pytest.fixture
def check(tmp_path):
    def checked(comment, edits):
        before = after = BODY % comment
        for old, new in edits:
            after = after.replace(old, new)
        for path, text in {"Makefile": "VERSION = 6\n", "include/linux/x.h": "", "mm/x.c": before}.items():
            (tmp_path / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "tree" / path).write_text(text)
        lines = (text.splitlines(True) for text in (before, after))
        (tmp_path / "p.patch").write_text("".join(unified_diff(*lines, "a/mm/x.c", "b/mm/x.c")))
        return run("check", "--select=stale-reference", "--tree", tmp_path / "tree", tmp_path / "p.patch")

    return checked


@pytest.mark.parametrize(
    ("comment", "edits", "told"),
    [
        ("Not unless can_fill is true.", RENAMED, "this patch renames can_fill to may_fill"),
        ("Not unless @can_fill is true.", RENAMED, "this patch renames can_fill to may_fill"),
        ("As deep as water_in_pond.", REMOVED, "this patch renames water_in_pond to w"),
        ("As deep as water_in_pond->depth.", REMOVED, "this patch renames water_in_pond to w"),
        ("As deep as water_in_pond.", GONE, "this patch removes water_in_pond"),
        ("As deep as water_in_pond.", RENAMED, None),
        ("This was called can_fill before.", RENAMED, None),
        ("water_in_pond", REMOVED, None),
        ("As deep as depth_of_it.", (("return pond->depth_of_it", "return 0"),), None),
        ("Not unless can_fill is.", (*RENAMED, ("int depth", "int d"), ("= depth", "= d")), "can_fill to may_fill"),
        ("Not unless can_fill is.", (("bool can_fill, int depth", "int depth, bool ok"), ("!can_fill", "!ok")), None),
    ],
)
def test_what_is_left_behind(check, comment, edits, told):
    ran = check(comment, edits)
    assert ran.out.count("[stale-reference]") == (told is not None)
    assert told is None or told in ran.out
