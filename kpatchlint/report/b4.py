"""What b4 reads from its `prep-perpatch-check-cmd` and `am-perpatch-check-cmd`: each line is one complaint.

`ERROR:` in a line fails the patch, every other line warns; a clean patch has no line at all.  What was not analysed is
said where a rule might have had something to say about it.  Contract: LoreMessage.run_local_check() of b4 0.14 to
0.16.  Example:

    mm/x.c:81: ERROR: unlock-after-wait: ptl is unlocked twice (line 79: f() gave it up here)
"""

from kpatchlint.finding import Finding, Report
from kpatchlint.report.everything import NOT_ANALYSED, everything
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.report.terse import inert, line


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` as b4 wants it; empty when there is nothing to complain about."""
    return "".join(_line(finding) + "\n" for finding in complaints(report))


def complaints(report: Report) -> tuple[Finding, ...]:
    """What the author of a patch should see; a range that no rule is about would only be noise."""
    concerned = {(range_.path, range_.line) for range_ in report.unanalyzed if range_.rules}
    return tuple(
        finding
        for finding in everything(report)
        if finding.rule != NOT_ANALYSED or (finding.position.path, finding.position.line) in concerned
    )


def _line(finding: Finding) -> str:
    if not finding.notes:
        return line(finding)
    last = finding.notes[-1]
    where = "" if last.position.path == finding.position.path else f"{last.position.path}, "
    said = f"{where}line {last.position.line}: {last.message}"
    return f"{line(finding)} ({inert(said)})"
