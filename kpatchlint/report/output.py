"""Where each format of a run goes: pairs of `--format` and `-o`, and files that are whole or not there.

Everything is rendered before the first file is touched, and a file takes its place by a rename, so that an error leaves
what was there before.  Example: `--format sarif -o x.sarif --format text -o -`.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from kpatchlint.errors import UserError
from kpatchlint.finding import Report
from kpatchlint.report import COMPLETE, FORMATS, SILENT
from kpatchlint.report.run import Run

STDOUT = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """One format and the file it goes to, `-` for standard output."""

    name: str
    file: str = STDOUT


def outputs(names: Sequence[str], files: Sequence[str], default: str = "text") -> tuple[Output, ...]:
    """The n-th format with the n-th file; one format alone needs no file.  `UserError` when they do not match."""
    names = names or (default,)
    files = files or ((STDOUT,) if len(names) == 1 else ())
    if len(names) != len(files):
        what = f"{len(names)} times --format, but {len(files)} times -o"
        raise UserError(what, cure="give each --format its -o; -o - is standard output")
    for file in files:
        if files.count(file) > 1:
            raise UserError(f"two formats for {file}", cure="give each --format a file of its own")
    return tuple(Output(name, file) for name, file in zip(names, files, strict=True))


def silent(wanted: Sequence[Output]) -> bool:
    """Whether nothing may be written to stderr, because the reader of standard output takes that for a failure."""
    return any(output.name in SILENT for output in wanted)


def deliver(report: Report, run: Run, wanted: Sequence[Output]) -> str:
    """Write the files; what is for standard output comes back.  `UserError` for a file that cannot be written."""
    checked = report.patches or not report.errors
    chosen = [output for output in wanted if checked or output.name in COMPLETE]
    texts = [FORMATS[output.name](report, run if output.file == STDOUT else _plain(run)) for output in chosen]
    for output, text in zip(chosen, texts, strict=True):
        if output.file != STDOUT:
            _write(output.file, text.encode("utf-8", "backslashreplace"))
    return "".join(text for output, text in zip(chosen, texts, strict=True) if output.file == STDOUT)


def _plain(run: Run) -> Run:
    return Run(False, run.rule_directories, run.with_tree, run.sender)


def _write(file: str, data: bytes) -> None:
    path = Path(file)
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise UserError(what, path=file, cure="name a file that may be written") from error


def _replace(path: Path, data: bytes) -> None:
    """Write beside the file, then put it in its place; the mode is that of the file before, or what umask allows."""
    new = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        with new.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o7777)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
