"""The rewrite of a text that differs from another in one place, made of the other's: a patched file and the one before.

Assumption: a definition that ends in a `}` in column 0, on a line of its own, ends whatever a rewrite looks at, so that
what stands behind it is read as if the text began there.  Example: where only the body of f is another, what stands
above and below f is taken over, and f alone is rewritten.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from kpatchlint.c.dialect import Dialect, Rewritten, rewrite

_END = b"\n}\n"


def rewrite_like(text: bytes, dialect: Dialect, other: bytes, known: Rewritten) -> Rewritten:
    """What `rewrite` makes of a text, given what it makes of another one in the same dialect."""
    start, end = _cuts(text, other, known.code)
    behind = end + len(text) - len(other)
    # with the end of the definition before, which is what is seen from behind it
    first = start - len(_END)
    new = rewrite(text[first:behind], dialect) if 0 < start < behind and end < len(other) else None
    if new is None or not (new.code.startswith(_END) and new.code.endswith(_END)):
        return rewrite(text, dialect)
    return _joined(
        (
            _part(known, 0, start, 0),
            _part(new, len(_END), len(new.text), first),
            _part(known, end, len(other), behind - end),
        )
    )


def _cuts(text: bytes, other: bytes, code: bytes) -> tuple[int, int]:
    """Where in `other`, whose skeleton is `code`, the definitions begin and end in which the texts differ; or 0."""
    same = _common(text, other)
    left = min(len(text), len(other)) - same
    alike = _common(text[: -left - 1 : -1], other[: -left - 1 : -1])
    start = code.rfind(_END, 0, same) + len(_END)
    end = code.find(_END, len(other) - alike) + len(_END)
    written = all(other.startswith(_END, at - len(_END)) for at in (start, end))
    return (start, end) if written else (0, 0)


def _common(one: bytes, other: bytes) -> int:
    """How many bytes two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


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
