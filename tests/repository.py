"""A repository with a kernel-like file in it, made in a test, and the real git on it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from unittest.mock import patch

import pytest
from command import PROGRAM, ROOT, run

GIT_EMAIL = "Debian and Ubuntu: apt-get install git-email; Fedora: dnf install git-email"
CLEAN = """\
void x_wait(swp_entry_t entry, spinlock_t *ptl)
{
	x_note(entry);
	x_tell(entry);
}
"""
WAIT = "\tmigration_entry_wait_on_locked(entry, ptl);\n"
BETTER = CLEAN.replace("\tx_tell", WAIT + "\tx_tell")
BAD = CLEAN.replace("\tx_tell", WAIT + "\tspin_unlock(ptl);\n\tx_tell")
DOUBTFUL = CLEAN.replace("\tx_note", "\t/* As wait_on_page_bit_common() does. */\n\tx_note")
_MANY = "".join(f"\tx_note{number}(entry);\n" for number in range(20))
LONG = "int x_long(struct mm_struct *mm, pmd_t *pmd)\n{\n\tspinlock_t *ptl = pmd_lock(mm, pmd);\n\n"
LONG += f"{_MANY}\tspin_unlock(ptl);\n\treturn 0;\n}}\n"
LEAK = LONG.replace("\tx_note15", "\tif (x_full())\n\t\treturn 1;\n\tx_note15")
FOUND = re.compile(r"^mm/x\.c:\d+:\d+: error: ptl is unlocked twice.* \[unlock-after-wait\]$", re.MULTILINE)


@dataclass(frozen=True)
class Repository:
    """A git repository of a user who has no other settings than those given here."""

    top: Path
    environ: dict[str, str] = field(default_factory=dict)

    @staticmethod
    def make(directory, newer_git=None):
        """A repository with one commit, in which `mm/x.c` is clean."""
        top = directory / "linux"
        top.mkdir(parents=True)
        repository = Repository(top, _environ(directory, newer_git))
        repository.git("init", "-q", "-b", "main")
        repository.commit({"mm/x.c": CLEAN, "README": "x\n"}, "first")
        return repository

    def run(self, *command, status=0, given="", cwd=None, **environ):
        """What a program writes to stdout and stderr; it must end with `status`, None being any."""
        ran = subprocess.run(
            [str(word) for word in command], cwd=cwd or self.top, env={**self.environ, **environ}, input=given,
            capture_output=True, text=True, check=False,
        )
        said = f"{command} ended with {ran.returncode}\n{ran.stdout}{ran.stderr}"
        assert status in (None, ran.returncode), said
        return ran

    def git(self, *arguments, **how):
        return self.run("git", *arguments, **how)

    def kpatchlint(self, *arguments, status=0):
        """Run kpatchlint here, in this process; hooks that git calls are processes of their own."""
        with patch.dict(os.environ, self.environ, clear=True):
            ran = run(*arguments, cwd=self.top)
        assert ran.status == status, ran
        return ran

    def write(self, files):
        for name, text in files.items():
            (self.top / name).parent.mkdir(parents=True, exist_ok=True)
            (self.top / name).write_text(text)
        self.git("add", "--", *files)

    def commit(self, files, message="mm: change it", **how):
        self.write(files)
        return self.git("commit", "-q", "-m", message, **how)

    def head(self):
        return self.git("rev-parse", "HEAD").stdout.strip()


def _environ(directory, newer_git):
    home = directory / "home"
    (home / ".config").mkdir(parents=True)
    program = directory / "bin/kpatchlint"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    (home / ".gitconfig").write_text("[user]\n\tname = Robin Example\n\temail = robin@example.org\n")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "XDG_", "B4_"))}
    paths = [newer_git, str(program.parent), str(Path(sys.executable).parent), kept["PATH"]]
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "XDG_DATA_HOME": str(home / ".local/share"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "PATH": os.pathsep.join(path for path in paths if path),
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_CONFIG_NOSYSTEM": "1",
        "LC_ALL": "C.UTF-8",
    }


def need_b4():
    """Skip where b4 is not installed."""
    if not shutil.which("b4", path=str(Path(sys.executable).parent)):
        pytest.skip("no b4 beside this Python (pip install b4)")


def need_send_email():
    """Skip where git cannot send mail."""
    core = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    if not shutil.which("git-send-email", path=core):
        pytest.skip(f"no git send-email ({GIT_EMAIL})")
