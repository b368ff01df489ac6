"""GitLab's Code Quality report: a JSON array, to be kept as the artifact `codequality` of a job.

GitLab tells findings apart by their fingerprint, which must not occur twice.  Example:

    [{"description": "ptl is unlocked twice", "check_name": "unlock-after-wait", "fingerprint": "...",
      "severity": "major", "location": {"path": "mm/x.c", "lines": {"begin": 81}}}]
"""

import msgspec

from kpatchlint.finding import Finding, Report
from kpatchlint.report.everything import everything
from kpatchlint.report.plain import encodable
from kpatchlint.report.run import PLAIN, Run

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` as a Code Quality artifact."""
    text = msgspec.json.encode([_issue(finding) for finding in everything(report)])
    return msgspec.json.format(text, indent=1).decode() + "\n"


def _issue(finding: Finding) -> dict[str, object]:
    notes = "".join(f"; line {note.position.line}: {note.message}" for note in finding.notes)
    return {
        "description": encodable(finding.message + notes),
        "check_name": finding.rule,
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": encodable(finding.position.path.removeprefix("./")),
            "lines": {"begin": finding.position.line},
        },
    }
