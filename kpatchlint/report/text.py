"""The report a person reads: a line a finding, a step of its path, a range not analysed; then the counts.

What comes from a mail or a tree is shown, never obeyed: control characters and terminal escapes are spelled
out.  Example:

    mm/x.c:81:3: error: ptl is unlocked twice [unlock-after-wait]
    mm/x.c:79: note: ptl released here
    mm/x.c:90-95: not analysed: no parse
    1 patch, 1 file, 12 functions: 1 finding (1 error), 1 range not analysed
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

from kpatchlint.finding import Finding, Report, Unanalyzed
from kpatchlint.report.mistake import Mistake, mistakes
from kpatchlint.report.plain import characters, many, safe
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.source import Position

_SEVERITIES = {"error": "errors", "warning": "warnings", "info": "info"}
_PAINT = {
    "error": "\033[1;31m",
    "warning": "\033[1;35m",
    "info": "\033[1;36m",
    "note": "\033[36m",
    "caret": "\033[1;32m",
}
_PLAIN = "\033[0m"
# more are counted, for one line a range; `--format json` has their names
_MOST_RULES = 3


def _nothing(finding: Finding) -> Iterable[str]:
    return ()


def render(report: Report, run: Run = PLAIN, more: Callable[[Finding], Iterable[str]] = _nothing) -> str:
    """`report` as text that ends in a newline; `run.colour`, for a terminal, adds source lines and carets.

    `more` gives lines that follow a finding, and what comes of the same mistake.
    """
    lines = [line for mistake in mistakes(report.findings) for line in _mistake(mistake, run, more)]
    lines += [line for finding in report.passing for line in _finding(finding, run, "passing")]
    lines += [_range(range_) for range_ in report.unanalyzed]
    lines += [] if run.quiet else [_counts(report)]
    return "".join(f"{line}\n" for line in lines)


def _mistake(mistake: Mistake, run: Run, more: Callable[[Finding], Iterable[str]]) -> Iterator[str]:
    finding, others = mistake
    yield from _finding(finding, run)
    for other in others:
        yield _note(other.position, f"so {other.message} [{other.rule}]", run)
    for each in (finding, *others):
        yield from more(each)


def _note(at: Position, message: str, run: Run) -> str:
    where = _link(f"{safe(at.path)}:{at.line}", at.path, run)
    return f"{where}: {_paint('note', 'note', run.colour)}: {safe(message)}"


def _finding(finding: Finding, run: Run, called: str = "") -> Iterator[str]:
    at = finding.position
    severity = _paint(called or finding.severity, finding.severity, run.colour)
    place = _link(f"{safe(at.path)}:{at.line}:{at.column}", at.path, run)
    old = "" if finding.state == "new" else f" ({finding.state})"
    yield f"{place}: {severity}: {safe(finding.message)} [{finding.rule}]{old}"
    if run.colour:
        yield from _caret(finding)
    yield from (_note(note.position, note.message, run) for note in finding.notes)


def _link(text: str, path: str, run: Run) -> str:
    """The text as a link to the file, in the way of OSC 8; any odd character of the path is percent-encoded."""
    if not run.links:
        return text
    target = quote(f"{run.links}/{path}", errors="surrogateescape")
    return f"\033]8;;file://{os.uname().nodename}{target}\033\\{text}\033]8;;\033\\"


def _caret(finding: Finding) -> Iterator[str]:
    """The source line and what of it is meant; tabs stay tabs, so the caret stands right on any terminal."""
    statement = finding.statement
    start = characters(statement, finding.position.column - 1)
    if not 0 <= start < len(statement):
        return
    end = max(start + 1, min(characters(statement, finding.end_column - 1), len(statement)))
    lead = "".join("\t" if c == "\t" else " " * len(safe(c)) for c in statement[:start])
    width = sum(len(safe(c)) for c in statement[start:end])
    yield "\t".join(safe(part) for part in statement.split("\t"))
    yield lead + _paint("^" + "~" * (width - 1), "caret", True)


def _range(range_: Unanalyzed) -> str:
    lines = f"{range_.line}-{range_.end_line}" if range_.end_line > range_.line else f"{range_.line}"
    listed = ", ".join(range_.rules) if len(range_.rules) <= _MOST_RULES else many(len(range_.rules), "rule", "rules")
    rules = f" [{listed}]" if listed else ""
    return f"{safe(range_.path)}:{lines}: not analysed: {safe(range_.reason)}{rules}"


def _counts(report: Report) -> str:
    patches = [many(report.patches, "patch", "patches")] if report.patches else []
    seen = [*patches, many(report.files, "file", "files"), many(report.functions, "function", "functions")]
    missed = [f"{many(len(report.unanalyzed), 'range', 'ranges')} not analysed"] if report.unanalyzed else []
    lost = [f"{many(len(report.errors), 'patch', 'patches')} not checked"] if report.errors else []
    bounded = [f"{many(report.bounded, 'function', 'functions')} at the bound on paths"] if report.bounded else []
    known = [f"{report.suppressed} suppressed"] if report.suppressed else []
    return f"{', '.join(seen)}: {', '.join([_findings(report), *known, *missed, *bounded, *lost])}"


def _findings(report: Report) -> str:
    if not report.findings:
        return "no findings"
    count = Counter(finding.severity for finding in report.findings)
    kinds = [many(count[kind], kind, more) for kind, more in _SEVERITIES.items() if count[kind]]
    return f"{many(len(report.findings), 'finding', 'findings')} ({', '.join(kinds)})"


def _paint(text: str, name: str, colour: bool) -> str:
    return f"{_PAINT[name]}{text}{_PLAIN}" if colour and name in _PAINT else text
