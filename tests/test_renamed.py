"""A function that a patch gives another name keeps what the rule data says of it."""

from difflib import unified_diff

import pytest
from command import run
from patching import one

from kpatchlint.patch.change import fragments
from kpatchlint.patch.renamed import renamed

HEADER = "include/linux/mm.h"
DECLARED = "#define AREA 1\nint pte_alloc(struct mm_struct *mm);\nvoid pte_unmap_unlock(pte_t *pte, spinlock_t *ptl);\n"
CODE = """\
int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	if (!pte)
		return 0;
	count(ptep_get(pte));
	pte_unmap_unlock(pte, ptl);
	return 1;
}
"""
FILES = {HEADER: DECLARED, "mm/walk.c": CODE, "Makefile": "VERSION = 6\nPATCHLEVEL = 12\n"}
OLD, NEW = "pte_unmap_unlock", "pte_give_back"
FREED = f"\t{NEW}(pte, ptl);\n"


def diff(before, after):
    sides = ((before.get(path, ""), after.get(path, ""), path) for path in {**before, **after})
    return "".join(
        "".join(unified_diff(a.splitlines(True), b.splitlines(True), f"a/{p}", f"b/{p}")) for a, b, p in sides
    )


def after(*edits, files=FILES):
    for old, new in edits:
        files = {path: text.replace(old, new) for path, text in files.items()}
    return files


RENAMED = after((OLD, NEW))
TWICE = after((FREED, FREED * 2), files=RENAMED)


def names(before, after, known=(OLD,)):
    return renamed(fragments(one(diff(before, after).encode())), known)


@pytest.fixture
def tree(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


class TestRenamed:
    def test_where_the_line_is_the_same_otherwise(self):
        assert names(FILES, RENAMED) == {OLD: NEW}

    def test_not_what_nobody_knows(self):
        assert names(FILES, RENAMED, known=("pte_alloc",)) == {}

    def test_not_where_only_calls_change(self):
        assert names(FILES, {**FILES, "mm/walk.c": RENAMED["mm/walk.c"]}) == {}

    def test_not_with_other_parameters(self):
        assert names(FILES, after((f"{OLD}(pte_t *pte, ", f"{NEW}("))) == {}

    def test_not_where_the_old_one_stays_in_another_shape(self):
        both = RENAMED[HEADER] + f"static inline void {OLD}(pte_t *pte);\n"
        assert names(FILES, {**RENAMED, HEADER: both}) == {}

    def test_a_macro(self):
        old, new = (f"#define {name}(pte, ptl) \\\n\tdone(pte)\n" for name in (OLD, NEW))
        assert names({HEADER: old}, {HEADER: new}) == {OLD: NEW}


def found(*arguments, mails):
    return run("check", *arguments, "-", stdin="".join(mails).encode()).out


class TestCheck:
    def test_a_mere_new_name_brings_nothing(self, tree):
        assert "no findings" in found("--tree", tree, mails=[diff(FILES, RENAMED)])

    @pytest.mark.parametrize("with_tree", [True, False])
    def test_a_mistake_under_the_new_name(self, tree, with_tree):
        said = found(*(("--tree", tree) if with_tree else ()), mails=[diff(FILES, TWICE)])
        assert f"{NEW}() already dropped it" in said

    def test_a_later_patch_knows_the_new_name(self, tree):
        heads = (f"From x Thu Jan  1 00:00:00 2026\nSubject: [PATCH {n}/2] x\n\nx\n---\n" for n in (1, 2))
        diffs = diff(FILES, RENAMED), diff(RENAMED, TWICE)
        patches = [head + patch for head, patch in zip(heads, diffs, strict=True)]
        assert f"{NEW}() already dropped it" in found("--tree", tree, mails=patches)
        assert f"{NEW}() already dropped it" in found("--tree", tree, "--series", mails=patches)
