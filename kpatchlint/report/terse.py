"""One line a finding, as `checkpatch.pl --terse --showfile` writes it, and a line that counts.

Example:

    mm/x.c:81: ERROR: unlock-after-wait: ptl is unlocked twice
    total: 1 error in 12 functions
"""

from kpatchlint.finding import Finding, Report
from kpatchlint.report.everything import counted, everything
from kpatchlint.report.plain import many, safe
from kpatchlint.report.run import PLAIN, Run

_LEVELS = {"error": "ERROR", "warning": "WARNING", "info": "CHECK"}


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` in checkpatch's terse form."""
    said = everything(report)
    total = f"total: {counted(said)} in {many(report.functions, 'function')}"
    return "\n".join([*map(line, said), total, ""])


def line(finding: Finding) -> str:
    """One finding.  Whoever reads it looks for `ERROR:`, so nothing else may say that."""
    place = inert(f"{finding.position.path}:{finding.position.line}")
    return f"{place}: {_LEVELS[finding.severity]}: {inert(f'{finding.rule}: {finding.message}')}"


def inert(text: str) -> str:
    """`text` on one line, without the word that would make an error of it."""
    return safe(text).replace("ERROR:", "ERROR :")
