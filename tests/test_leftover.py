"""Parameters and variables that a patch takes out of a function, and that its comments still name."""

import pytest
from command import stale_after

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
def test_what_is_left_behind(tmp_path, comment, edits, told):
    before = after = BODY % comment
    for old, new in edits:
        after = after.replace(old, new)
    ran = stale_after(tmp_path, before, after)
    assert ran.out.count("[stale-reference]") == (told is not None)
    assert told is None or told in ran.out
