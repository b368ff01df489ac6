"""Suggested changes as a patch: git takes it, only comments change, and what was found is not found any more."""

import re
import shutil
import subprocess

import pytest
from command import ROOT, run
from msgspec.structs import replace

from kpatchlint.c.comments import comments
from kpatchlint.check import Loaded, check_patches
from kpatchlint.finding import Edit, Finding, Line, PatchMail, Report
from kpatchlint.report import FORMATS
from kpatchlint.source import Position
from kpatchlint.tree.checkout import Checkout

MINI = ROOT / "fixtures/trees/mini"


def git_apply(tree, patch):
    """Apply with git, outside of any repository; what it says against the patch."""
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    ran = subprocess.run(command, input=patch.encode(), cwd=tree, capture_output=True, check=False)
    return ran.stderr.decode()


def code(text):
    """The text without its comments."""
    found = comments(text)
    ends = [0, *(comment.end for comment in found)]
    starts = [*(comment.offset for comment in found), len(text)]
    return [text[end:start] for end, start in zip(ends, starts, strict=True)]


def spoil(tree, path, old, new):
    text = (tree / path).read_text()
    assert old in text
    (tree / path).write_text(text.replace(old, new))


@pytest.fixture
def mini(tmp_path):
    tree = tmp_path / "mini"
    shutil.copytree(MINI, tree)
    return tree


def test_nothing_to_suggest_is_nothing(mini):
    assert run("scan", "--format", "diff", mini).out == ""


def test_misspelt_parameters_of_the_miniature_tree(mini):
    spoil(mini, "mm/tidemark.c", " * @addr: the address", " * @adress: the address")
    spoil(mini, "mm/tidemark.c", " * @mark: where", " * @marks: where")
    before = (mini / "mm/tidemark.c").read_bytes()
    ran = run("scan", "--format", "diff", mini)
    assert ran.status == 1
    assert ran.out.count("@@ -") == 1, "two lines so near make one hunk"
    assert git_apply(mini, ran.out) == ""
    after = (mini / "mm/tidemark.c").read_bytes()
    assert after == (MINI / "mm/tidemark.c").read_bytes()
    assert code(after) == code(before)
    assert run("scan", mini).status == 0


def test_stale_names_of_the_miniature_tree(mini):
    prose = "/*\n * As wait_on_page_bit_common() does, and wait_on_page_bit_common() before.\n */\n"
    (mini / "mm/new file.c").write_text(f"{prose}int a;\n" + "int b;\n" * 9 + prose)
    patch = run("scan", "--format", "diff", mini).out
    assert len(re.findall(r"^# mm/new file.c:\d+: ", patch, re.M)) == 4
    assert git_apply(mini, patch) == ""
    text = (mini / "mm/new file.c").read_text()
    assert text.count("folio_wait_bit_common()") == 4
    assert "wait_on_page_bit_common" not in text


def patch_of(tree):
    """A patch that misspells a parameter, in the context that the tree has."""
    lines = (tree / "mm/tidemark.c").read_text().splitlines()
    at = lines.index(" * @mm: address space to look at")
    body = [f" {line}" for line in lines[at - 3 : at]]
    body += [f"-{lines[at]}", f"+{lines[at].replace('@mm:', '@mmm:')}"]
    body += [f" {line}" for line in lines[at + 1 : at + 4]]
    head = ["--- a/mm/tidemark.c", "+++ b/mm/tidemark.c", f"@@ -{at - 2},7 +{at - 2},7 @@"]
    return "\n".join([*head, *body, ""])


def test_a_suggestion_goes_on_top_of_the_patch(mini):
    patch = patch_of(mini)
    report = check_patches([("x.patch", patch.encode())], Loaded(tree=Checkout(mini)))
    suggested = FORMATS["diff"](report)
    assert git_apply(mini, patch) == ""
    assert git_apply(mini, suggested) == ""
    assert (mini / "mm/tidemark.c").read_bytes() == (MINI / "mm/tidemark.c").read_bytes()


def test_a_hunk_without_a_tree(tmp_path):
    """The comment is whole in the hunk, so the name that is meant is known."""
    old = "/**\n * f - does it\n * @addr: where\n */\nint f(int addr);\n"
    (tmp_path / "x.h").write_text(old)
    body = "".join(f" {line}\n" for line in old.splitlines()).replace("  * @addr", "- * @addr: where\n+ * @adr")
    patch = f"--- a/x.h\n+++ b/x.h\n@@ -1,5 +1,5 @@\n{body}"
    suggested = FORMATS["diff"](check_patches([("x.patch", patch.encode())], Loaded()))
    assert git_apply(tmp_path, patch) == ""
    assert git_apply(tmp_path, suggested) == ""
    assert (tmp_path / "x.h").read_text() == old


def finding(path="x.c", text=" * old_name()", more=(), **changed):
    lines = (Line(1, "/*"), Line(2, text), Line(3, " */"), *more)
    at = Position(path, 2, 4)
    found = Finding("stale-reference", "reference", "warning", at, "", "old_name() is now new_name()", text)
    return replace(found, excerpt=lines, edit=Edit(path, 2, 4, "old_name", "new_name"), **changed)


def diff_of(*findings, **report):
    return FORMATS["diff"](Report(findings, **report))


def test_the_same_suggestion_of_two_findings_is_made_once():
    assert diff_of(finding(), finding()).count("+ * new_name()") == 1


@pytest.mark.parametrize(
    "found",
    [
        finding(text=" * old_name() \N{REPLACEMENT CHARACTER}"),
        finding(text=" * old_name() \x1b[2J"),
        finding(more=(Line(4, "\x0c"),)),
        finding(path="x\n--- a/etc/passwd"),
        finding(path='"x.c'),
        finding(path=""),
        finding(text=" * another()"),
        replace(finding(), edit=None),
    ],
)
def test_what_cannot_be_written_exactly_is_left_out(found):
    assert diff_of(found) == ""
    assert diff_of(found, finding(path="y.c")) == diff_of(finding(path="y.c"))


def test_what_has_no_path_but_its_mail_is_left_out():
    assert diff_of(finding(path="reply.txt"), mails=(PatchMail("reply.txt"),)) == ""


def test_the_message_cannot_make_a_header():
    patch = diff_of(finding(message="old\n--- a/y.c\n+++ b/y.c"))
    assert [line[:6] for line in patch.splitlines() if line.startswith(("---", "+++"))] == ["--- a/", "+++ b/"]


def test_files_with_carriage_returns(tmp_path):
    (tmp_path / "x.c").write_bytes(b"/*\r\n * old_name()\r\n */\r\n")
    lines = tuple(Line(row, text) for row, text in enumerate(("/*\r", " * old_name()\r", " */\r"), 1))
    assert git_apply(tmp_path, diff_of(replace(finding(), excerpt=lines))) == ""
    assert (tmp_path / "x.c").read_bytes() == b"/*\r\n * new_name()\r\n */\r\n"


@pytest.mark.tree
@pytest.mark.slow
def test_suggestions_for_a_real_tree(tree_6_12, tmp_path):
    """Every suggestion for some directories goes in, and only comments change."""
    names = ("mm/damon", "drivers/md/dm-vdo", "arch/powerpc/kernel")
    for name in (*names, "include/linux"):
        shutil.copytree(tree_6_12 / name, tmp_path / name)
    shutil.copy(tree_6_12 / "Makefile", tmp_path)
    patch = run("scan", "--format", "diff", *(tmp_path / name for name in names)).out
    paths = re.findall(r"^\+\+\+ b/(.+?)\t?$", patch, re.M)
    assert len(paths) >= 5
    before = {path: (tmp_path / path).read_bytes() for path in paths}
    assert git_apply(tmp_path, patch) == ""
    for path, text in before.items():
        after = (tmp_path / path).read_bytes()
        assert code(after) == code(text)
        assert after != text
    hunks = re.findall(r"^@@ -(\d+),(\d+)", patch, re.M)
    assert len(hunks) >= len(paths)
    assert all(int(count) > 3 for _, count in hunks)
