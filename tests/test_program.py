"""The console script: the command line, with garbage collected seldom, and not at the end."""

import gc
import os
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


# tells where the system ends the program, and not Python
TELLING = """
import os
end = os._exit
def tell(status):
    os.write(2, b"at once")
    end(status)
os._exit = tell
"""


def ran(*arguments, code=CODE, **others):
    command = [sys.executable, "-c", code, "x", *arguments]
    environment = {**os.environ, **others}
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, env=environment)


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


def test_what_is_left_is_freed_by_the_system():
    check = ("check", "--no-config", str(PATCH))
    assert ran(*check, code=TELLING + CODE).stderr.endswith("True\nat once")
    assert ran(*check, code=TELLING + CODE, KPATCHLINT_DEBUG="1").stderr.endswith("True\n")


def test_another_thread_may_go_on():
    late = "threading.main_thread().join(), print('done')"
    thread = f"import threading\nthreading.Thread(target=lambda: ({late})).start()\n"
    assert ran("check", "--no-config", str(PATCH), code=thread + CODE).stdout.endswith("done\n")


def test_who_reads_may_go_away():
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "kpatchlint", "check", "--no-config", str(PATCH)]
    with os.fdopen(write, "wb") as closed:
        found = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert found.returncode
    assert b"internal error" not in found.stderr
