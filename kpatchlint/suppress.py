"""What the author of a patch asks not to be told, below the `---` line of the mail, where it never reaches the tree.

    kpatchlint: ignore unlock-after-wait - the caller takes ptl again, see patch 3

It counts for the findings of its own mail.  A reason is needed; a name that is no rule, a mark that suppresses nothing,
and one above the `---` line, from where it would reach the commit message, are said, not obeyed.  Assumption: the body
of the mail has the one `---` line that ends the commit message, as `git format-patch` writes it.
"""

import re
from collections.abc import Iterator, Set

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.finding import PatchMail, Report
from kpatchlint.regex import regex

_MARK = regex(r"\s*kpatchlint:\s*(.*?)\s*$", re.IGNORECASE)
_IGNORE = regex(r"ignore\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s+(?:-+|–|—)\s+\S.*", re.IGNORECASE)
_DIFF = (b"diff --git ", b"Index: ", b"--- a/", b"--- /dev/null")
_FORM = "write 'kpatchlint: ignore RULE - reason'"


class Mark(Struct, frozen=True):
    """One line that asks for something: where it stands, the rules it names, and why it is not obeyed, if so."""

    line: int
    rules: tuple[str, ...] = ()
    fault: str = ""


def suppressed(report: Report, known: Set[str]) -> Report:
    """The report without what its mails ask to ignore, and with a notice for each mark in vain.

    known  the ids of all rules
    """
    asked: set[tuple[int, str]] = set()
    notices: list[str] = []
    for number, mail in enumerate(report.mails, 1):
        found = {finding.rule for finding in report.findings if finding.mail == number}
        for mark in marks(mail):
            asked |= {(number, rule) for rule in mark.rules if rule in known}
            notices += [f"{mail.name}:{mark.line}: {why}" for why in _vain(mark, found, known)]
    left = tuple(finding for finding in report.findings if (finding.mail, finding.rule) not in asked)
    count = report.suppressed + len(report.findings) - len(left)
    return replace(report, findings=left, suppressed=count, notices=(*report.notices, *notices))


def marks(mail: PatchMail) -> Iterator[Mark]:
    """Every mark of the mail that stands before its diff.  Its line counts from 1 in the file of the mail."""
    below = False
    for row, text in enumerate(mail.lines):
        if text.startswith(_DIFF):
            return
        below = below or text.rstrip() == b"---"
        found = _MARK.match(text.decode(errors="replace"))
        if found:
            yield _mark(mail.first_line + row, found[1], below)


def _mark(line: int, said: str, below: bool) -> Mark:
    if not below:
        return Mark(line, fault="is not obeyed above the --- line (cure: move it below, out of the commit message)")
    found = _IGNORE.fullmatch(said)
    if not found:
        return Mark(line, fault=f"is not understood, or gives no reason (cure: {_FORM})")
    return Mark(line, tuple(re.split(r"\s*,\s*", found[1])))


def _vain(mark: Mark, found: Set[str], known: Set[str]) -> Iterator[str]:
    """Why the mark, or one of the rules it names, changes nothing."""
    if mark.fault:
        yield f"'kpatchlint:' {mark.fault}"
    for rule in mark.rules:
        if rule not in known:
            yield f"ignores {rule}, which is no rule (cure: kpatchlint rules lists them)"
        elif rule not in found:
            yield f"ignores {rule}, which finds nothing in this patch (cure: remove the line)"
