"""README's table of speed has the rows and columns that bench/speed.py writes."""

import re
import sys
from pathlib import Path

from command import ROOT

sys.path.insert(0, str(ROOT / "bench"))

import speed

MINI = ROOT / "fixtures/trees/mini"


def every_row():
    return list(speed.rows(MINI, Path("r"), Path("p"), Path("m")))


def test_readme_has_the_table_that_the_script_writes():
    readme = (ROOT / "README.md").read_text()
    found = re.search(re.escape(speed.START) + r"\n(.*?)\n" + re.escape(speed.END), readme, re.DOTALL)[1]
    made = speed.table([speed.Measured(row, 1.0) for row in every_row()])
    cells = [[line.split("|")[column].strip() for column in (1, 4, 6)] for line in made.splitlines()]
    there = [line for line in found.splitlines() if line.startswith("|")]
    assert [[line.split("|")[column].strip() for column in (1, 4, 6)] for line in there] == cells
    assert re.search(r"^Peak memory .* \d+ MB", found, re.MULTILINE)


def test_a_ratio_is_to_the_peer_of_the_same_run():
    floor, lint = speed.Row(speed.FLOORS, ["x"]), speed.Row("y", ["y"], peer=speed.FLOORS, budget=2)
    text = speed.table([speed.Measured(floor, 0.5, 0.6), speed.Measured(lint, 1.25, 0.75)])
    assert text.splitlines()[-1] == f"| y | 1.25 | 0.75 | {speed.FLOORS} | 2.5 | 2 |"


def test_a_program_that_is_missing_is_said(tmp_path):
    row = speed.Row("x", ["no-such-program-anywhere"])
    assert speed.measured(row, tmp_path) == speed.Measured(row, None)
    assert "not installed" in speed.table([speed.Measured(row, None)])


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
