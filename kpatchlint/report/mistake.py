"""Findings by the mistake that brings them about, for reports that a person reads from top to bottom.

A lock that is not given back is slept with, taken again, and left at every return behind: that is one mistake, and what
was taken is what its findings have in common.  So is what is given up too early, then used and given up again.
Assumption: so many lines of a function hold one thing too long, or miss it, for one reason.  Example: a deleted unlock
gives one finding that leads, and three that are told in a line each below it.
"""

from collections.abc import Iterable

from kpatchlint.finding import Finding

Mistake = tuple[Finding, tuple[Finding, ...]]


def mistakes(findings: Iterable[Finding]) -> list[Mistake]:
    """The findings that lead, in their order, each with those that follow from the same mistake."""
    groups: dict[object, list[Finding]] = {}
    for number, finding in enumerate(findings):
        at = finding.position
        mistake = (at.path, finding.mail, finding.state, finding.held) if finding.held else number
        groups.setdefault(mistake, []).append(finding)
    return [(first, tuple(others)) for first, *others in groups.values()]
