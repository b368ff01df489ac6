"""What b4 reads from its `review-perpatch-check-cmd`: a JSON array with one result for the patch.

An empty array says that there was nothing to check.  Contract: b4 0.15 and 0.16, review/checks.py.  Example:

    [{"tool": "kpatchlint", "status": "fail", "summary": "1 error", "details": "mm/x.c:81: ERROR: ..."}]
"""

import msgspec

from kpatchlint.finding import Report
from kpatchlint.report.about import NAME
from kpatchlint.report.b4 import complaints
from kpatchlint.report.everything import counted, worst
from kpatchlint.report.plain import many, safe
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.report.terse import line

_STATUS = {"": "pass", "error": "fail", "warning": "warn", "info": "warn"}


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` as b4's review wants it."""
    results = [_result(report)] if report.patches or report.errors or report.findings else []
    return msgspec.json.encode(results).decode() + "\n"


def _result(report: Report) -> dict[str, str]:
    said = complaints(report)
    details = []
    for finding in said:
        details.append(line(finding))
        details += [safe(f"  line {note.position.line}: {note.message}") for note in finding.notes]
    summary = f"{counted(said)} in {many(report.functions, 'function')}"
    return {"tool": NAME, "status": _STATUS[worst(said)], "summary": summary, "details": "\n".join(details)}
