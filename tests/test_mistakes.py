"""What a newcomer gets wrong in a first rule, contract or command, and what is said: file, line and cure."""

import re

import pytest
from command import ROOT, run

from kpatchlint.c.dialect import load as load_dialect
from kpatchlint.data import rules_directory
from kpatchlint.errors import UserError
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.rule import load_rules

RULE = """id = "x"
family = "house"
title = "A title"
severity = "error"
stage = "preview"
event = "exit-held"
when = { resource = ["irq"] }
message = "{place} is left"
what = "What."
why = "Why."
bad = "bad();"
good = "good();"
limits = "Limits."
no_model = "a test"
"""
CONTRACTS = """[[function]]
name = "buoy_wait"
params = []

[[function]]
name = "buoy_lock"
params = ["buoy"]
outcome = [{ acquires = ["lock:buoy->lock"] }]
"""


def told(load, *given):
    """The error's place, what is wrong, and the cure."""
    with pytest.raises(UserError) as caught:
        load(*given)
    return caught.value.line, caught.value.what, caught.value.cure


class TestRule:
    def test_a_rule_that_is_in_no_family(self, tmp_path):
        (tmp_path / "x.toml").write_text(RULE)
        assert "move it to <family>/x.toml, or name" in told(load_rules, [tmp_path])[2]

    def test_a_place_that_is_no_directory_of_rules(self, tmp_path):
        (tmp_path / "x.toml").write_text(RULE)
        assert told(load_rules, [tmp_path / "nowhere"])[1:] == ("is not there", IN_FAMILY)
        assert told(load_rules, [tmp_path / "x.toml"])[1:] == ("is no directory", IN_FAMILY)


IN_FAMILY = "name a directory that has <family>/<id>.toml"


class TestContractsAndMacros:
    @pytest.mark.parametrize(
        ("right", "wrong", "line", "what", "cure"),
        [
            ("outcome = [{ acquires", "acquires = [{ acquires", 8, "unknown field `acquires`", "known: name, params,"),
            ("acquires", "acqires", 8, "unknown field `acqires`", "known: when, acquires, releases, sets"),
            ('params = ["buoy"]', 'params = "buoy"', 7, "Expected `array`", "rules/WRITING.md"),
            ('name = "buoy_lock"\n', "", 5, "required field `name`", "add name = ..."),
            ('"buoy_lock"', '"buoy_lock', 6, "is not TOML", "mend what stands there"),
            ("lock:buoy", "lok:buoy", 6, "function buoy_lock: unknown resource 'lok'", "lock"),
        ],
    )
    def test_a_wrong_contract(self, tmp_path, right, wrong, line, what, cure):
        assert CONTRACTS.count(right) == 1
        (tmp_path / "contracts").mkdir()
        (tmp_path / "contracts/buoy.toml").write_text(CONTRACTS.replace(right, wrong))
        at, said, mend = told(load_knowledge, rules_directory(), (tmp_path,))
        assert at == line
        assert what in said
        assert cure in mend

    def test_a_wrong_macro(self, tmp_path):
        (tmp_path / "dialect.toml").write_text("# mine\n\n[type_argument]\nbuoy_of = [0]\n")
        at, said, mend = told(load_dialect, (tmp_path,))
        assert at == 3
        assert "`type_argument`" in said
        assert "type_arguments, " in mend


class TestCommands:
    def test_none_is_help_and_no_success(self):
        ran = run()
        assert ran.status == 2
        assert "\n  check " in ran.err
        assert not ran.out

    def test_every_command_has_a_line_that_is_not_cut(self):
        for group in ((), ("hook",), ("model",)):
            assert "..." not in run(*group, "--help").out.split("Commands:")[1].split("Exit status")[0]

    def test_a_rule_that_is_misspelt(self):
        cure = "(cure: did you mean flush-after-unlock or missing-unlock or unlock-after-wait?)\n"
        assert run("explain", "unlock").err.endswith(cure)
        assert "did you mean wait-while-locked?" in run("explain", "wait-whil-locked").err

    def test_a_source_file_is_no_patch(self):
        ran = run("check", ROOT / "fixtures/unlock-after-wait/bad.c")
        assert re.search(r"no diff in it; a file as it stands is for kpatchlint scan$", ran.err, re.MULTILINE)

    def test_a_directory_of_source_is_none_of_patches(self):
        assert "kpatchlint scan is for files as they stand" in run("check", ROOT / "fixtures/unlock-after-wait").err

    def test_a_revision_that_is_none(self):
        assert "or commits of the repository around us" in run("check", "HEADD").err

    def test_a_scan_of_nothing(self, tmp_path):
        (tmp_path / "empty").mkdir()
        (tmp_path / "x.c").write_text("int nothing;\n")
        ran = run("scan", "empty", "x.c", cwd=tmp_path)
        assert ran.err == "kpatchlint: empty: nothing to scan: no C file in it\n"
        assert ran.status == 0
