"""Where each format of a run goes: pairs of `--format` and `-o`, and files that are whole or not there.

Everything is rendered before the first file is touched, and a file takes its place by a rename, so that an error leaves
what was there before.  Example: `--format sarif -o x.sarif --format text -o -`.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.errors import UserError
from kpatchlint.files import append_file, write_file
from kpatchlint.finding import Report
from kpatchlint.report import COMPLETE, FORMATS, SILENT, step_summary
from kpatchlint.report.run import Run

STDOUT = "-"


class Output(Struct, frozen=True):
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
            write_file(output.file, text.encode("utf-8", "backslashreplace"))
        if output.name == "github" and run.summary:
            append_file(run.summary, step_summary(report).encode("utf-8", "backslashreplace"))
    return "".join(text for output, text in zip(chosen, texts, strict=True) if output.file == STDOUT)


def _plain(run: Run) -> Run:
    return replace(run, colour=False, links="")
