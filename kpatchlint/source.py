"""Text to analyse and where each of its lines stands in the real file and in the mail.

A source is a whole file (before or after a patch) or a fragment: one side of one hunk, with code missing above and
below.  Lines of the text count from 1; `lines` and `mail_lines` translate them.  Example: the after side of a hunk
`@@ -10,2 +10,3 @@` whose first line stands on line 30 of the mail has lines (10, 11, 12) and mail_lines (30, 31, 33)
when line 32 of the mail is a removed one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate

from msgspec import Struct

# A report quotes a line with every finding; of one that is longer than this nobody reads the rest.
LONGEST_QUOTE = 8 << 10


class Position(Struct, frozen=True):
    """Where a finding stands: line and column count from 1, `mail_line` is 0 without a mail."""

    path: str
    line: int
    column: int
    mail_line: int = 0


class Source(Struct, frozen=True, dict=True):
    """One text with its provenance.

    lines       real line number of each line of the text; empty means 1, 2, 3, ...; 0 marks an invented line
    mail_lines  line in the mail of each line of the text, 0 where it is not in the mail; empty means no mail
    touched     text lines (from 1) that the patch adds or stands next to a removal; None means every line
    heading     for a fragment, what git printed behind the second @@ of the hunk
    """

    path: str
    text: bytes
    lines: tuple[int, ...] = ()
    mail_lines: tuple[int, ...] = ()
    complete: bool = True
    touched: frozenset[int] | None = None
    heading: str = ""

    @cached_property
    def _starts(self) -> list[int]:
        starts = list(accumulate(map(len, lines_of(self.text)), initial=0))
        return starts if self.text.endswith(b"\n") or len(starts) == 1 else starts[:-1]

    def text_line(self, offset: int) -> int:
        """The line of the text, from 1, that holds the byte at `offset`."""
        return bisect_right(self._starts, offset)

    @cached_property
    def _touched_rows(self) -> list[int]:
        return sorted(self.touched or ())

    def touches(self, start: int, end: int) -> bool:
        """Whether the patch touches a line in which a byte of the range stands."""
        if self.touched is None:
            return True
        rows = self._touched_rows
        at = bisect_left(rows, self.text_line(start))
        return at < len(rows) and rows[at] <= self.text_line(max(start, end - 1))

    @property
    def rows(self) -> int:
        """How many lines the text has."""
        return len(self._starts) - (not self.text or self.text.endswith(b"\n"))

    def span(self, row: int) -> tuple[int, int] | None:
        """Where a text line begins and ends, its newline included; None for one that is not there."""
        if not 0 < row <= self.rows:
            return None
        return self._starts[row - 1], self._starts[row] if row < len(self._starts) else len(self.text)

    def position(self, offset: int) -> Position:
        """Where the byte at `offset` stands in the real file."""
        row = self.text_line(offset)
        column = offset - self._starts[row - 1] + 1
        return Position(self.path, self._at(self.lines, row, row), column, self._at(self.mail_lines, row, 0))

    def line_text(self, offset: int) -> str:
        """The whole text line that holds `offset`, without its newline."""
        return self.row(self.text_line(offset))[1]

    def row(self, row: int) -> tuple[int, str]:
        """Real number and text, without its newline, of a line of the text; 0 and empty where there is none.

        What goes beyond `LONGEST_QUOTE` bytes is left out.
        """
        start = self._starts[row - 1] if 0 < row <= len(self._starts) else len(self.text)
        if start == len(self.text):
            return 0, ""
        end = self.text.find(b"\n", start)
        last = min(end if end >= 0 else len(self.text), start + LONGEST_QUOTE)
        text = self.text[start:last].decode(errors="replace")
        return self._at(self.lines, row, 0 if self.lines else row), text

    @staticmethod
    def _at(table: tuple[int, ...], row: int, default: int) -> int:
        return table[row - 1] if 0 < row <= len(table) else default


def lines_of(text: bytes) -> list[bytes]:
    """The lines of a text with their newlines, which alone end one."""
    if b"\r" not in text:
        return text.splitlines(keepends=True)
    *lines, last = text.split(b"\n")
    return [*(line + b"\n" for line in lines), *([last] if last else [])]


def occurrences(text: bytes, part: bytes) -> Iterator[int]:
    """Where `part` stands in a text, in words and out of them, in order."""
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def line_count(text: bytes) -> int:
    """How many lines a text has; an empty one has one."""
    return text.count(b"\n") + (not text.endswith(b"\n"))


def difference(one: bytes, other: bytes) -> tuple[int, int]:
    """How many bytes two texts have in common at their beginning, and behind that at their end."""
    same = common(one, other)
    left = min(len(one), len(other)) - same
    return same, common(one[: -left - 1 : -1], other[: -left - 1 : -1])


def common(one: bytes, other: bytes) -> int:
    """How many bytes two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low
