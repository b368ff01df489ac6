"""A new user, from nothing to a mail that is not sent: the commands as they are typed, counted and timed.

`pytest -s -m "network and slow" tests/test_first_hour.py` prints the figures.
"""

import os
import subprocess
import time

import pytest
from command import ROOT
from repository import BAD, CLEAN, FOUND, need_send_email

pytestmark = [pytest.mark.network, pytest.mark.slow]

# what is typed: of ours, and of anybody's work on a patch
SETUP = [
    "python3 -m venv ~/kpatchlint",
    f"~/kpatchlint/bin/pip install -q {ROOT}",
    "git init -q -b main linux",
]
WORK = ["git add mm/x.c && git commit -q -m first", "git commit -q -a -m 'mm: wait'"]
HOOK = "~/kpatchlint/bin/kpatchlint hook install"
SEND = "git send-email --dry-run --quiet --to=list@example.org -1"


def test_from_nothing_to_a_mail_that_is_not_sent(tmp_path):
    need_send_email()
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text("[user]\n\tname = Robin Example\n\temail = robin@example.org\n")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "XDG_", "PYTHON", "VIRTUAL"))}
    environ = {**kept, "HOME": str(home), "LC_ALL": "C.UTF-8"}
    began = time.monotonic()

    def typed(command, where, status=0):
        ran = subprocess.run(command, shell=True, cwd=where, env=environ, capture_output=True, text=True, check=False)
        assert status in (None, ran.returncode), f"{command}\n{ran.stdout}{ran.stderr}"
        return ran

    for command in SETUP:
        typed(command, home)
    tree = home / "linux"
    (tree / "mm").mkdir()
    (tree / "mm/x.c").write_text(CLEAN)
    typed(WORK[0], tree)
    typed(HOOK, tree)
    (tree / "mm/x.c").write_text(BAD)
    typed(WORK[1], tree)
    ran = typed(SEND, tree, status=None)
    minutes = (time.monotonic() - began) / 60
    commands = [*SETUP, *WORK, HOOK, SEND]
    print(f"\n{len(commands)} commands, 3 of them to have kpatchlint and its hook; {minutes:.1f} minutes of waiting")
    assert FOUND.search(ran.stderr)
    assert "Dry-Sent" not in ran.stdout
    assert (home / "kpatchlint/share/man/man1/kpatchlint.1").is_file()
