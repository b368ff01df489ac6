"""Reviewdog's diagnostic format, one JSON object a line.  Columns count bytes, as reviewdog's do.

Example: `kpatchlint check --format rdjsonl x.patch | reviewdog -f=rdjsonl -reporter=github-pr-review`; one line is

    {"message": "ptl is unlocked twice", "location": {"path": "mm/x.c", "range": {"start": {"line": 81, "column": 3},
     "end": {"line": 81, "column": 20}}}, "severity": "ERROR", "code": {"value": "unlock-after-wait"}}
"""

import msgspec

from kpatchlint.finding import Finding, Report
from kpatchlint.report.about import NAME
from kpatchlint.report.everything import everything
from kpatchlint.report.plain import encodable
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.source import Position


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` for reviewdog."""
    return "".join(msgspec.json.encode(_diagnostic(finding)).decode() + "\n" for finding in everything(report))


def _diagnostic(finding: Finding) -> dict[str, object]:
    said: dict[str, object] = {
        "message": encodable(finding.message),
        "location": _location(finding.position, finding.end_column),
        "severity": finding.severity.upper(),
        "source": {"name": NAME},
        "code": {"value": finding.rule},
    }
    if finding.notes:
        said["related_locations"] = [
            {"message": encodable(note.message), "location": _location(note.position, 0)} for note in finding.notes
        ]
    return said


def _location(position: Position, end_column: int) -> dict[str, object]:
    start = {"line": position.line, "column": position.column}
    end = {"line": position.line, "column": max(end_column, position.column + 1)}
    return {"path": encodable(position.path), "range": {"start": start, "end": end}}
