"""What the text of a mail says in its first lines: headers that win over the mail's own, and scissors.

As `git mailinfo --scissors` reads them: `From:`, `Subject:` and `Date:` on top of the text, or directly below a line
of scissors, are the patch's; what stands above the scissors is talk.  Example: the lines `Hello.`, `-- >8 --`,
`Subject: x`, an empty one and the message have the subject `x`.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from kpatchlint.patch.words import LONGEST_LINE, decoded, words
from kpatchlint.regex import regex

_HEADER = regex(rb"(from|subject|date):\s*(.*)", re.IGNORECASE | re.DOTALL)
_BREAK = regex(rb"diff -|Index: |---(?:\s*$| \S)")
_PERFORATION = regex(rb"(?:-|>8|8<|>%|%<)(?:[-\s]|>8|8<|>%|%<)*")
_BLADES = regex(rb">8|8<|>%|%<")
# shorter, a mark may stand in prose
_SHORTEST_MARK = 8


class Opening(Struct, frozen=True):
    """Subject and date as the text says them; empty where it does not."""

    subject: str = ""
    date: str = ""


def is_scissors(line: bytes) -> bool:
    """Whether a line says "cut here": perforation with blades in it over more than a third of the line.

    Of the perforation more than half must be dashes and blades.  The measures are those of `git mailinfo`.
    """
    text = line.strip()
    if len(text) < _SHORTEST_MARK or len(text) > LONGEST_LINE or not _BLADES.search(text):
        return False
    runs = [found[0] for found in _PERFORATION.finditer(text)]
    length, gaps = sum(map(len, runs)), sum(len(re.findall(rb"\s", run)) for run in runs)
    return len(text) < length * 3 and gaps * 2 < length


def opening(lines: Sequence[bytes]) -> Opening:
    """What the text above the diff says of itself."""
    end = next((row for row, line in enumerate(lines) if _BREAK.match(line)), len(lines))
    start = max((row + 1 for row in range(end) if is_scissors(lines[row])), default=0)
    found: dict[bytes, bytes] = {}
    last = b""
    for line in lines[start:end]:
        header = _HEADER.match(line[:LONGEST_LINE])
        if header and header[1].lower() not in found:
            last = header[1].lower()
            found[last] = header[2]
        elif last and line[:1] in (b" ", b"\t"):
            found[last] += line[:LONGEST_LINE]
        elif line.strip() or found:
            break
    subject, date = (words(decoded(found.get(key, b""))) for key in (b"subject", b"date"))
    return Opening(subject, date)
