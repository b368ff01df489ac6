"""Bodies for patchwork's API, `POST /api/patches/ID/checks/`: one JSON object a line, one for each patch.

`msgid` finds the patch (`GET /api/patches/?msgid=...`); patchwork itself ignores it.  This only prints.  Example:

    {"msgid": "1@example.org", "state": "fail", "context": "kpatchlint", "description": "1 error: unmap-order in f()"}
"""

from collections.abc import Sequence

import msgspec

from kpatchlint.finding import Finding, PatchMail, Report
from kpatchlint.report.about import NAME
from kpatchlint.report.everything import LEVELS, counted, worst
from kpatchlint.report.plain import safe
from kpatchlint.report.run import PLAIN, Run

_STATES = {"": "success", "info": "success", "warning": "warning", "error": "fail"}
MOST_NAMED = 3


def render(report: Report, run: Run = PLAIN) -> str:
    """A check for each patch of `report` that has a diff, or could not be read."""
    lines = []
    for number, mail in enumerate(report.mails, 1):
        if mail.has_diff or mail.error:
            lines.append(_check(mail, [finding for finding in report.findings if finding.mail == number]))
    return "".join(msgspec.json.encode(line).decode() + "\n" for line in lines)


def _check(mail: PatchMail, findings: Sequence[Finding]) -> dict[str, str]:
    # What cannot be applied is often only meant for another tree: that is no fault of the patch.
    state = "warning" if mail.error else _STATES[worst(findings)]
    said = f"not checked: {mail.error}" if mail.error else described(findings)
    return {"msgid": safe(mail.message_id), "state": state, "context": NAME, "description": safe(said)}


def described(findings: Sequence[Finding]) -> str:
    """What was found, in one line: `2 errors: unlock-after-wait in f(), missing-unlock in g()`."""
    if not findings:
        return counted(findings)
    ordered = sorted(findings, key=lambda finding: LEVELS.index(finding.severity))
    names = list(dict.fromkeys(_named(finding) for finding in ordered))
    more = ", ..." if len(names) > MOST_NAMED else ""
    return f"{counted(findings)}: {', '.join(names[:MOST_NAMED])}{more}"


def _named(finding: Finding) -> str:
    return f"{finding.rule} in {finding.function}()" if finding.function else finding.rule
