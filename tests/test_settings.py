"""Living with findings: which rules, which severity, what is known, whose settings, what a terminal is shown."""

import io
import json
import os
import pty
import re
import time
import tomllib

import pytest
from command import PROGRAM, ROOT, run, spawn
from test_cli import DOUBLE_UNLOCK, HUNK, MAIL, MINI, refused

from kpatchlint import baseline, files
from kpatchlint.config import Config
from kpatchlint.rule import load_rules
from kpatchlint.selection import chosen_rules
from kpatchlint.terminal import FEW, wants_colour, wants_progress, watched

RULES = load_rules()
WAIT = {rule.id for rule in RULES if rule.family == "wait"}
STALE = b"diff --git a/y.h b/y.h\n--- a/y.h\n+++ b/y.h\n@@ -1,1 +1,2 @@\n"
STALE += b"+/* As wait_on_page_bit_common(). */\n int y;\n"
BOTH = MAIL + HUNK + STALE


def rules_in(ran):
    return set(re.findall(r"\[([\w-]+)\]$", ran.out, re.MULTILINE))


class TestSelection:
    @pytest.mark.parametrize(
        ("select", "ignore", "chosen"),
        [
            (["wait"], [], WAIT),
            (["wait"], ["unlock"], WAIT - {"unlock-after-wait"}),
            (["unlock-after-wait"], ["wait"], {"unlock-after-wait"}),
            (["all"], ["all"], set()),
            (["use-after"], [], {"use-after-unmap", "use-after-wait"}),
            ([], ["map", "entry", "reference"], WAIT),
            ([], [], {rule.id for rule in RULES}),
        ],
    )
    def test_the_more_exact_name_wins(self, select, ignore, chosen):
        assert chosen_rules(RULES, select, ignore) == chosen

    def test_both_are_found_without_it(self):
        assert rules_in(run("check", "-", stdin=BOTH)) == {"unlock-after-wait", "stale-reference"}

    @pytest.mark.parametrize(
        ("options", "left"),
        [
            (["--select", "reference"], {"stale-reference"}),
            (["--ignore", "stale-reference,unlock-after-wait"], set()),
            (["--ignore", "stale", "--ignore", "map"], {"unlock-after-wait"}),
        ],
    )
    def test_on_the_command_line(self, options, left):
        ran = run("check", *options, "-", stdin=BOTH)
        assert rules_in(ran) == left
        assert ran.status == bool(left)

    @pytest.mark.parametrize("option", ["--select", "--ignore"])
    def test_a_name_that_is_none(self, option):
        refused(run("check", option, "wiat", "-", stdin=BOTH), 2, option, "wiat", "perhaps wait", "kpatchlint rules")


class TestSettingsFile:
    def settings(self, directory, text):
        path = directory / "mine.toml"
        path.write_text(text)
        return path

    def test_its_keys_are_the_defaults_of_options(self, tmp_path):
        path = self.settings(tmp_path, 'ignore = ["reference"]\nfail-on = "never"\n')
        ran = run("check", "--config", path, "-", stdin=BOTH)
        assert (rules_in(ran), ran.status) == ({"unlock-after-wait"}, 0)

    def test_the_command_line_wins(self, tmp_path):
        path = self.settings(tmp_path, 'fail-on = "never"\n')
        assert run("check", "--fail-on", "error", "--config", path, "-", stdin=BOTH).status == 1

    def test_paths_are_relative_to_it(self, tmp_path):
        assert run("check", "--write-baseline", tmp_path / "known.toml", "-", stdin=BOTH).status == 0
        path = self.settings(tmp_path, 'baseline = "known.toml"\n')
        ran = run("check", "--config", path, "-", stdin=BOTH)
        assert ran.out.endswith("no findings, 2 suppressed\n")

    def test_more_rules_from_it(self, tmp_path):
        text = (ROOT / "rules/wait/unlock-after-wait.toml").read_text()
        (tmp_path / "more/wait").mkdir(parents=True)
        (tmp_path / "more/wait/my-rule.toml").write_text(text.replace('id = "unlock-after-wait"', 'id = "my-rule"'))
        path = self.settings(tmp_path, 'rules = ["more"]\n')
        assert "\nmy-rule " in run("rules", "--config", path).out
        assert run("explain", "--config", path, "my-rule").status == 0

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('jobs = 1\nselct = ["wait"]\n', ["mine.toml:2: ", "'selct'", "known keys: select, ignore, fail-on"]),
            ('\nfail-on = "fatal"\n', ["mine.toml:2: ", "fatal", "known values: error, warning"]),
            ("select = 1\n", ["mine.toml:1: ", "Expected `array`"]),
            ("select = [\n", ["mine.toml: ", "is not TOML"]),
            ('select = ["wiat"]\n', ["wiat", "perhaps wait"]),
        ],
    )
    def test_what_nobody_knows_stops_the_run(self, tmp_path, text, words):
        for command in (["check", "-"], ["scan", MINI]):
            refused(run(*command, "--config", self.settings(tmp_path, text), stdin=BOTH), 2, "cure", *words)

    def test_the_users_own_is_read_and_can_be_left(self, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
        (tmp_path / "kpatchlint").mkdir()
        (tmp_path / "kpatchlint/config.toml").write_text('fail-on = "never"\n')
        empty = self.settings(tmp_path, "")
        assert run("check", DOUBLE_UNLOCK).status == 0
        assert run("check", "--no-config", DOUBLE_UNLOCK).status == 1
        assert run("check", "--config", empty, DOUBLE_UNLOCK).status == 1
        refused(run("check", "--no-config", "--config", empty, DOUBLE_UNLOCK), 2, "--no-config")

    def test_none_is_read_from_where_the_patch_is_for(self, tmp_path):
        (tmp_path / ".kpatchlint.toml").write_text('fail-on = "never"\n')
        (tmp_path / "kpatchlint").mkdir()
        (tmp_path / "kpatchlint/config.toml").write_text('fail-on = "never"\n')
        ran = run("check", ROOT / DOUBLE_UNLOCK, cwd=tmp_path)
        assert ran.status == 1

    def test_readme_names_every_key(self):
        text = (ROOT / "README.md").read_text()
        keys = re.search(r"^## Settings\n(.*?)^## ", text, re.MULTILINE | re.DOTALL)[1]
        assert set(Config.__struct_encode_fields__) <= set(re.findall(r"`([\w-]+)`", keys))


class TestBaseline:
    @pytest.fixture(params=["known.toml", "known.json"])
    def known(self, request, tmp_path):
        return tmp_path / request.param

    def entries(self, path):
        load = json.loads if path.suffix == ".json" else tomllib.loads
        return load(path.read_text())["finding"]

    def test_what_is_written_is_not_reported_again(self, known):
        wrote = run("check", "--write-baseline", known, "-", stdin=BOTH)
        assert (wrote.status, wrote.err) == (0, f"kpatchlint: {known}: entries: 2, new: 2, stale ones dropped: 0\n")
        again = run("check", "--baseline", known, "-", stdin=BOTH)
        assert (again.status, again.err) == (0, "")
        assert again.out.endswith(": no findings, 2 suppressed\n")

    def test_what_is_new_is_reported(self, known):
        run("check", "--write-baseline", known, "-", stdin=MAIL + STALE)
        assert rules_in(run("check", "--baseline", known, "-", stdin=BOTH)) == {"unlock-after-wait"}

    def test_an_entry_says_what_it_is_about_and_why(self, known):
        run("check", "--write-baseline", known, "--reason", 'see "[1]"\n', "-", stdin=MAIL + HUNK)
        (entry,) = self.entries(known)
        assert entry.pop("fingerprint")
        assert entry == {
            "rule": "unlock-after-wait",
            "path": "mm/x.c",
            "function": "x_wait",
            "statement": "spin_unlock(ptl);",
            "reason": 'see "[1]"\n',
        }

    def test_reasons_stay_when_it_is_written_anew(self, known):
        run("check", "--write-baseline", known, "--reason", "old", "-", stdin=MAIL + STALE)
        run("check", "--write-baseline", known, "--reason", "new", "-", stdin=BOTH)
        assert {entry["rule"]: entry["reason"] for entry in self.entries(known)} == {
            "stale-reference": "old",
            "unlock-after-wait": "new",
        }

    def test_code_that_moved_is_still_known(self, known):
        run("check", "--write-baseline", known, "-", stdin=MAIL + HUNK)
        moved = HUNK.replace(b"-10,3 +10,5", b"-910,3 +910,5")
        assert run("check", "--baseline", known, "-", stdin=MAIL + moved).status == 0

    def test_of_equal_code_in_two_files_each_has_its_entry(self, known, tmp_path):
        text = (ROOT / "fixtures/unlock-after-wait/bad.c").read_text()
        (tmp_path / "mm").mkdir()
        (tmp_path / "mm/a.c").write_text(text)
        run("scan", "--write-baseline", known, tmp_path / "mm")
        one = len(self.entries(known))
        (tmp_path / "mm/b.c").write_text(text)
        ran = run("scan", "--baseline", known, tmp_path / "mm")
        assert (ran.status, len(rules_in(ran)) > 0) == (1, True)
        assert not [line for line in ran.out.splitlines() if line.startswith("a.c:")]
        assert ran.out.endswith(f"{one} suppressed\n")

    def test_a_file_that_was_renamed_is_still_known(self, known, tmp_path):
        (tmp_path / "mm").mkdir()
        (tmp_path / "mm/a.c").write_text((ROOT / "fixtures/unlock-after-wait/bad.c").read_text())
        run("scan", "--write-baseline", known, "--reason", "seen", tmp_path / "mm")
        (tmp_path / "mm/a.c").rename(tmp_path / "mm/b.c")
        ran = run("scan", "--baseline", known, tmp_path / "mm")
        assert (ran.status, ran.err) == (0, "")
        run("scan", "--write-baseline", known, tmp_path / "mm")
        assert {(entry["path"], entry["reason"]) for entry in self.entries(known)} == {("b.c", "seen")}

    def test_stale_entries_are_said_and_dropped(self, known, tmp_path):
        tree = tmp_path / "mm"
        tree.mkdir()
        text = (ROOT / "fixtures/unlock-after-wait/bad.c").read_text()
        (tree / "a.c").write_text(text)
        (tree / "b.c").write_text(text)
        run("scan", "--write-baseline", known, tree)
        both = len(self.entries(known))
        assert run("scan", "--baseline", known, tree).err == ""
        (tree / "a.c").write_text("int nothing;\n")
        ran = run("scan", "--baseline", known, tree)
        assert ran.status == 0
        assert len(re.findall(rf"^kpatchlint: {known}: stale: [0-9a-f]{{16}} \(.* a\.c\)$", ran.err, re.M)) == both / 2
        run("scan", "--write-baseline", known, tree)
        assert {entry["path"] for entry in self.entries(known)} == {"b.c"}

    def test_only_what_was_looked_at_is_stale(self, known, tmp_path):
        (tmp_path / "mm").mkdir()
        (tmp_path / "include/linux").mkdir(parents=True)
        for name in ("mm/a.c", "mm/b.c"):
            (tmp_path / name).write_text((ROOT / "fixtures/unlock-after-wait/bad.c").read_text())
        run("scan", "--write-baseline", known, tmp_path / "mm")
        before = self.entries(known)
        assert run("scan", "--baseline", known, tmp_path / "mm/a.c").err == ""
        run("scan", "--write-baseline", known, tmp_path / "mm/a.c")
        assert self.entries(known) == before
        assert run("check", "--baseline", known, "-", stdin=BOTH).err == ""

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("finding = 1\n", ["Expected `array`"]),
            ('[[finding]]\nfingerprint = "1"\nrule = "r"\npath = "p"\nwhy = ""\n', ["why", "known keys: fingerprint"]),
            ("version = 9\n", ["version 9"]),
            ("{", ["TOML"]),
        ],
    )
    def test_a_broken_one_stops_the_run(self, tmp_path, text, words):
        (tmp_path / "b.toml").write_text(text)
        refused(run("check", "--baseline", tmp_path / "b.toml", DOUBLE_UNLOCK), 2, "b.toml", *words)

    def test_a_missing_one_stops_the_run(self, tmp_path):
        refused(run("check", "--baseline", tmp_path / "none.toml", DOUBLE_UNLOCK), 2, "none.toml")
        (tmp_path / "b.json").write_text("{")
        refused(run("check", "--baseline", tmp_path / "b.json", DOUBLE_UNLOCK), 2, "b.json")
        refused(run("check", "--write-baseline", tmp_path / "no/b.toml", DOUBLE_UNLOCK), 2, "no/b.toml", "written")

    def test_it_is_replaced_in_one_step(self, known, monkeypatch):
        """Whoever reads meanwhile reads the old one or the new one; a failure leaves the old one, and nothing else."""
        run("check", "--write-baseline", known, "-", stdin=MAIL + STALE)
        before = known.read_bytes()

        def full(handle):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as broken:
            broken.setattr(files.os, "fsync", full)
            refused(run("check", "--write-baseline", known, "-", stdin=BOTH), 2, "No space left", known.name)
        assert [path.name for path in known.parent.iterdir()] == [known.name]
        assert known.read_bytes() == before

    def test_any_text_survives(self, known):
        odd = 'a\\b"c\x7f\t\u2028é\U0001f600'
        run("check", "--write-baseline", known, "--reason", odd, "-", stdin=MAIL + HUNK)
        assert baseline.load(known).finding[0].reason == odd


class TestStatistics:
    def test_counts_instead_of_findings(self):
        ran = run("check", "--statistics", "-", stdin=BOTH)
        assert ran.status == 1
        assert ran.out.splitlines() == [
            "1  error    unlock-after-wait",
            "1  warning  stale-reference",
            "2  in all; functions: 1, files: 2",
        ]

    def test_what_is_not_seen_is_counted_too(self, tmp_path):
        run("check", "--write-baseline", tmp_path / "b.toml", "-", stdin=BOTH)
        ran = run("check", "--statistics", "--baseline", tmp_path / "b.toml", "-", stdin=BOTH)
        assert ran.out == "0  in all; functions: 1, files: 2, suppressed: 2\n"

    def test_it_is_a_format(self):
        assert run("scan", "--statistics", MINI) == run("scan", "--format", "statistics", MINI)
        refused(run("check", "--statistics", "--format", "json", "-", stdin=BOTH), 2, "--statistics", "cure")


class TestQuiet:
    def test_nothing_when_clean(self):
        assert run("check", "-q", "fixtures/patches/clean.patch") == run("check", "-q", "-", stdin=MAIL)
        assert run("check", "-q", "fixtures/patches/clean.patch").transcript() == "$ kpatchlint\nexit status 0\n"

    def test_findings_all_the_same(self):
        assert run("check", "-q", DOUBLE_UNLOCK).out == "".join(
            run("check", DOUBLE_UNLOCK).out.splitlines(keepends=True)[:-1]
        )


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """So many files that somebody would wait."""
    directory = tmp_path_factory.mktemp("many")
    for number in range(FEW + 1):
        (directory / f"{number}.c").write_text("int x; /* it */\n")
    return directory


class TestTerminal:
    @pytest.mark.parametrize(
        ("choice", "terminal", "environ", "wanted"),
        [
            ("auto", True, {}, True),
            ("auto", False, {}, False),
            ("auto", True, {"NO_COLOR": "1"}, False),
            ("auto", True, {"NO_COLOR": ""}, True),
            ("auto", True, {"TERM": "dumb"}, False),
            ("auto", False, {"FORCE_COLOR": "1"}, True),
            ("auto", False, {"FORCE_COLOR": "0"}, False),
            ("auto", False, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
            ("always", False, {"NO_COLOR": "1"}, True),
            ("never", True, {"FORCE_COLOR": "1"}, False),
        ],
    )
    def test_colour(self, choice, terminal, environ, wanted):
        assert wants_colour(choice, terminal, environ) is wanted

    @pytest.mark.parametrize(
        ("quiet", "terminal", "environ", "wanted"),
        [
            (False, True, {}, True),
            (False, False, {}, False),
            (True, True, {}, False),
            (False, True, {"CI": "1"}, False),
            (False, True, {"CI": "true"}, False),
            (False, True, {"CI": "0"}, True),
            (False, True, {"TERM": "dumb"}, False),
        ],
    )
    def test_progress(self, quiet, terminal, environ, wanted):
        assert wants_progress(quiet, terminal, environ) is wanted

    def test_in_a_pipe_there_is_neither(self, many):
        assert "\033" not in run("check", DOUBLE_UNLOCK).out
        assert run("scan", many).err == ""

    def test_colour_can_be_asked_for(self):
        assert "\033[1;31merror" in run("check", "--color", "always", DOUBLE_UNLOCK).out
        assert "\033[1;31merror" in spawn("check", DOUBLE_UNLOCK, FORCE_COLOR="1").out
        assert "\033" not in spawn("check", DOUBLE_UNLOCK, FORCE_COLOR="1", NO_COLOR="1").out

    def test_a_bar_counts_what_goes_by_and_is_gone_at_the_end(self):
        stream = io.StringIO()
        assert list(watched(iter(range(FEW)), FEW, stream)) == list(range(FEW))
        assert list(watched(iter(range(3)), 3, io.StringIO())) == [0, 1, 2]

    def on_a_terminal(self, *arguments, **environ):
        """What kpatchlint writes when its output is a terminal."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(ROOT)
            os.execvpe(PROGRAM[0], [*PROGRAM, *arguments], {**os.environ, "TERM": "xterm", **environ})
        written = b""
        try:
            while data := os.read(terminal, 4096):
                written += data
        except OSError:  # how Linux says that the other end is gone
            pass
        os.close(terminal)
        os.waitpid(pid, 0)
        return written.decode()

    def test_a_long_scan_shows_how_far_it_is(self, many):
        told = self.on_a_terminal("scan", "--no-cache", many, CI="")
        assert f"{FEW + 1}/{FEW + 1}" in told
        assert told.partition("\033[2K")[2].startswith(f"\r{FEW + 1} files, ")

    @pytest.mark.parametrize(("options", "environ"), [(["-q"], {"CI": ""}), ([], {"CI": "1"})])
    def test_or_not(self, many, options, environ):
        assert "\033[2K" not in self.on_a_terminal("scan", *options, many, **environ)

    def test_a_whole_tree_that_is_read_for_a_patch_shows_how_far_it_is(self, tmp_path):
        for path in ("include/linux/x.h", *(f"fs/d{number}/x.c" for number in range(70))):
            (tmp_path / "tree" / path).parent.mkdir(parents=True)
            (tmp_path / "tree" / path).write_text("int one;\n")
        patch = tmp_path / "p.patch"
        patch.write_text("--- a/fs/d1/x.c\n+++ b/fs/d1/x.c\n@@ -1 +1,2 @@\n+/* See not_there_at_all(). */\n int one;\n")
        check = ("check", "--tree", tmp_path / "tree", patch)
        # what changed a moment ago is read again, because it may change once more without a trace
        time.sleep(2.1)
        caches = (str(tmp_path / name) for name in ("quiet", "other", "other"))
        told = [
            self.on_a_terminal(*check, *options, CI="", KPATCHLINT_CACHE=cache)
            for options, cache in zip((["-q"], [], []), caches, strict=True)
        ]
        assert ["reading the whole tree, once" in each for each in told] == [False, True, False]
        assert all("not_there_at_all() does not exist" in each for each in told)

    def test_a_file_of_a_tree_is_a_link(self, tmp_path):
        """In the way of OSC 8, on a terminal only, and with nothing of its name that a terminal would obey."""
        odd = tmp_path / "a\x1b]0;é.c"
        odd.write_text((ROOT / "fixtures/unlock-after-wait/bad.c").read_text())
        link = f"\033]8;;file://{os.uname().nodename}{tmp_path}/a%1B%5D0%3B%C3%A9.c\033\\a\\x1b]0;é.c:"
        assert link in self.on_a_terminal("scan", tmp_path)
        assert "\033]8" not in self.on_a_terminal("scan", tmp_path, NO_COLOR="1")
        assert "\033]8" not in run("scan", "--color", "always", tmp_path).out
        assert "\033]8" not in self.on_a_terminal("check", DOUBLE_UNLOCK)

    def test_findings_are_coloured(self):
        assert "\033[1;31merror" in self.on_a_terminal("check", DOUBLE_UNLOCK)
        assert "\033" not in self.on_a_terminal("check", DOUBLE_UNLOCK, NO_COLOR="1")
