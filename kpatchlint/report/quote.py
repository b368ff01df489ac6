"""The part of a patch that a finding is about, quoted as a reviewer quotes it.

File and hunk headers stand once, lines far from every step of the path give way to `[ ... ]`, and the quote ends with
the line of the finding.  Assumption: positions of the finding carry the lines of the mail.  Example:

    > @@ -76,4 +76,7 @@ static void f(spinlock_t *ptl)
    [ ... ]
    > +		spin_unlock(ptl);
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from kpatchlint.finding import Finding, PatchMail
from kpatchlint.regex import regex
from kpatchlint.report.plain import safe

TRIMMED = "[ ... ]"
# lines above each step that are quoted with it
ABOVE = 3
# no mail may have longer lines than 998 bytes (RFC 5322); a quoted one keeps room for more marks
LONGEST = 900
_MARKS = rb"(?:> ?)*"
_HUNK = regex(_MARKS + rb"@@ -\d+")
_FILE = regex(_MARKS + rb"(?:---|\+\+\+) \S")


class Quoted(Struct, frozen=True):
    """How far a mail was quoted: the last row, and the rows of the hunk and file header above it; -1 for none."""

    row: int = -1
    hunk: int = -1
    file: int = -1


def quoted(mail: PatchMail, finding: Finding, before: Quoted) -> tuple[Quoted, tuple[str, ...]]:
    """The lines to quote for `finding` below what was quoted before; none when it does not stand in the mail."""
    row = finding.position.mail_line - mail.first_line
    if not finding.position.mail_line or not 0 <= row < len(mail.lines):
        return before, ()
    hunk = _above(mail, row, _HUNK)
    file = _above(mail, hunk, _FILE)
    lines = tuple(_lines(mail, sorted(_rows(mail, finding, row, hunk, file)), before))
    return Quoted(max(row, before.row), hunk, file), lines


def _above(mail: PatchMail, row: int, pattern: re.Pattern[bytes]) -> int:
    """The nearest row at or above `row` that the pattern fits, -1 when there is none."""
    return next((at for at in range(min(row, len(mail.lines) - 1), -1, -1) if pattern.match(mail.lines[at])), -1)


def _rows(mail: PatchMail, finding: Finding, row: int, hunk: int, file: int) -> Iterator[int]:
    if hunk >= 0:
        yield hunk
    if file >= 0:
        yield from (at for at in (file - 1, file) if at >= 0 and _FILE.match(mail.lines[at]))
    steps = [note.position.mail_line - mail.first_line for note in finding.notes if note.position.mail_line]
    for step in (*steps, row):
        if hunk < step <= row:
            yield from range(max(step - ABOVE, hunk, 0), step + 1)


def _lines(mail: PatchMail, rows: list[int], before: Quoted) -> Iterator[str]:
    last = before.row
    for row in dict.fromkeys(rows):
        if row <= before.row:
            continue
        if last >= 0 and row > last + 1:
            yield TRIMMED
        yield _line(mail.lines[row])
        last = row


def _line(line: bytes) -> str:
    text = line[:LONGEST].decode("utf-8", "surrogateescape")
    shown = "\t".join(safe(part) for part in text.split("\t"))
    marks = ">" if text.startswith(">") else "> "
    return f"{marks}{shown}{' ' + TRIMMED if len(line) > LONGEST else ''}".rstrip(" ")
