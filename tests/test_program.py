"""The console script: the command line, with garbage collected seldom, and not at the end."""

import gc
import subprocess
import sys
from pathlib import Path

from kpatchlint.garbage import YOUNG

ROOT = Path(__file__).resolve().parent.parent
PATCH = ROOT / "fixtures/patches/double-unlock.patch"
CODE = """
import atexit, gc, sys
import kpatchlint.__main__ as program
sys.argv[1:] = sys.argv[2:]
atexit.register(lambda: print(gc.get_threshold()[0], gc.get_freeze_count() > 0, file=sys.stderr))
program.main()
"""


def ran(*arguments):
    command = [sys.executable, "-c", CODE, "x", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_it_is_the_command_line():
    found = ran("check", "--no-config", str(PATCH))
    told = subprocess.run(
        [sys.executable, "-c", "from kpatchlint.cli import main; main()", "check", "--no-config", str(PATCH)],
        capture_output=True, text=True, cwd=ROOT, check=False,
    )
    assert (found.returncode, found.stdout) == (told.returncode, told.stdout) == (1, told.stdout)
    assert "unlock-after-wait" in found.stdout


def test_garbage_is_left_alone():
    assert ran("check", "--no-config", str(PATCH)).stderr.split() == [str(YOUNG), "True"]


def test_the_status_of_an_error_stays():
    found = ran("check", "--no-config", "no-such.patch")
    assert found.returncode in (2, 3)
    assert gc.get_freeze_count() == 0
    assert found.stderr.startswith("kpatchlint: ")
