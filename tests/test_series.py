"""Patches on a tree: which base is chosen, what a series leaves, and that the repository is left alone."""

import json
import re
from difflib import unified_diff

import pytest
from command import run
from repositories import commit, everything, git, repository

HEADERS = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 12\n",
    "include/linux/mm.h": "void note(int a);\n",
}
HEAD = "// SPDX-License-Identifier: GPL-2.0\n#include <linux/mm.h>\n\n"
BODY = "\tspin_lock(ptl);\n\tnote(a);\n\tspin_unlock(ptl);\n\treturn 0;\n"
PLAIN = f"{HEAD}int take(spinlock_t *ptl, int a)\n{{\n{BODY}}}\n"
OTHER = "\nint idle(int a)\n{\n\treturn a;\n}\n"
LEAKING = PLAIN.replace("\tspin_unlock(ptl);\n", "\tif (a)\n\t\treturn 0;\n\tspin_unlock(ptl);\n")
TWICE = PLAIN.replace("\treturn 0;\n", "\tspin_unlock(ptl);\n\treturn 0;\n")
X = "mm/x.c"


def told(*arguments, **more):
    """The JSON report of a run, its exit status in `status`."""
    ran = run("check", "--format", "json", *arguments, **more)
    assert "Traceback" not in ran.err
    return {**(json.loads(ran.out) if ran.out else {}), "status": ran.status, "err": ran.err}


def changed(before, after, context=30):
    """The report on the patch that makes one text of mm/x.c of another, alone; so many lines around each change."""
    lines = (text.splitlines(True) for text in (before, after))
    return told("-", stdin="".join(unified_diff(*lines, "a/mm/x.c", "b/mm/x.c", n=context)).encode())


def rules(report):
    return [finding["rule"] for finding in report["findings"]]


def mail(directory, revision="HEAD", *arguments):
    """The last commit, or those of a range, as `git format-patch` mails them."""
    one = () if ".." in revision else ("-1",)
    return git(directory, "format-patch", "--stdout", *one, *arguments, revision)


@pytest.fixture
def top(tmp_path):
    top = tmp_path / "linux"
    repository(top, ("base", {**HEADERS, X: PLAIN + OTHER}))
    return top


class TestBase:
    def test_the_shape_of_the_tree_does_not_matter(self, top, tmp_path):
        """A work tree, a bare repository, a plain directory: one mail, one report."""
        commit(top, "leak", {X: LEAKING + OTHER})
        patch = mail(top)
        git(top, "reset", "-q", "--hard", "HEAD~1")
        git(tmp_path, "clone", "-q", "--bare", str(top), "bare.git")
        git(top, "worktree", "add", "-q", "--detach", str(tmp_path / "second"))
        (tmp_path / "plain/mm").mkdir(parents=True)
        (tmp_path / "plain" / X).write_text(PLAIN + OTHER)
        trees = [top, tmp_path / "bare.git", tmp_path / "second", top / ".git", tmp_path / "plain"]
        reports = [told("--tree", tree, "-", stdin=patch) for tree in trees]
        assert [rules(report) for report in reports] == [["missing-unlock"]] * len(trees)
        assert len({report["findings"][0]["fingerprint"] for report in reports}) == 1

    def test_the_one_the_user_names(self, top):
        """Nothing else is tried then."""
        base = git(top, "rev-parse", "HEAD").decode().strip()
        commit(top, "leak", {X: LEAKING + OTHER})
        patch = mail(top)
        commit(top, "far away", {X: "int gone;\n"})
        named = told("--tree", top, "--base", base[:10], "-", stdin=patch)
        assert (rules(named), named["patches"][0]["base"]) == (["missing-unlock"], base[:12])
        wrong = told("--tree", top, "--base", "HEAD", "-", stdin=patch)
        assert wrong["status"] == 3
        assert re.search(r"does not apply to mm/x.c:\d+ at [0-9a-f]{12} ", wrong["err"])

    def test_the_base_of_the_mail(self, top):
        """`base-commit:` goes before what HEAD has, although the patch applies to both."""
        base = git(top, "rev-parse", "HEAD").decode().strip()
        commit(top, "leak", {X: LEAKING + OTHER})
        patch = mail(top, "HEAD", f"--base={base}")
        git(top, "reset", "-q", "--hard", base)
        commit(top, "a line above", {X: "\n\n" + PLAIN + OTHER})
        report = told("--tree", top, "-", stdin=patch)
        assert report["patches"][0]["base"] == f"base-commit {base[:12]}"
        assert report["findings"][0]["line"] == LEAKING.splitlines().index("\t\treturn 0;") + 1

    def test_the_base_of_a_cover_letter(self, top):
        base = git(top, "rev-parse", "HEAD").decode().strip()
        commit(top, "leak", {X: LEAKING + OTHER})
        patch = mail(top)
        commit(top, "far away", {X: "int gone;\n"})
        git(top, "gc", "-q", "--prune=now")
        cover = f"From: a@example.org\nSubject: [PATCH 0/1] mm\n\nHello.\n\nbase-commit: {base}\n".encode()
        for at, line in ((f"base-commit {base[:12]}", cover), ("the files of its index lines", b"")):
            mbox = b"From x Thu Jan  1 00:00:00 1970\n" + line + b"\n" if line else b""
            assert told("--tree", top, "-", stdin=mbox + patch)["patches"][-1]["base"] == at

    def test_the_files_that_the_index_lines_name(self, top):
        """HEAD has moved on, and the old file is still among the objects."""
        commit(top, "leak", {X: LEAKING + OTHER})
        patch = mail(top)
        commit(top, "far away", {X: "int gone;\n"})
        report = told("--tree", top, "-", stdin=patch)
        assert (rules(report), report["patches"][0]["base"]) == (["missing-unlock"], "the files of its index lines")

    def test_index_lines_that_prove_nothing(self, top):
        """Somebody has edited the patch: its result is not what it says, so HEAD goes first."""
        commit(top, "leak", {X: LEAKING + OTHER})
        patch = mail(top).replace(b"\tif (a)", b"\tif (!a)")
        git(top, "reset", "-q", "--hard", "HEAD~1")
        assert told("--tree", top, "-", stdin=patch)["patches"][0]["base"].startswith("HEAD ")
        commit(top, "far away", {X: "int gone;\n"})
        assert told("--tree", top, "-", stdin=patch)["patches"][0]["base"] == "the files of its index lines"

    def test_head(self, top):
        """Nothing is known of the base, and the hunk has moved."""
        commit(top, "leak", {X: LEAKING + OTHER})
        patch = re.sub(rb"index [0-9a-f.]+", b"index 1111111..2222222", mail(top))
        git(top, "reset", "-q", "--hard", "HEAD~1")
        head = commit(top, "a line above", {X: "\n\n" + PLAIN + OTHER})
        report = told("--tree", top, "-", stdin=patch)
        assert report["patches"][0]["base"] == f"HEAD {head[:12]}"
        assert report["findings"][0]["line"] == LEAKING.splitlines().index("\t\treturn 0;") + 3

    def test_the_work_tree(self, top):
        """What is not committed yet may be what the patch is for."""
        (top / X).write_text("int other;\n" + PLAIN + OTHER)
        first, second = HEAD.splitlines()[:2]
        patch = f"--- a/{X}\n+++ b/{X}\n@@ -1,3 +1,4 @@\n int other;\n+int more;\n {first}\n {second}\n"
        assert told("--tree", top, "-", stdin=patch.encode())["patches"][0]["base"] == "the work tree"

    def test_nowhere(self, top, tmp_path):
        """One line, and a status of its own; what else is in the run is checked."""
        base = git(top, "rev-parse", "HEAD").decode().strip()
        commit(top, "leak", {X: LEAKING + OTHER})
        good = mail(top)
        bad = re.sub(rb"index [0-9a-f.]+", b"index 1111111..2222222", good).replace(b"note(a)", b"tell(a)")
        git(top, "reset", "-q", "--hard", base)
        (tmp_path / "bad.patch").write_bytes(bad)
        (tmp_path / "good.patch").write_bytes(good)
        report = told("--tree", top, tmp_path / "bad.patch", tmp_path / "good.patch")
        assert (report["status"], rules(report)) == (3, ["missing-unlock"])
        (line,) = report["err"].splitlines()
        what = rf"bad.patch:\d+: hunk 1 does not apply to mm/x.c:\d+ at HEAD {base[:12]}, nor at the work tree"
        assert re.search(what, line)
        assert "--base" in line

    @pytest.mark.parametrize("base", ["none", "-h", "HEAD\n", "HEAD:mm", ""])
    def test_a_base_that_is_none(self, top, base):
        ran = run("check", "--tree", top, "--base", base, "-", stdin=b"x")
        assert ran.status == (2 if base else 0)

    def test_a_base_of_a_plain_directory(self, tmp_path):
        ran = run("check", "--tree", tmp_path, "--base", "HEAD", "-", stdin=b"x")
        assert (ran.status, ran.out) == (2, "")

    def test_a_repository_without_commits(self, tmp_path):
        """Its files are those of the work tree."""
        git(tmp_path, "init", "-q")
        (tmp_path / "mm").mkdir()
        (tmp_path / X).write_text(PLAIN)
        patch = f"--- a/{X}\n+++ b/{X}\n@@ -8,2 +8 @@\n-\tspin_unlock(ptl);\n \treturn 0;\n"
        assert told("--tree", tmp_path, "-", stdin=patch.encode())["patches"][0]["base"] == "the work tree"


class TestSeries:
    def test_each_patch_meets_what_the_one_before_left(self, top, tmp_path):
        """In a mail of each, and although HEAD is elsewhere."""
        commit(top, "first", {X: PLAIN.replace("note(a)", "note(a + 1)") + OTHER})
        commit(top, "second", {X: LEAKING.replace("note(a)", "note(a + 1)") + OTHER})
        series = mail(top, "HEAD~2..")
        git(top, "reset", "-q", "--hard", "HEAD~2")
        report = told("--tree", top, "-", stdin=series)
        assert (rules(report), report["findings"][0]["patch"]) == (["missing-unlock"], 2)
        assert report["summary"]["patches"] == 2

    def test_a_later_patch_completes_an_earlier_one(self, top):
        """Patch by patch there is a finding; at the end there is none, and where it was is said."""
        commit(top, "forget", {X: LEAKING + OTHER})
        commit(top, "remember", {X: LEAKING.replace("\t\treturn 0;", "\t\ta = 1;") + OTHER})
        series = mail(top, "HEAD~2..")
        git(top, "reset", "-q", "--hard", "HEAD~2")
        assert rules(told("--tree", top, "-", stdin=series)) == ["missing-unlock"]
        report = told("--tree", top, "--series", "-", stdin=series)
        assert (rules(report), report["status"]) == ([], 0)
        (passing,) = report["passing"]
        assert [note["message"] for note in passing["notes"][-2:]] == [
            "appears in patch 1 of 2: [PATCH 1/2] forget", "is gone in patch 2 of 2: [PATCH 2/2] remember",
        ]
        text = run("check", "--tree", top, "--series", "-", stdin=series)
        assert text.status == 0
        assert f"{X}:9:3: passing: " in text.out

    def test_what_stays_is_reported_where_it_is_at_the_end(self, top):
        commit(top, "leak", {X: LEAKING + OTHER})
        commit(top, "lines above", {X: "\n\n\n" + LEAKING + OTHER})
        commit(top, "move", {"mm/y.c": "\n\n\n" + LEAKING + OTHER, X: None})
        series = mail(top, "HEAD~3..")
        git(top, "reset", "-q", "--hard", "HEAD~3")
        (finding,) = told("--tree", top, "--series", "-", stdin=series)["findings"]
        assert (finding["path"], finding["patch"]) == ("mm/y.c", 1)
        assert finding["line"] == LEAKING.splitlines().index("\t\treturn 0;") + 4
        assert finding["notes"][-1]["message"] == "appears in patch 1 of 3: [PATCH 1/3] leak"

    def test_a_series_needs_a_tree(self):
        ran = run("check", "--series", "-", stdin=b"--- a/x.c\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n")
        assert (ran.status, ran.out) == (2, "")
        assert "--tree" in ran.err


class TestCommits:
    def test_one(self, top):
        commit(top, "leak", {X: LEAKING + OTHER})
        commit(top, "more", {"mm/y.c": "int y;\n"})
        for name in ("HEAD~1", "main^", git(top, "rev-parse", "--short", "HEAD~1").decode().strip()):
            report = told(name, cwd=top)
            assert (rules(report), report["status"]) == (["missing-unlock"], 1)
            assert report["findings"][0]["mail"] is None
        assert told("HEAD", cwd=top / "mm")["findings"] == []

    def test_a_range(self, top):
        commit(top, "leak", {X: LEAKING + OTHER})
        commit(top, "twice", {X: TWICE + OTHER})
        for name in ("HEAD~2..", "HEAD~2..main", "HEAD~2...HEAD"):
            report = told(name, cwd=top)
            assert sorted(rules(report)) == ["missing-unlock", "unlock-after-wait"]
            assert [patch["subject"] for patch in report["patches"]] == ["leak", "twice"]
        assert told("--tree", top, "HEAD~1..HEAD")["summary"]["patches"] == 1

    def test_the_same_as_its_mail(self, top):
        """But for the lines of the mail."""
        commit(top, "leak", {X: LEAKING + OTHER})
        patch = mail(top)
        by_commit = told("HEAD", cwd=top)["findings"]
        by_mail = told("--tree", top, "--base", "HEAD~1", "-", stdin=patch)["findings"]
        for finding in by_mail:
            assert finding.pop("mail")
        assert [{k: v for k, v in f.items() if k != "mail"} for f in by_commit] == by_mail

    def test_a_root(self, tmp_path):
        repository(tmp_path, ("root", {X: TWICE}))
        assert rules(told("HEAD", cwd=tmp_path)) == ["unlock-after-wait"]

    def test_a_merge_is_said(self, top):
        git(top, "checkout", "-q", "-b", "side")
        commit(top, "leak", {X: LEAKING + OTHER})
        git(top, "checkout", "-q", "main")
        commit(top, "more", {"mm/y.c": "int y;\n"})
        git(top, "merge", "-q", "-m", "merge", "side")
        report = told("HEAD~1..HEAD", cwd=top)
        assert (rules(report), report["summary"]["patches"]) == (["missing-unlock"], 1)
        assert "a merge has no patch of its own" in report["err"]

    def test_the_end_of_a_range(self, top):
        commit(top, "leak", {X: LEAKING + OTHER})
        commit(top, "mend", {X: PLAIN + OTHER})
        report = told("--series", "HEAD~2..", cwd=top)
        assert (rules(report), report["status"], len(report["passing"])) == ([], 0, 1)

    def test_a_file_of_that_name_goes_first(self, top):
        (top / "HEAD").write_text("no diff\n")
        assert "no diff in it" in run("check", "HEAD", cwd=top).err

    @pytest.mark.parametrize("name", ["none..", "HEAD..none", "-x..y", "..\n", "HEAD~9.."])
    def test_a_range_that_is_none(self, top, name):
        ran = run("check", "--", name, cwd=top)
        assert (ran.status, ran.out) == (2, "")
        assert len(ran.err.splitlines()) == 1

    @pytest.mark.parametrize("name", ["none", "HEAD^{tree}", "HEAD:mm"])
    def test_a_name_that_is_none(self, top, name):
        assert run("check", name, cwd=top).status == 3

    def test_outside_of_a_repository(self, tmp_path):
        assert run("check", "HEAD", cwd=tmp_path).status == 3


def test_the_repository_is_left_as_it_was(top):
    """Every way of asking, and not a byte, a mode or a time of any file is another one."""
    base = git(top, "rev-parse", "HEAD").decode().strip()
    commit(top, "leak", {X: LEAKING + OTHER})
    patch = mail(top)
    (top / X).write_text("int dirty;\n")
    before = everything(top)
    for arguments in (["--tree", top, "-"], ["--tree", top, "--base", base, "-"], ["--series", "--tree", top, "-"]):
        assert run("check", *arguments, stdin=patch).status == 1
    for arguments in (["HEAD"], ["HEAD~1.."], ["--all", "HEAD"], ["--series", "HEAD~1.."]):
        assert run("check", *arguments, cwd=top).status == 1
    assert everything(top) == before
