"""The outline of a text: where its definitions stand, the words in their heads, and what they define.

What a definition defines is known from its tree, so names are learned as pieces are parsed; those of a file of a git
tree are kept, and those of a patched file are the ones of the file before it, but for what differs.  Assumption: as in
`alike.py`, what stands behind a `}` in column 0 is cut as if the text began there.  Example: of `int f(void)\\n{\\n}`
the outline has one chunk, under the words `int`, `f` and `void`, and its name once it was parsed.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import msgspec
from msgspec import Struct

from kpatchlint.c.chunk import ENDING, Chunk, chunks
from kpatchlint.regex import regex
from kpatchlint.source import common
from kpatchlint.tree.kept import Row

_WORD = regex(rb"[A-Za-z_]\w*")
# in a row: of the text as a whole
_WHOLE = ""

Heads = Mapping[bytes, Sequence[int]]


class Outline(Struct, frozen=True, dict=True):
    """The outline of a text that is like no other; definitions go by their index in `chunks`.

    text, code  ready to parse, and its skeleton
    directives  the offsets of the conditional directives, in order
    """

    text: bytes
    code: bytes
    directives: Sequence[int]
    chunks: tuple[Chunk, ...]
    _names: dict[int, str] = {}

    @cached_property
    def heads(self) -> Heads:
        """By each word in the head of a definition, which definitions those are."""
        return _heads(self.text, self.chunks, 0)

    def headed(self, word: bytes) -> Sequence[int]:
        """The definitions that have the word in their heads."""
        return self.heads.get(word, ())

    def name(self, index: int) -> str | None:
        """What a definition defines, if that is known."""
        return self._names.get(index)

    def learn(self, index: int, name: str) -> None:
        """Know what a definition defines, which is read without an error."""
        self._names[index] = name


Outlining = Callable[[bytes, bytes, Sequence[int]], Outline]


class _Shape(Struct, frozen=True, array_like=True):
    """What is kept of a text as a whole."""

    chunks: tuple[Chunk, ...]
    heads: dict[bytes, tuple[int, ...]]


class _Kept(Outline, frozen=True, dict=True, kw_only=True):
    """The outline of a text to which the row belongs."""

    row: Row

    def name(self, index: int) -> str | None:
        """See `Outline`."""
        kept = self.row.get(str(index))
        return None if kept is None else kept.decode()

    def learn(self, index: int, name: str) -> None:
        """See `Outline`."""
        if self.row.get(str(index)) is None:
            self.row.put(str(index), name.encode())


class _Like(Outline, frozen=True, dict=True, kw_only=True):
    """The outline of a text whose definitions are those of another one, except from `first` to, not including, `last`.

    more  how many definitions the other has more
    """

    other: Outline
    first: int
    last: int
    more: int

    @cached_property
    def heads(self) -> Heads:
        """Those of the definitions that the other has not."""
        return _heads(self.text, self.chunks[: self.last], self.first)

    def headed(self, word: bytes) -> Sequence[int]:
        """See `Outline`."""
        there = self.other.headed(word)
        above, below = bisect_left(there, self.first), bisect_left(there, self.last + self.more)
        return *there[:above], *self.heads.get(word, ()), *(index - self.more for index in there[below:])

    def name(self, index: int) -> str | None:
        """See `Outline`."""
        there = self._there(index)
        return self._names.get(index) if there is None else self.other.name(there)

    def learn(self, index: int, name: str) -> None:
        """See `Outline`; what is the same in both is known of both."""
        there = self._there(index)
        if there is None:
            self._names[index] = name
        else:
            self.other.learn(there, name)

    def _there(self, index: int) -> int | None:
        if index < self.first:
            return index
        return index + self.more if index >= self.last else None


def outline(text: bytes, code: bytes, directives: Sequence[int]) -> Outline:
    """The outline of a text, its skeleton, and the offsets of its conditional directives."""
    return Outline(text, code, directives, tuple(chunks(code, directives)))


def outline_kept(row: Row, text: bytes, code: bytes, directives: Sequence[int]) -> Outline:
    """The same; the row is of this text."""
    kept = row.get(_WHOLE)
    if kept is not None:
        shape = msgspec.msgpack.decode(kept, type=_Shape)
    else:
        found = tuple(chunks(code, directives))
        shape = _Shape(found, {word: tuple(several) for word, several in _heads(text, found, 0).items()})
        row.put(_WHOLE, msgspec.msgpack.encode(shape))
    known = _Kept(text, code, directives, shape.chunks, row=row)
    known.__dict__["heads"] = shape.heads
    return known


def outline_like(other: Outline, text: bytes, code: bytes, directives: Sequence[int]) -> Outline:
    """The same, given that of another text, which may have most definitions in common with this one."""
    same = min(common(text, other.text), common(code, other.code))
    first = _first(other, same, directives)
    found, step = list(other.chunks[:first]), len(text) - len(other.text)
    ends = {chunk.end: index for index, chunk in enumerate(other.chunks)}
    for chunk in chunks(code, directives, found[-1].end if found else 0):
        found.append(chunk)
        there = ends.get(chunk.end - step)
        if there is not None and _same_behind(other, (text, code, directives), chunk.end):
            rest = other.chunks[there + 1 :]
            every = (*found, *(Chunk(c.start + step, c.brace + step, c.end + step, c.closed) for c in rest))
            more = len(other.chunks) - len(every)
            return _Like(text, code, directives, every, other=other, first=first, last=len(found), more=more)
    more = len(other.chunks) - len(found)
    return _Like(text, code, directives, tuple(found), other=other, first=first, last=len(found), more=more)


def _first(other: Outline, same: int, directives: Sequence[int]) -> int:
    """How many definitions of the other text both begin with, where the first `same` bytes of them are the same."""
    first = bisect_left([chunk.end for chunk in other.chunks], same)
    while first and not other.code.startswith(ENDING, other.chunks[first - 1].end - 2):
        first -= 1
    end = other.chunks[first - 1].end if first else 0
    above = bisect_left(other.directives, end)
    balanced = other.code.count(b"{", 0, end) == other.code.count(b"}", 0, end)
    alike = list(other.directives[:above]) == list(directives[: bisect_left(directives, end)])
    return first if balanced and alike else 0


def _same_behind(other: Outline, mine: tuple[bytes, bytes, Sequence[int]], end: int) -> bool:
    """Whether the texts are the same from `end` on in this one, which ends as the other one does."""
    text, code, directives = mine
    step = len(text) - len(other.text)
    if text[end:] != other.text[end - step :] or code[end:] != other.code[end - step :]:
        return False
    mine_behind = directives[bisect_left(directives, end) :]
    return [at - step for at in mine_behind] == list(other.directives[bisect_left(other.directives, end - step) :])


def _heads(text: bytes, found: Sequence[Chunk], first: int) -> dict[bytes, list[int]]:
    """By word, the definitions from `first` on with the word in their heads, in order."""
    heads: dict[bytes, list[int]] = {}
    for index in range(first, len(found)):
        for word in set(_WORD.findall(text, found[index].start, found[index].brace)):
            heads.setdefault(word, []).append(index)
    return heads
