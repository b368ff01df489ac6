"""A patch and a tree come from strangers: what they may do to a run is end it with a report, or cost themselves.

Each kind of attack has its test: paths out of the tree, links, sizes, nesting, bytes that are no text, escapes for the
terminal, patterns that take long.  Draft mails and git's configuration have theirs beside the code.
"""

import json
import re
import subprocess
import sys
from time import process_time

import pytest
from command import ROOT, run
from patching import DIFF, HEAD, MINI, NEW, Tree, error_of, one, user_errors_are_about_patches

from kpatchlint.c import bounded
from kpatchlint.check import scan_source
from kpatchlint.examine import Text, examine
from kpatchlint.loaded import Loaded
from kpatchlint.patch import apply
from kpatchlint.patch.change import applied, fragments
from kpatchlint.release import newest_release
from kpatchlint.source import Source
from kpatchlint.tree.checkout import Checkout

MAIL = HEAD + b"\n---\n"
ENVELOPE = b"From 63af1b75a08e80a748389a6df68b5b2fe3244252 Mon Sep 17 00:00:00 2001\n"
# far more than any of these takes; what is quadratic takes minutes
PATIENCE = 20


# the program, which says at its end how many KB it had at its peak: of its own memory, for what getrusage() reports of
# a process begins with the peak of the one that started it, here a test run
MEASURED = """
import sys
from pathlib import Path
from kpatchlint.cli import main
try:
    main()
finally:
    peak = next(line for line in Path("/proc/self/status").open() if line.startswith("VmHWM:"))
    print(peak.split()[1], file=sys.stderr)
"""


def measured(stdin):
    """The status of `check -`, what it said, what it complained of, and its peak in KB."""
    command = [sys.executable, "-c", MEASURED, "check", "-"]
    ran = subprocess.run(command, stdin=stdin, capture_output=True, text=True, cwd=ROOT, check=False)
    *complaints, peak = ran.stderr.splitlines()
    return ran.returncode, ran.stdout, complaints, int(peak)


def soon(function, *arguments):
    """The result, which must not take long."""
    began = process_time()
    result = function(*arguments)
    assert process_time() - began < PATIENCE
    return result


class TestPaths:
    OUT = ("../x.c", "mm/../../x.c", "/etc/passwd", "a/b/../../../x.c", "..", "")

    @pytest.mark.parametrize("path", OUT)
    @pytest.mark.parametrize("tree", [(), ("--tree", MINI)])
    def test_one_that_leaves_the_tree_is_refused(self, path, tree):
        name = b"/" + path[1:].encode() if path.startswith("/") else b"a/" + path.encode()
        diff = DIFF.replace(b"a/mm/x.c", name).replace(b"b/mm/x.c", name)
        ran = run("check", *tree, "-", stdin=MAIL + diff)
        assert (ran.status, ran.out) == (3, "")

    @pytest.mark.parametrize("verb", [b"rename", b"copy"])
    @pytest.mark.parametrize(
        "pair", [(b"../x", b"y"), (b"x", b"../y"), (b"/etc/passwd", b"y"), (b'"\\056\\056/x"', b"y")]
    )
    def test_by_rename_or_copy(self, verb, pair):
        diff = b"diff --git a/x b/y\n%s from %s\n%s to %s\n" % (verb, pair[0], verb, pair[1])
        assert any(word in error_of(fragments, one(diff)).what for word in ("leaves the tree", "absolute"))

    def test_in_a_quoted_reply(self):
        quoted = b"".join(b"> " + line + b"\n" for line in DIFF.replace(b"/mm/x.c", b"/../../x.c").splitlines())
        assert run("check", "--tree", MINI, "-", stdin=HEAD + b"\n" + quoted).status == 3

    def test_a_link_of_the_tree_leads_nowhere(self, tmp_path):
        (tmp_path / "secret").write_text("one\ntwo\nthree\nfour\n")
        tree = tmp_path / "tree"
        (tree / "mm").mkdir(parents=True)
        (tree / "mm" / "x.c").symlink_to(tmp_path / "secret")
        (tree / "up").symlink_to(tmp_path)
        assert "not in the tree" in run("check", "--tree", tree, "-", stdin=MAIL + DIFF).err
        up = DIFF.replace(b"mm/x.c", b"up/secret")
        assert "not in the tree" in run("check", "--tree", tree, "-", stdin=MAIL + up).err
        assert Checkout(tree).read("up/secret") is None

    def test_a_link_that_a_patch_makes_is_not_followed(self):
        link = NEW.replace(b"100644", b"120000").replace(b"n.c", b"l")
        link = link.replace(b"+a\n+b\n", b"+/etc\n").replace(b"1,2", b"1")
        through = b"--- a/l/passwd\n+++ b/l/passwd\n@@ -1 +1 @@\n-root\n+toor\n"
        assert "l/passwd is not in the tree" in error_of(applied, one(link + through), Tree({}), {}).what

    @pytest.mark.parametrize("name", [b"x" * 300, b"y/" * 2040 + b"y"])
    def test_a_name_that_no_system_has(self, name):
        assert "not in the tree" in run("check", "--tree", MINI, "-", stdin=MAIL + DIFF.replace(b"mm/x.c", name)).err

    def test_links_in_a_circle(self, tmp_path):
        (tmp_path / "mm").mkdir()
        (tmp_path / "mm" / "x.c").symlink_to("x.c")
        assert "not in the tree" in run("check", "--tree", tmp_path, "-", stdin=MAIL + DIFF).err

    def test_nothing_is_written(self, tmp_path):
        before = sorted(MINI.rglob("*"))
        run("check", "--tree", MINI, "-", stdin=MAIL + NEW, cwd=tmp_path)
        assert list(tmp_path.iterdir()) == []
        assert sorted(MINI.rglob("*")) == before


class TestSizes:
    @pytest.mark.parametrize("count", [b"999999999", b"9" * 30, b"9" * 5000])
    def test_a_count_that_promises_a_gigabyte(self, count):
        diff = DIFF.replace(b"-3,4 +3,5", b"-3,%s +3,%s" % (count, count))
        error = soon(error_of, fragments, one(MAIL + diff))
        assert any(word in error.what for word in ("shorter", "cannot be read"))

    def test_hunks_that_are_far_from_where_they_say(self, monkeypatch):
        monkeypatch.setattr(apply, "MOST_COMPARED", 10_000)
        text = b"one\n" * 5000 + b"two\nthree\nfour\n"
        hunks = b"@@ -3,4 +3,5 @@\n one\n-two\n+TWO\n+more\n three\n four\n"
        error = error_of(applied, one(DIFF[: DIFF.index(b"@@")] + hunks * 3), Tree({"mm/x.c": text}), {})
        assert "too far from the line it names" in error.what

    def test_a_hunk_of_equal_lines(self):
        text = b"a\n" * 20_000
        hunk = b"@@ -9,2000 +9,2001 @@\n" + b" a\n" * 1000 + b"+b\n" + b" a\n" * 999 + b" c\n"
        diff = DIFF[: DIFF.index(b"@@")] + hunk
        assert "hunk 1" in soon(error_of, applied, one(diff), Tree({"mm/x.c": text}), {}).what

    @pytest.mark.parametrize("line", [b"--- a/%s/x", b"+++ b/%s", b"rename from %s", b"diff --git %s"])
    @pytest.mark.parametrize("fill", [b"~", b" ", b"\\", b'"', b"a ", b"../"])
    def test_file_names_without_end(self, line, fill):
        diff = b"diff --git a/x b/x\nindex 1..2\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"
        rows = [line % (fill * 300_000) if row[:4] == line[:4] else row for row in diff.split(b"\n")]
        rows[1:1] = [line % (fill * 300_000)] if line.startswith(b"rename") else []
        error = soon(error_of, fragments, one(MAIL + b"\n".join(rows)))
        assert len(str(error)) < 20_000

    @pytest.mark.parametrize(
        "header",
        [
            b"Subject: " + b"=?utf-8?q?a?= " * 30_000,
            b"Subject: x\nDate: " + b"Nov " * 100_000,
            b"Subject: x\nDate: Nov" + b" " * 400_000,
            b"Subject: x\nContent-Type: multipart/mixed" + b";" * 400_000,
            b"Subject: x\nContent-Type: text/plain" + b"; a=b" * 90_000,
            b"Subject: x\nContent-Type: text/plain\n" + b" ;\n" * 100_000,
        ],
        ids=["words", "months", "blanks", "semicolons", "parameters", "folded"],
    )
    def test_headers_without_end(self, header):
        with user_errors_are_about_patches():
            assert soon(one, header + b"\n\n---\n" + DIFF).subject is not None

    @pytest.mark.parametrize(
        "line",
        [b"+" + b";" * 300_000 + b" x", b"+a;" + b" " * 300_000 + b"x", b"+" + b"a " * 150_000, b"[" + b"." * 300_000],
    )
    def test_quoted_lines_without_end(self, line):
        soon(fragments, one(HEAD + b"\n> +\ta();\n> " + line + b"\n" + line + b"\n"))

    @pytest.mark.slow
    def test_a_gigabyte_on_standard_input(self):
        """It is not kept: no more than the bound is read, and the sender's pipe breaks."""
        head = repr(HEAD + b"\n---\n" + DIFF[: DIFF.index(b"@@")] + b"@@ -0,0 +1,99999999 @@\n")
        feed = f"import sys; w = sys.stdout.buffer.write; w({head}); [w(b'+int a;\\n' * 99999) for _ in range(1400)]"
        sender = subprocess.Popen([sys.executable, "-c", feed], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        with sender:
            status, _, complaints, peak = measured(sender.stdout)
            sender.stdout.close()
        assert status == 3
        assert re.fullmatch(r"kpatchlint: <stdin>: is larger than \d+ MB \(cure: split it\)", "\n".join(complaints))
        assert peak < 1 << 20

    @pytest.mark.slow
    def test_the_largest_hunk_that_is_read(self, tmp_path):
        body = b"@@ -0,0 +1,900000 @@\n" + b"+\tint a;\n" * 900_000
        mail = tmp_path / "mail"
        mail.write_bytes(MAIL + NEW[: NEW.index(b"@@")] + body)
        with mail.open("rb") as stdin:
            status, said, complaints, peak = measured(stdin)
        assert (status, complaints) == (0, [])
        assert "the file is longer than 4 MB" in said
        assert peak < 2 << 20


class TestNesting:
    @pytest.mark.parametrize("pair", [b"{}", b"()", b"[]", b"{)", b"(]"])
    @pytest.mark.parametrize("frame", [b"%s", b"void f(void)\n{\n%s\n}\n", b"int a[] = %s;\n"])
    def test_a_hundred_thousand_brackets(self, pair, frame):
        text = frame % (pair[:1] * 100_000 + pair[1:] * 100_000)
        report = soon(scan_source, "x.c", text)
        assert not report.findings

    def test_what_is_not_read_is_said(self):
        (range_,) = scan_source("x.c", b"void f(void)\n{\n%s\n}\n" % (b"{" * 100_000 + b"}" * 100_000)).unanalyzed
        assert range_.reason.startswith("nested deeper than")

    def test_in_a_patch(self):
        rows = b"+{\n" * 50_000 + b"+}\n" * 50_000
        diff = NEW[: NEW.index(b"@@")] + b"@@ -0,0 +1,100003 @@\n+void f(void)\n+{\n" + rows + b"+}\n"
        ran = soon(lambda: run("check", "-", stdin=MAIL + diff))
        assert (ran.status, ran.err) == (0, "")
        assert "not analysed: nested deeper than" in ran.out

    @pytest.mark.parametrize(
        "line",
        [b"#if A", b"#else", b"#endif", b"#define A \\", b"/*", b"*/", b'"', b"\\", b"} else {", b"case 1:", b"a("],
    )
    def test_a_line_repeated(self, line, monkeypatch):
        monkeypatch.setattr(bounded, "OF_PIECE", 0.5)
        soon(scan_source, "x.c", b"void f(void)\n{\n" + (line + b"\n") * 20_000 + b"}\n")

    @pytest.mark.parametrize("operator", [b"++", b"--", b"!", b"~", b"*", b"&", b"- "])
    def test_an_operator_repeated(self, operator):
        """What was lowered twice at each level took twice as long with each."""
        soon(scan_source, "x.c", b"void f(int *a)\n{\n\t%sa;\n\ta%s;\n}\n" % (operator * 90, b"++" * 90))

    def test_what_takes_long_to_parse_is_said_and_costs_itself(self, monkeypatch):
        monkeypatch.setattr(bounded, "OF_PIECE", 0.2)
        bad = b"void f(void)\n{\n" + b"*/\n" * 4000 + b"}\n"
        report = scan_source("x.c", bad + b"void g(void)\n{\n}\n")
        assert ([r.reason for r in report.unanalyzed], report.functions) == (["takes longer than 0.2 s to parse"], 1)

    def test_a_file_that_takes_long_to_parse(self, monkeypatch):
        monkeypatch.setattr(bounded, "OF_FILE", -1)
        (range_,) = scan_source("x.c", b"void g(void)\n{\n}\n").unanalyzed
        assert range_.reason == "the file takes longer than -1 s to parse"

    def test_a_comment_that_names_its_parameters_for_ever(self):
        soon(scan_source, "x.c", b"/**\n * f - x\n" + b" * @a: b\n" * 20_000 + b" */\nvoid f(int a)\n{\n}\n")

    def test_a_long_line_is_not_quoted_with_each_of_its_findings(self):
        text = b"/* " + b"wait_on_page_bit_common() " * 2000 + b" */\n"
        report = soon(scan_source, "x.c", text)
        assert len(report.findings) == 2000
        assert max(len(finding.statement) for finding in report.findings) <= 8 << 10


class TestBytesThatAreNoText:
    JUNK = (b"\0", b"\xff", b"\xc3(", b"\xed\xa0\x80", b"\x1b[31m", b"\x9b", b"\x07", b"\r", "\u202e".encode())

    @pytest.mark.parametrize("junk", JUNK)
    def test_everywhere_in_a_mail(self, junk):
        whole = MAIL + DIFF
        mails = [whole[:at] + junk + whole[at:] for at in range(0, len(whole), 5)]
        for data in mails:
            with user_errors_are_about_patches():
                fragments(one(data))
        ran = run("check", "-", stdin=b"".join(ENVELOPE + data + b"\n" for data in mails))
        assert ran.status in (0, 3)
        shown(ran)

    @pytest.mark.parametrize("junk", JUNK)
    def test_everywhere_in_a_file(self, junk):
        text = b"/* f */\nvoid f(spinlock_t *l)\n{\n\tspin_lock(l);\n\tg(\"a\");\n}\n"
        setup = Loaded().at(newest_release())
        for at in range(0, len(text), 3):
            source = Source("x.c", text[:at] + junk + text[at:])
            assert examine(Text(source, setup), lambda start, end: True).files == 1

    @pytest.mark.parametrize("junk", [b"\x1b[2J", b"\x9b2J", b"\xff", "\u202e".encode(), b"\x07"])
    def test_in_a_path(self, junk):
        path = b'"b/mm/%s.c"' % b"".join(b"\\%03o" % byte for byte in junk)
        code = b"@@ -0,0 +1,7 @@\n+void f(spinlock_t *ptl, swp_entry_t e)\n+{\n"
        code += b"+\tmigration_entry_wait_on_locked(e, ptl);\n+\tspin_unlock(ptl);\n+}\n+\n+\n"
        diff = b"diff --git %s %s\nnew file mode 100644\n" % (path.replace(b"b/", b"a/"), path)
        diff += b"--- /dev/null\n+++ %s\n" % path
        for output in ("text", "json"):
            ran = run("check", "--format", output, "-", stdin=MAIL + diff + code)
            assert ran.status == 1
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", ran.out)
            if output == "text":
                shown(ran)
        assert json.loads(ran.out)["findings"]

    @pytest.mark.parametrize("junk", [b"\x1b]0;x\x07", b"=?utf-8?q?=1B=5B2J?=", b"\xff\xfe", b"\r\nX: y"])
    def test_in_a_subject(self, junk):
        data = MAIL.replace(b"[PATCH] x", b"[PATCH] " + junk) + DIFF
        ran = run("check", "-", stdin=data)
        assert ran.status in (0, 3)
        shown(ran)


def shown(ran):
    """Nothing that a terminal obeys is printed."""
    for text in (ran.out, ran.err):
        assert all(line.isprintable() for line in text.replace("\t", " ").splitlines())
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
