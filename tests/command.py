"""The command line in process: what it prints on either stream, and its exit status."""

import io
import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from unittest.mock import patch

from kpatchlint.cli import main

ROOT = Path(__file__).resolve().parent.parent
# the console script of the environment under test, where there is one
SCRIPT = shutil.which("kpatchlint", path=str(Path(sys.executable).parent))
PROGRAM = [SCRIPT] if SCRIPT else [sys.executable, "-c", "from kpatchlint.cli import main; main()"]


@dataclass(frozen=True)
class Ran:
    """How a run ended."""

    status: int
    out: str
    err: str

    def transcript(self, *arguments):
        """The run as `.expected` files keep it: command, output, lines on stderr, exit status."""
        told = "".join(f"stderr: {line}\n" for line in self.err.splitlines())
        return f"$ {' '.join(('kpatchlint', *arguments))}\n{self.out}{told}exit status {self.status}\n"


def run(*arguments, stdin=b"", cwd=ROOT):
    """Run kpatchlint in this process, from the top of the repository."""
    out, err, given = (io.TextIOWrapper(io.BytesIO(data), encoding="utf-8") for data in (b"", b"", stdin))
    before = os.getcwd()
    os.chdir(cwd)
    try:
        argv = ["kpatchlint", *map(str, arguments)]
        with ExitStack() as stack:
            for name, value in (("argv", argv), ("stdin", given), ("excepthook", sys.excepthook)):
                stack.enter_context(patch.object(sys, name, value))
            stack.enter_context(redirect_stdout(out))
            stack.enter_context(redirect_stderr(err))
            main()
    except SystemExit as ended:
        status = ended.code
    finally:
        os.chdir(before)
    return Ran(status, *(_written(stream) for stream in (out, err)))


def _written(stream):
    stream.flush()
    return stream.buffer.getvalue().decode()


def spawn(*arguments, stdin=b"", program=PROGRAM, **environment):
    """Run kpatchlint as a process of its own."""
    ran = subprocess.run(
        [*program, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def refused(ran, status, *words):
    """The run ended with one clear line on stderr, and with nothing on stdout."""
    assert (ran.status, ran.out) == (status, "")
    assert re.fullmatch(r"kpatchlint: [^\n]+\n", ran.err)
    assert "Traceback" not in ran.err
    assert ran.err.rstrip("\n").isprintable()
    for word in words:
        assert word in ran.err


def stale_after(directory, before, after):
    """What `stale-reference` says of the patch that makes one text of mm/x.c of another, in a small tree."""
    for path, text in {"Makefile": "VERSION = 6\n", "include/linux/x.h": "", "mm/x.c": before}.items():
        (directory / "tree" / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / "tree" / path).write_text(text)
    lines = (text.splitlines(True) for text in (before, after))
    (directory / "p.patch").write_text("".join(unified_diff(*lines, "a/mm/x.c", "b/mm/x.c")))
    return run("check", "--select=stale-reference", "--tree", directory / "tree", directory / "p.patch")
