"""How many findings each rule has, most first: what `--statistics` prints instead of the findings.

Ranges that were not analysed and findings that were suppressed are counted below, so that no count looks better than
it is.  Example:

    12  error    unlock-after-wait
     3  warning  stale-reference
    15  in all; functions: 240, files: 3, not analysed: 2
"""

from collections import Counter

from kpatchlint.finding import Report
from kpatchlint.report.run import PLAIN, Run


def render(report: Report, run: Run = PLAIN) -> str:
    """The counts, as text; nothing in `run` changes them."""
    count = Counter((finding.severity, finding.rule) for finding in report.findings)
    rows = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    total = len(report.findings)
    width = len(str(total))
    lines = [f"{number:{width}}  {severity:7}  {rule}" for (severity, rule), number in rows]
    missed = ("suppressed", report.suppressed), ("not analysed", len(report.unanalyzed)), ("bounded", report.bounded)
    more = [f"{name}: {number}" for name, number in missed if number]
    last = f"{total:{width}}  in all; functions: {report.functions}, files: {report.files}"
    return "\n".join([*lines, ", ".join([last, *more]), ""])
