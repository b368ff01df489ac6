"""The command line: what ships in fixtures/patches, output for programs, and input nobody wants."""

import json
import os
import re
import sys

import pytest
from command import ROOT, refused, run, spawn

PATCHES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in ROOT.glob("fixtures/patches/*")
    if path.suffix != ".expected"
)
DOUBLE_UNLOCK = "fixtures/patches/double-unlock.patch"
TRUNCATED = "fixtures/patches/truncated-hunk.patch"
MINI = "fixtures/trees/mini"

MAIL = b"""\
From: Robin Example <robin@example.org>
Subject: [PATCH] mm/x: wait
Date: Tue, 3 Feb 2026 09:12:44 +0100
Message-ID: <1@example.org>

Wait here.
---
"""
HUNK = b"""\
diff --git a/mm/x.c b/mm/x.c
--- a/mm/x.c
+++ b/mm/x.c
@@ -10,3 +10,5 @@ void x_wait(swp_entry_t entry, spinlock_t *ptl)
 \tx_note(entry);
+\tmigration_entry_wait_on_locked(entry, ptl);
+\tspin_unlock(ptl);
 \tx_tell(entry);
 }
"""
NEWS = MAIL + HUNK


class TestShippedPatches:
    @pytest.mark.parametrize("path", PATCHES)
    def test_transcript(self, request, path):
        expected = ROOT / f"{path}.expected"
        said = run("check", path).transcript("check", path)
        if request.config.getoption("--update-golden"):
            expected.write_text(said)
        assert said == expected.read_text()

    @pytest.mark.parametrize("path", PATCHES)
    def test_json_says_what_the_text_says(self, path):
        text, told = run("check", path), run("check", "--format", "json", path)
        assert (text.status, text.err) == (told.status, told.err)
        if not told.out:
            assert text.status == 3
            return
        lines = []
        for finding in json.loads(told.out)["findings"]:
            lines.append("{path}:{line}:{column}: {severity}: {message} [{rule}]".format(**finding))
            lines += ["{path}:{line}: note: {message}".format(**note) for note in finding["notes"]]
        assert lines == text.out.splitlines()[:-1]

    def test_json(self, golden):
        golden("check-double-unlock.json", run("check", "--format", "json", DOUBLE_UNLOCK).out)

    def test_every_expectation_belongs_to_a_patch(self):
        assert {f"{path}.expected" for path in PATCHES} == {
            path.relative_to(ROOT).as_posix() for path in ROOT.glob("fixtures/patches/*.expected")
        }

    def test_a_finding_stands_on_its_line_of_the_mail(self):
        (finding,) = json.loads(run("check", "--format", "json", DOUBLE_UNLOCK).out)["findings"]
        line = (ROOT / DOUBLE_UNLOCK).read_text().splitlines()[finding["mail"]["line"] - 1]
        assert line == "+\t\tspin_unlock(ptl);"

    def test_inputs_add_up(self):
        both = run("check", DOUBLE_UNLOCK, "fixtures/patches/clean.patch")
        assert both.status == 1
        assert both.out.endswith("2 patches, 2 files, 3 functions: 1 finding (1 error)\n")


@pytest.mark.shared
def test_the_mail_that_started_it(shared):
    """What the reviewer in that mail asked for is found on the lines he wrote below, and nothing else."""
    mail = shared / "seed-mail.txt"
    ran = run("check", mail)
    lines = mail.read_text().splitlines()
    pattern = re.compile(rf"{re.escape(str(mail))}:(\d+):\d+: \w+: (.*) \[([\w-]+)\]")
    *told, last = ran.out.splitlines()
    (null_line, null, null_rule), (stale_line, stale, stale_rule) = [pattern.fullmatch(line).groups() for line in told]
    assert (null_line, null_rule) == ("41", "undocumented-null")
    assert "@ptep:" in lines[41 - 1]
    assert re.search(r"NULL is passed for PMD\b.* entries", null)
    assert (stale_line, stale_rule) == ("56", "stale-reference")
    assert "wait_on_page_bit_common()" in lines[56 - 1]
    assert "folio_wait_bit_common()" in stale
    assert "2 findings" in last
    assert "not analysed" not in last
    assert (ran.status, ran.err) == (1, "")


class TestBareHunk:
    @pytest.mark.parametrize("wait", ["migration_entry_wait_on_locked", "softleaf_entry_wait_on_locked"])
    def test_an_unlock_behind_a_wait_is_found(self, wait):
        ran = run("check", "-", stdin=HUNK.replace(b"migration_entry_wait_on_locked", wait.encode()))
        assert ran.status == 1
        first, note, _ = ran.out.splitlines()
        assert first.startswith("mm/x.c:12:2: error: ptl is unlocked twice")
        assert first.endswith("[unlock-after-wait]")
        assert note.startswith(f"mm/x.c:11: note: {wait}()")

    def test_the_same_without_the_unlock_is_clean(self):
        hunk = HUNK.replace(b"+\tspin_unlock(ptl);\n", b"").replace(b"+10,5", b"+10,4")
        assert run("check", "-", stdin=hunk).transcript().endswith("no findings\nexit status 0\n")


class TestExitStatus:
    @pytest.mark.parametrize(
        ("level", "status"), [("error", 1), ("warning", 1), ("info", 1), ("never", 0)]
    )
    def test_fail_on(self, level, status):
        assert run("check", "--fail-on", level, DOUBLE_UNLOCK).status == status

    def test_a_lower_severity_does_not_fail(self):
        note = b"/**\n+ * y_note - note\n+ * @y: what wait_on_page_bit_common() gave\n+ */\n"
        head = b"diff --git a/y.h b/y.h\n--- a/y.h\n+++ b/y.h\n@@ -1,1 +1,5 @@\n+"
        mail = MAIL + head + note + b" int y_note(int y);\n"
        said = run("check", "-", stdin=mail)
        assert (said.status, "warning:" in said.out) == (1, True)
        assert run("check", "--fail-on", "error", "-", stdin=mail).status == 0


class TestScan:
    def test_the_miniature_tree_is_clean(self):
        ran = run("scan", MINI)
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.endswith("no findings\n")

    def test_a_file_with_a_bug(self):
        ran = run("scan", "-j", "1", "fixtures/unlock-after-wait/bad.c")
        assert (ran.status, ran.err) == (1, "")
        assert "[unlock-after-wait]" in ran.out

    def test_the_number_of_processes_changes_nothing(self):
        one, two = (run("scan", "-j", jobs, "fixtures") for jobs in "12")
        assert one == two

    def test_what_is_not_there(self):
        refused(run("scan", "no/such/dir"), 2, "no/such/dir", "cure")


class TestPages:
    def test_rules_lists_every_rule(self):
        listed = run("rules").out.splitlines()[1:]
        assert [line.split()[0] for line in listed] == [
            path.stem
            for path in sorted(ROOT.glob("rules/*/*.toml"))
            if path.parent.name != "contracts"
        ]

    def test_explain_every_rule(self):
        for line in run("rules").out.splitlines()[1:]:
            ran = run("explain", line.split()[0])
            assert (ran.status, ran.err) == (0, "")
            assert ran.out.startswith(f"# {line.split()[0]}\n")

    def test_explain_names_the_rules_there_are(self):
        refused(run("explain", "no-such-rule"), 2, "no-such-rule", "unlock-after-wait")

    @pytest.mark.parametrize("command", [(), ("check",), ("scan",), ("rules",), ("explain",)])
    def test_help(self, command):
        ran = run(*command, "--help")
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.startswith("Usage: kpatchlint")


class TestWithATree:
    def test_a_clean_patch(self):
        ran = run("check", "--tree", MINI, "fixtures/patches/clean.patch")
        assert (ran.status, ran.err) == (0, "")

    def test_a_name_the_tree_declares_is_known_whatever_its_release(self):
        assert "[unlock-after-wait]" in run("check", "--tree", MINI, DOUBLE_UNLOCK).out

    def test_a_quoted_patch(self):
        path = "fixtures/patches/quoted-reply.txt"
        assert run("check", "--tree", MINI, path) == run("check", path)

    def test_a_quoted_patch_of_a_known_file(self):
        """Its lines are the hunk's where the tree has not got the file, and that is said."""
        quoted = MAIL + b"".join(b"> " + line for line in HUNK.splitlines(keepends=True)) + b"\nNo.\n"
        ran = run("check", "--tree", MINI, "-", stdin=quoted)
        assert ran.status == 1
        what = "what is quoted here has no place in the tree's mm/x.c, and is checked alone"
        assert ran.err == f"kpatchlint: <stdin>:12: {what}\n"
        assert ran.out.startswith("mm/x.c:12:2: error: ptl is unlocked twice")

    @pytest.mark.parametrize(("patchlevel", "stale"), [(10, False), (17, True)])
    def test_a_quoted_patch_goes_by_the_release_of_the_tree(self, tmp_path, patchlevel, stale):
        """And not by the date of the mail: the name in the comment was right before v5.16."""
        (tmp_path / "Makefile").write_text(f"VERSION = 5\nPATCHLEVEL = {patchlevel}\n")
        code = b"> @@ -1,2 +1,3 @@\n> +/* Like wait_on_page_bit_common(). */\n>  int y;\n>  int z;\n"
        ran = run("check", "--tree", tmp_path, "-", stdin=MAIL + code)
        assert ("[stale-reference]" in ran.out) is stale

    def test_a_hunk_that_does_not_apply(self):
        text = (ROOT / DOUBLE_UNLOCK).read_bytes().replace(b" \tif (!pte)", b" \tif (pte == NULL)")
        ran = run("check", "--tree", MINI, "-", stdin=text)
        refused(ran, 3, "<stdin>:", "hunk 3 does not apply", "cure")

    def test_a_file_the_tree_has_not(self):
        refused(run("check", "--tree", MINI, "-", stdin=NEWS), 3, "<stdin>:", "mm/x.c is not in the tree")

    def test_a_tree_that_is_not_there(self):
        refused(run("check", "--tree", "/nonexistent", DOUBLE_UNLOCK), 2, "/nonexistent")

    def test_the_tree_is_left_alone(self):
        before = {path: path.stat().st_mtime_ns for path in (ROOT / MINI).rglob("*")}
        run("check", "--tree", MINI, "fixtures/patches/series.mbox")
        assert {path: path.stat().st_mtime_ns for path in (ROOT / MINI).rglob("*")} == before


def with_rule(tmp_path, change=lambda text: text, name="my-rule"):
    """A directory with one more rule, made of a shipped one."""
    text = (ROOT / "rules/wait/unlock-after-wait.toml").read_text()
    text = text.replace('id = "unlock-after-wait"', f'id = "{name}"')
    (tmp_path / "wait").mkdir()
    (tmp_path / "wait" / f"{name}.toml").write_text(change(text))
    return tmp_path


class TestRuleFiles:
    def test_one_more_rule_is_listed(self, tmp_path):
        assert "\nmy-rule " in run("rules", "--rules", with_rule(tmp_path)).out

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda text: text.replace('severity = "error"', 'severity = "fatal"'), ["fatal", "warning"]),
            (lambda text: text + "\n[[oops]]\nx = 1\n", ["oops"]),
            (lambda text: text.replace('title = "', "title = '"), ["TOML"]),
            (lambda text: text.replace("release-unheld", "no-such"), ["no-such", "sleep-held"]),
            (lambda text: "", ["id"]),
        ],
    )
    @pytest.mark.parametrize("command", [("check", DOUBLE_UNLOCK), ("rules",), ("scan", MINI)])
    def test_a_broken_rule_file_stops_the_run(self, tmp_path, command, change, words):
        ran = run(*command, "--rules", with_rule(tmp_path, change))
        refused(ran, 2, "my-rule.toml", "cure", *words)

    def test_a_directory_without_rules(self, tmp_path):
        refused(run("rules", "--rules", tmp_path), 2, str(tmp_path), "has no rule")

    def test_bytes_that_are_no_text(self, tmp_path):
        (with_rule(tmp_path) / "wait" / "my-rule.toml").write_bytes(b"\xff\xfe\0")
        refused(run("rules", "--rules", tmp_path), 2, "my-rule.toml", "UTF-8")


class TestBadInput:
    def test_a_file_that_is_not_there(self):
        refused(run("check", "no-such.patch"), 3, "no-such.patch: cannot be read", "cure")

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_that_may_not_be_read(self, tmp_path):
        path = tmp_path / "x.patch"
        path.touch(mode=0)
        refused(run("check", path), 3, "x.patch: cannot be read", "cure")

    def test_a_directory(self, tmp_path):
        refused(run("check", tmp_path), 3, str(tmp_path), "directory", "cure")

    @pytest.mark.parametrize("data", [b"", b"\n", b" \n\t\r\n"])
    def test_nothing_at_all(self, data):
        refused(run("check", "-", stdin=data), 3, "<stdin>", "empty", "cure")

    @pytest.mark.parametrize("output", ["text", "json"])
    @pytest.mark.parametrize(
        "data",
        [MAIL, b"\x7fELF\x02\x01\x01\0\0\0" + bytes(range(256)) * 40, b"\0", b"no mail", b"\xff\xfe" * 999],
        ids=["mail without a diff", "binary", "NUL", "text", "UTF-16"],
    )
    def test_nothing_to_check(self, data, output):
        ran = run("check", "--format", output, "-", stdin=data)
        assert (ran.status, ran.err) == (0, "kpatchlint: <stdin>: nothing to check: no diff in it\n")
        assert ran.out

    def test_a_mail_without_a_diff_behind_one_with(self):
        ran = run("check", TRUNCATED.replace("truncated-hunk", "double-unlock"), "fixtures/patches/cover-letter.eml")
        assert ran.status == 1
        assert ran.err == "kpatchlint: fixtures/patches/cover-letter.eml: nothing to check: no diff in it\n"

    def test_a_truncated_hunk(self):
        refused(run("check", TRUNCATED), 3, f"{TRUNCATED}:44: hunk is shorter than its header says", "cure")

    @pytest.mark.parametrize("cut", range(2, HUNK.count(b"\n")))
    def test_a_mail_cut_anywhere(self, cut):
        text = b"".join(NEWS.splitlines(keepends=True)[: MAIL.count(b"\n") + cut])
        ran = run("check", "-", stdin=text)
        if cut > 3:
            refused(ran, 3, "<stdin>:", "hunk is shorter")
        else:
            assert ran.status in (0, 3)

    def test_a_path_out_of_the_tree(self):
        refused(run("check", "-", stdin=NEWS.replace(b"mm/x.c", b"../../x.c")), 3, "../../x.c")

    @pytest.mark.parametrize("junk", [b"\0", b"\x1b[2J", b"\xff\xfe", "\u202e".encode()])
    def test_junk_in_code_is_reported_as_not_analysed(self, junk):
        ran = run("check", "-", stdin=NEWS.replace(b"x_note(entry);", b"x_note%s(entry);" % junk))
        assert (ran.status, ran.err) == (0, "")
        first, last = ran.out.splitlines()
        assert re.match(r"mm/x\.c:\d+-14: not analysed: ", first)
        assert first.isprintable()
        assert last.endswith("1 range not analysed")

    @pytest.mark.parametrize("junk", [b"\x1b[2J", b"\xff\xfe", b"\r"])
    def test_junk_in_a_comment_does_no_harm(self, junk):
        ran = run("check", "-", stdin=NEWS.replace(b"x_note(entry);", b"x_note(entry); /* %s */" % junk))
        assert (ran.status, ran.err) == (1, "")
        assert "[unlock-after-wait]" in ran.out

    def test_hostile_names_are_spelled_out(self, tmp_path):
        path = tmp_path / "a\x1b[2J\nb"
        refused(run("check", path), 3, r"a\x1b[2J\x0ab")
        path.write_bytes(MAIL)
        assert run("check", path).err.endswith("\\x0ab: nothing to check: no diff in it\n")
        assert r"a\u202eb" in run("check", tmp_path / "a\u202eb").err

    @pytest.mark.parametrize(
        "arguments",
        [
            ("nonsense",),
            ("check",),
            ("check", "--format", "no-such", "x"),
            ("scan", "-j", "0", "."),
            ("explain", "one", "two"),
        ],
    )
    def test_usage(self, arguments):
        refused(run(*arguments), 2, "--help")


ENVELOPE = b"From 63af1b75a08e80a748389a6df68b5b2fe3244252 Mon Sep 17 00:00:00 2001\n"
SHORT = HUNK.replace(b" \tx_tell(entry);\n }\n", b"")
NESTED = b"".join(
    b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (depth, depth) for depth in range(3000)
)


def mbox(*bodies):
    return b"".join(ENVELOPE + MAIL + body + b"\n" for body in bodies)


class TestOneBadMail:
    """It costs that mail and the exit status, and nothing else."""

    @pytest.mark.parametrize("bodies", [(SHORT, HUNK), (HUNK, SHORT), (SHORT, HUNK, SHORT)])
    def test_the_others_are_checked(self, bodies):
        ran = run("check", "-", stdin=mbox(*bodies))
        bad = bodies.count(SHORT)
        assert ran.status == 3
        found, _, last = ran.out.splitlines()
        assert found.startswith("mm/x.c:12:2: error: ptl is unlocked twice")
        many = "1 patch" if bad == 1 else f"{bad} patches"
        assert last == f"1 patch, 1 file, 1 function: 1 finding (1 error), {many} not checked"
        lines = ran.err.splitlines()
        assert len(set(lines)) == len(lines) == bad
        for line in lines:
            assert re.fullmatch(r"kpatchlint: <stdin>:\d+: hunk is shorter than its header says \(cure: .+\)", line)

    def test_a_line_names_the_place(self):
        data = mbox(HUNK, SHORT)
        line = int(re.search(r"<stdin>:(\d+):", run("check", "-", stdin=data).err)[1])
        start = data.index(b"diff --git", data.index(b"diff --git") + 1)
        assert data.count(b"\n", 0, start) < line <= data.count(b"\n") + 1

    def test_mime_nested_too_deeply(self):
        nested = ENVELOPE + MAIL.partition(b"\n\n")[0] + b"\n" + NESTED + b"\n"
        ran = run("check", "-", stdin=nested + mbox(HUNK))
        assert ran.status in (1, 3)
        assert ran.out.count("[unlock-after-wait]") == 1

    def test_of_several_files(self, tmp_path):
        path = tmp_path / "empty"
        path.touch()
        ran = run("check", path, TRUNCATED, DOUBLE_UNLOCK)
        assert ran.status == 3
        assert ran.out.splitlines()[:-1] == run("check", DOUBLE_UNLOCK).out.splitlines()[:-1]
        assert [line.split(":")[1].strip() for line in ran.err.splitlines()] == [str(path), TRUNCATED]

    def test_in_a_report_for_programs(self):
        ran = run("check", "--format", "json", "-", stdin=mbox(SHORT, HUNK))
        assert (ran.status, len(json.loads(ran.out)["findings"])) == (3, 1)

    def test_the_status_does_not_depend_on_findings(self):
        assert run("check", "--fail-on", "never", "-", stdin=mbox(SHORT, HUNK)).status == 3

    @pytest.mark.parametrize(("context", "refused"), [(b" #include <linux/mm.h>", 0), (b" #include <linux/no.h>", 2)])
    def test_what_builds_on_a_bad_one_is_bad_too(self, context, refused):
        """The second patch stands on the first; the third one is about another file."""
        add = b"diff --git a/mm/tidemark.c b/mm/tidemark.c\n--- a/mm/tidemark.c\n+++ b/mm/tidemark.c\n"
        first = add + b"@@ -7,2 +7,3 @@\n%s\n+#include <linux/a.h>\n #include <linux/pgtable.h>\n" % context
        second = add + b"@@ -8,2 +8,3 @@\n #include <linux/a.h>\n+#include <linux/b.h>\n #include <linux/pgtable.h>\n"
        third = b"\n" + (ROOT / "fixtures/patches/clean.patch").read_bytes()
        ran = run("check", "--tree", MINI, "-", stdin=mbox(first, second) + third)
        assert ran.status == (3 if refused else 0)
        assert ran.out.startswith("1 patch, " if refused else "3 patches, ")
        assert len(re.findall(r"^kpatchlint: <stdin>:\d+: hunk 1 does not apply", ran.err, re.MULTILINE)) == refused

    def test_a_rule_file_still_stops_the_run(self, tmp_path):
        broken = with_rule(tmp_path, lambda text: text.replace("release-unheld", "no-such"))
        refused(run("check", "--rules", broken, "-", stdin=mbox(SHORT, HUNK, SHORT)), 2, "my-rule.toml")


class TestProcess:
    def test_a_mail_on_stdin(self):
        ran = spawn("check", "-", stdin=NEWS)
        assert (ran.status, ran.err) == (1, "")
        assert ran.out.startswith("mm/x.c:12:2: error: ")

    def test_a_shipped_patch(self):
        ran = spawn("check", DOUBLE_UNLOCK)
        assert ran.transcript("check", DOUBLE_UNLOCK) == (ROOT / f"{DOUBLE_UNLOCK}.expected").read_text()

    def test_a_locale_without_the_characters(self):
        ran = spawn("explain", "unlock-after-wait", PYTHONIOENCODING="ascii")
        assert (ran.status, ran.err) == (0, "")

    @pytest.mark.parametrize("debug", ["", "1"])
    def test_an_internal_error_is_one_line(self, debug):
        broken = "import kpatchlint.cli as cli; cli.check_patches = lambda *a: 1 // 0; cli.main()"
        ran = spawn("check", "-", program=[sys.executable, "-c", broken], KPATCHLINT_DEBUG=debug)
        if debug:
            assert ran.err.startswith("Traceback")
        else:
            refused(ran, 2, "internal error: ZeroDivisionError", "please report")
