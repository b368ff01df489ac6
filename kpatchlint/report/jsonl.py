"""The JSON report, one object a line: for `grep`, `jq` and logs that are read while they grow.

`kind` says what a line is; the other keys are those of the JSON report.  Example:

    {"kind": "finding", "rule": "unlock-after-wait", ...}
    {"kind": "summary", "patches": 1, ...}
"""

import msgspec

from kpatchlint.finding import Report
from kpatchlint.report.json import entries, summary
from kpatchlint.report.run import PLAIN, Run


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` as JSON lines: findings, ranges, patches not checked, then the summary."""
    lines = [{"kind": kind, **entry} for kind, entry in entries(report)]
    lines.append({"kind": "summary", **summary(report)})
    return "".join(msgspec.json.encode(line).decode() + "\n" for line in lines)
