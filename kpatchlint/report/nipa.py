"""The description that a test of NIPA (netdev's CI) writes to the file descriptor $DESC_FD: one line.

The exit status tells NIPA the rest; `.ci/nipa/` has the test.  Example:

    1 error: unlock-after-wait in f()
"""

from kpatchlint.finding import Report
from kpatchlint.report.everything import everything
from kpatchlint.report.patchwork import described
from kpatchlint.report.plain import safe
from kpatchlint.report.run import PLAIN, Run


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` in one line."""
    return safe(described(everything(report))) + "\n"
