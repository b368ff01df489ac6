"""Which release a patch without a tree is taken to be for."""

import datetime

import pytest
from command import refused, run
from patching import HEAD, one

from kpatchlint.check import check_patches
from kpatchlint.evidence import base_of, release_of
from kpatchlint.loaded import Loaded
from kpatchlint.patch.change import fragments

LOADED = Loaded()
WAIT = "migration_entry_wait_on_locked"


def release(*lines, day="2026-02-03", subject="mm: x", removed=(), of=release_of):
    """The release for a mail of that day that adds these lines."""
    date = datetime.date.fromisoformat(day).strftime("Date: %a, %d %b %Y 09:12:44 +0100\n") if day else ""
    head = f"From: A <a@example.org>\nSubject: [PATCH] {subject}\n{date}\n---\n"
    head = head.replace("[PATCH] [", "[")
    body = "".join(f"-{line}\n" for line in removed) + "".join(f"+{line}\n" for line in lines)
    hunk = f"@@ -10,{1 + len(removed)} +10,{1 + len(lines)} @@ void f(int a)\n \tint b;\n"
    mail = one(f"{head}diff --git a/mm/x.c b/mm/x.c\n--- a/mm/x.c\n+++ b/mm/x.c\n{hunk}{body}".encode())
    return str(of(mail, fragments(mail), LOADED.base.knowledge))


def base(*lines, removed=(), day="2021-11-22"):
    """The release such a mail begins with."""
    return release(*lines, removed=removed, day=day, of=base_of)


class TestWhatThePatchBegins:
    """What it adds is no evidence of the tree it is for."""

    HEADING = f"void {WAIT}(struct folio *folio, pte_t *ptep, spinlock_t *ptl)"

    def test_its_own_function_is_no_evidence_of_its_base(self):
        assert release(self.HEADING, day="2021-11-22") == "v5.17"
        assert base(self.HEADING) == "v5.16"

    def test_nor_are_calls_of_it(self):
        assert base(f"\t{WAIT}(entry, ptep, ptl);", "}", "", self.HEADING) == "v5.16"

    def test_calls_of_what_was_there_are(self):
        assert base(f"\t{WAIT}(entry, ptep, ptl);") == "v5.17"


class TestTheDay:
    @pytest.mark.parametrize(("day", "said"), [("2021-11-22", "v5.16"), ("2023-02-01", "v6.2")])
    def test_when_nothing_else_is_known(self, day, said):
        assert release("\tnote(a);", day=day) == said

    def test_without_one_the_newest(self):
        assert release("\tnote(a);", day="") == str(LOADED.base.release)


class TestTheSubject:
    @pytest.mark.parametrize(
        ("subject", "said"),
        [
            ("[PATCH 6.1 123/456] mm: x", "v6.1"), ("[PATCH 5.15.y] x", "v5.15"), ("[PATCH v2 6.6.y 1/3] x", "v6.6"),
            ("[PATCH 6.1.192 01/20] x", "v6.1"), ("[PATCH 1/3] x 6.1", "v6.20"), ("[PATCH v6 1/20] x", "v6.20"),
            ("[RFC 6.1] x", "v6.20"),
        ],
    )
    def test_of_a_stable_tree(self, subject, said):
        expected = said if said != "v6.20" else release("\tnote(a);")
        assert release("\tnote(a);", subject=subject) == expected


class TestTheCode:
    @pytest.mark.parametrize(
        ("line", "day", "said"),
        [
            (f"\t{WAIT}(entry, ptep, ptl);", "2026-02-03", "v6.4"),
            (f"\t{WAIT}(entry, ptep, ptl);", "2020-02-03", "v5.17"),
            (f"\t{WAIT}(entry, ptep, ptl);", "2023-01-24", "v6.2"),
            (f"\t{WAIT}(entry, ptl);", "2021-11-22", "v6.5"),
            (f"\t{WAIT}(swp_entry(a,\n+\t\tb), ptl);", "2021-11-22", "v6.5"),
            ("\tsoftleaf_entry_wait_on_locked(entry, ptl);", "2024-02-03", "v7.0"),
            ("\tif (pmd_trans_unstable(pmd))", "2026-02-03", "v6.4"),
        ],
    )
    def test_moves_the_day_into_its_range(self, line, day, said):
        assert release(*line.split("\n+"), day=day) == said

    def test_goes_before_the_subject(self):
        assert release(f"\t{WAIT}(entry, ptl);", subject="[PATCH 6.1.y] x") == "v6.5"

    def test_of_several_calls_the_common_range_counts(self):
        lines = [f"\t{WAIT}(entry, ptep, ptl);", "\thugetlb_walk(vma, addr, sz);"]
        assert release(*lines, day="2020-02-03") == "v6.2"

    @pytest.mark.parametrize(
        "lines",
        [
            [f"\t{WAIT}(entry, ptep, ptl);", "\tfolio_walk_start(fw, vma, addr, 0);"],
            [f"\t{WAIT}(a, b, c, d);"],
            [f"\t{WAIT}(a"],
            [f"\t/* {WAIT}(entry, ptep, ptl) */"],
            [f'\tpr_info("{WAIT}(entry, ptep, ptl)");'],
            [f"\tmy_{WAIT}(entry, ptep, ptl);"],
            [f"\t{WAIT};"],
        ],
        ids=["contradiction", "no such arity", "unfinished", "comment", "string", "part of a name", "no call"],
    )
    def test_what_says_nothing(self, lines):
        assert release(*lines, day="2023-12-24") == "v6.7"

    def test_what_is_removed_says_nothing(self):
        """A patch that changes an interface is for the tree that it makes."""
        assert release(f"\t{WAIT}(e, ptl);", removed=[f"\t{WAIT}(e, p, ptl);"], day="2021-11-22") == "v6.5"


def test_contracts_are_those_of_that_release():
    """A map that is given up by the wait is unmapped once more: wrong before v6.5 and right after it."""
    def rules(*wait):
        lines = ["int f(pte_t *ptep, spinlock_t *ptl)", "{", "\tpte_t *p = pte_offset_map_lock(mm, pmd, addr, &ptl);"]
        lines += [f"\t{WAIT}({', '.join(wait)});", "\tpte_unmap(p);", "\treturn 0;", "}"]
        diff = "--- /dev/null\n+++ b/mm/x.c\n@@ -0,0 +1,7 @@\n" + "".join(f"+{line}\n" for line in lines)
        return [f.rule for f in check_patches([("x.patch", HEAD + b"\n" + diff.encode())], LOADED).findings]

    assert rules("e", "p", "ptl") != []
    assert "unlock-after-wait" not in rules("e", "ptl")


class TestToldByTheUser:
    """`pte_offset_map_lock()` may fail since v6.5."""

    LINES = "pte = pte_offset_map_lock(mm, pmd, addr, &ptl);", "set_pte_at(mm, addr, pte, entry);"
    BODY = "".join(f"+\t{line}\n" for line in (*LINES, "pte_unmap_unlock(pte, ptl);"))
    PATCH = f"--- a/mm/x.c\n+++ b/mm/x.c\n@@ -10,2 +10,5 @@ void f(int a)\n \tint b;\n \n{BODY}".encode()

    @pytest.mark.parametrize(("release", "found"), [("v6.1", 0), ("6.12", 1), ("v6.5.3", 1)])
    def test_it_decides(self, release, found):
        assert run("check", "--release", release, "-", stdin=self.PATCH).out.count("[unchecked-map]") == found

    def test_what_is_none_is_refused(self):
        refused(run("check", "--release", "next", "-", stdin=self.PATCH), 2, "not a kernel release: 'next'", "cure")

    def test_a_tree_knows_better(self, tmp_path):
        ran = run("check", "--release", "v6.1", "--tree", tmp_path, "-", stdin=self.PATCH)
        refused(ran, 2, "--release: with a tree its headers tell", "cure")
