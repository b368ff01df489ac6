"""The rewrite of a text that differs from another in one place, made of the other's: a patched file and the one before.

Assumption: a definition that ends in a `}` in column 0, on a line of its own, ends whatever a rewrite looks at, so that
what stands behind it is read as if the text began there.  Example: where only the body of f is another, what stands
above and below f is taken over, and f alone is rewritten.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.chunk import ENDING
from kpatchlint.c.dialect import Dialect, Rewritten, rewrite
from kpatchlint.source import difference, lines_of
from kpatchlint.tree.kept import Row

# in a row: of all of the text
_WHOLE = ""


class _Kept(Struct, frozen=True, array_like=True):
    """What is kept of a rewrite: of its text the lines that are others, by where they begin; `rest` is without it."""

    lines: dict[int, bytes]
    rest: Rewritten


def rewrite_kept(row: Row, text: bytes, dialect: Dialect) -> Rewritten:
    """What `rewrite` makes of a text; the row is of this text and dialect."""
    kept = row.get(_WHOLE)
    if kept is not None:
        known = msgspec.msgpack.decode(kept, type=_Kept)
        return replace(known.rest, text=b"".join(_with(text, known.lines)))
    found = rewrite(text, dialect)
    row.put(_WHOLE, msgspec.msgpack.encode(_Kept(_others(text, found.text), replace(found, text=b""))))
    return found


def _others(text: bytes, rewritten: bytes) -> dict[int, bytes]:
    """The lines of the second text, line by line as long as the first, that are others; by where they begin."""
    before, after = lines_of(text), lines_of(rewritten)
    starts = accumulate(map(len, before), initial=0)
    return {start: new for start, old, new in zip(starts, before, after, strict=False) if old != new}


def _with(text: bytes, lines: Mapping[int, bytes]) -> Iterator[bytes]:
    """The text with these lines in the place of its own, in parts."""
    end = 0
    for start, line in lines.items():
        yield text[end:start]
        yield line
        end = start + len(line)
    yield text[end:]


def rewrite_like(other: tuple[bytes, Rewritten], text: bytes, dialect: Dialect) -> Rewritten:
    """What `rewrite` makes of a text, given another one and what it makes of that in the same dialect."""
    before, known = other
    start, end = _cuts(text, before, known.code)
    step = len(text) - len(before)
    # with the end of the definition before, which is what is seen from behind it
    seen = len(ENDING) if start else 0
    piece = text[start - seen : end + step]
    if not all(map(_closed, (text[:start], piece))):
        return rewrite(text, dialect)
    new = rewrite(piece, dialect)
    if (start and not new.code.startswith(ENDING)) or (end < len(before) and not new.code.endswith(ENDING)):
        return rewrite(text, dialect)
    parts = _part(known, 0, start, 0), _part(new, seen, len(new.text), start - seen)
    return _joined((*parts, _part(known, end, len(before), step)))


def _closed(text: bytes) -> bool:
    """Whether what begins as a comment ends as one, in directives, too, where it need not."""
    opened = text.rfind(b"/*")
    return opened < 0 or text.rfind(b"*/") >= opened + 2


def _cuts(text: bytes, before: bytes, code: bytes) -> tuple[int, int]:
    """Where in `before`, whose skeleton is `code`, the definitions begin and end in which the texts differ."""
    same, alike = difference(text, before)
    above, below = code.rfind(ENDING, 0, same), code.find(ENDING, len(before) - alike)
    start = above + len(ENDING) if above >= 0 and before.startswith(ENDING, above) else 0
    return start, below + len(ENDING) if below >= 0 and before.startswith(ENDING, below) else len(before)


def _part(whole: Rewritten, start: int, end: int, step: int) -> Rewritten:
    """What stands from `start` to `end`, moved by `step`."""
    return Rewritten(
        whole.text[start:end],
        whole.code[start:end],
        {at + step: name for at, name in whole.iterators.items() if start <= at < end},
        {at + step: name for at, name in whole.guards.items() if start <= at < end},
        tuple(replace(a, offset=a.offset + step) for a in whole.annotations if start <= a.offset < end),
        tuple(replace(d, start=d.start + step, end=d.end + step) for d in whole.directives if start <= d.start < end),
    )


def _joined(parts: Sequence[Rewritten]) -> Rewritten:
    return Rewritten(
        b"".join(part.text for part in parts),
        b"".join(part.code for part in parts),
        {at: name for part in parts for at, name in part.iterators.items()},
        {at: name for part in parts for at, name in part.guards.items()},
        tuple(each for part in parts for each in part.annotations),
        tuple(each for part in parts for each in part.directives),
    )
