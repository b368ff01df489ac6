"""README's table of speed has the rows and columns that bench/speed.py writes."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from command import ROOT

sys.path.insert(0, str(ROOT / "bench"))

import coccinelle
import speed

MINI = ROOT / "fixtures/trees/mini"


def every_row():
    return list(speed.rows(MINI, Path("r"), Path("p"), Path("m"), Path("c")))


def test_readme_has_the_table_that_the_script_writes():
    readme = (ROOT / "README.md").read_text()
    found = re.search(re.escape(speed.START) + r"\n(.*?)\n" + re.escape(speed.END), readme, re.DOTALL)[1]
    made = speed.table([speed.Measured(row, 1.0) for row in every_row()])
    cells = [[line.split("|")[column].strip() for column in (1, 4, 7)] for line in made.splitlines()]
    there = [line for line in found.splitlines() if line.startswith("|")]
    assert [[line.split("|")[column].strip() for column in (1, 4, 7)] for line in there] == cells
    assert re.search(r"^Peak memory .* \d+ MB", found, re.MULTILINE)


def test_a_ratio_is_to_the_peer_of_the_same_run():
    floor, lint = speed.Row(speed.FLOORS, ["x"]), speed.Row("y", ["y"], peer=speed.FLOORS, budget=2)
    text = speed.table([speed.Measured(floor, 0.5, 0.6), speed.Measured(lint, 1.25, 0.75)])
    assert text.splitlines()[-1] == f"| y | 1.25 | 0.75 | {speed.FLOORS} | 2.5 | 1.2 | 2 |"


def test_a_program_that_is_missing_is_said(tmp_path):
    row = speed.Row("x", ["no-such-program-anywhere"])
    assert speed.measured(row, tmp_path) == speed.Measured(row, None)
    assert "not installed" in speed.table([speed.Measured(row, None)])


def test_what_was_left_out_is_not_said_to_be_missing():
    assert "| x | not measured |" in speed.table([speed.left_out(speed.Row("x", ["x"]))])


def test_a_program_that_a_command_needs_and_that_is_missing_is_said(tmp_path):
    row = speed.Row("x", ["sh", "-c", "no-such-program-anywhere"], needs="no-such-program-anywhere")
    assert speed.measured(row, tmp_path) == speed.Measured(row, None)


def test_a_scan_of_mm_is_held_against_one_run_over_all_rules():
    scan = next(row for row in every_row() if row.budget == 0.1)
    peer = next(row for row in every_row() if row.name == scan.peer)
    assert "mm" in scan.name
    assert peer.command == coccinelle.spatch(Path("c"), MINI / "mm")


def test_beside_it_stands_a_run_for_each_rule():
    each = next(row for row in every_row() if row.name == speed.COCCI_EACH)
    assert each.command[-1].count("spatch ") == len(coccinelle.PATCHES)
    assert all(str(path) in each.command[-1] for path in coccinelle.PATCHES)


@pytest.mark.slow
def test_a_command_that_fails_has_no_time(tmp_path):
    if shutil.which("hyperfine") is None:
        pytest.skip("no hyperfine")
    row, finds = (speed.Row("x", ["sh", "-c", f"exit {status}"], "once") for status in (2, 1))
    assert speed.measured(row, tmp_path) == speed.Measured(row, None, instead=speed.FAILED)
    assert speed.measured(finds, tmp_path).seconds is not None


def test_every_peer_is_a_row():
    names = [row.name for row in every_row()]
    assert len(names) == len(set(names))
    assert {row.peer for row in every_row() if row.peer} <= set(names)


def test_every_mail_has_another_hunk():
    patches = list(speed.hunks(MINI))
    assert len(patches) == len(set(patches)) > 0
    mails = speed.mbox(patches)
    assert mails.count("\nSubject: ") == len(patches)
    assert all(patch in mails for patch in patches)
