"""Annotations of a GitHub workflow step, and the summary that holds what the step may not annotate.

A step shows ten errors, ten warnings and ten notices; the worst come first.  The others are plain lines of the log, and
all of them stand in the step's summary.  Text of strangers cannot become a workflow command: what separates one is
escaped, and plain lines begin with a dash.  Example:

    ::error file=mm/x.c,line=81,endLine=81,col=3,endColumn=20,title=unlock-after-wait::ptl is unlocked twice
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from kpatchlint.finding import Finding, Report
from kpatchlint.report.everything import LEVELS, NOT_CHECKED, counted, everything
from kpatchlint.report.plain import many, safe
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.report.terse import line

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}
MOST_OF_A_LEVEL = 10
# GitHub's limit is 1 MiB for each step; what other commands of the step write needs room, too
LONGEST_SUMMARY = 900_000


def render(report: Report, run: Run = PLAIN) -> str:
    """Workflow commands for what GitHub will show, plain lines for the rest."""
    shown, rest = _split(everything(report))
    lines = [*map(_command, shown), *(f"- {_inert(line(finding))}" for finding in rest)]
    if rest:
        lines.append(f"- {many(len(rest), 'finding')} without an annotation, {_where(run)}")
    return "".join(f"{text}\n" for text in lines)


def _where(run: Run) -> str:
    return "all are in the summary of this step" if run.summary else "listed above"


def _split(said: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    shown: list[Finding] = []
    rest: list[Finding] = []
    count: Counter[str] = Counter()
    for finding in sorted(said, key=lambda finding: LEVELS.index(finding.severity)):
        (shown if count[finding.severity] < MOST_OF_A_LEVEL else rest).append(finding)
        count[finding.severity] += 1
    return shown, rest


def _command(finding: Finding) -> str:
    at = finding.position
    end = max(finding.end_column, at.column + 1)
    place = {"file": at.path, "line": at.line, "endLine": at.line, "col": at.column, "endColumn": end}
    # A mail is no file of the repository
    where = {} if finding.rule == NOT_CHECKED else place
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in (where | {"title": finding.rule}).items())
    notes = [f"{note.position.path}:{note.position.line}: {note.message}" for note in finding.notes]
    text = "%0A".join(_data(told) for told in (finding.message, *notes))
    return f"::{_COMMANDS[finding.severity]} {properties}::{text}"


def _data(text: str) -> str:
    return safe(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _inert(text: str) -> str:
    # the older form of a command may stand anywhere in a line
    return text.replace("##[", "## [")


def summary(report: Report) -> str:
    """Every finding as a table in Markdown, for the step's summary; cut at GitHub's limit, which it says."""
    said = everything(report)
    head = f"### kpatchlint: {counted(said)}\n\n"
    if not said:
        return head
    rows = list(_fitting(map(_row, said), LONGEST_SUMMARY))
    left = len(said) - len(rows)
    more = f"\n{many(left, 'more finding')} would not fit\n" if left else ""
    return f"{head}| where | severity | rule | finding |\n|---|---|---|---|\n{''.join(rows)}{more}\n"


def _fitting(rows: Iterable[str], room: int) -> Iterator[str]:
    for row in rows:
        room -= len(row.encode())
        if room < 0:
            return
        yield row


def _row(finding: Finding) -> str:
    at = finding.position
    cells = (f"{at.path}:{at.line}", finding.severity, finding.rule, finding.message)
    return f"| {' | '.join(_cell(text) for text in cells)} |\n"


def _cell(text: str) -> str:
    """Text that stays text: no table, no HTML, no link, no mention of a user."""
    return "".join(f"&#{ord(c)};" if c in "|<>&[]`*_@#\\!~" else c for c in safe(text))
