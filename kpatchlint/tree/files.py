"""The files of a tree at one moment, wherever they come from, and what they say of its release and declarations.

A declaration is known by its layout, not parsed: it starts in the first column, or is a macro.  Example: where
`include/linux/x.h` has `void f(int a, int b);`, `Declarations(files).declares("f")` is `frozenset({2})`.
"""

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

from msgspec import Struct

from kpatchlint.regex import regex
from kpatchlint.seldom import blake2
from kpatchlint.tree.kept import Row
from kpatchlint.value import Abstract

HEADERS = "include/linux"
# as many as no patch needs at once: some 20 MB
MOST_KEPT = 500
T = TypeVar("T")

# in a row of answers: whether there is anything to ask, and that a name is not declared
_ANY, _NOT = "", b"-"

_VERSION = regex(rb"^(VERSION|PATCHLEVEL)[ \t]*=[ \t]*(\d+)", re.MULTILINE)
_COMMENT = regex(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
_WORD = regex(rb"\w")
_DEFINE = regex(rb"[ \t]*#[ \t]*define[ \t]+$")
# What stands between the start of a line and a name that is declared there: types, attributes with arguments.
_TYPE = regex(rb"(?!return\b|else\b|case\b|goto\b)(?:[A-Za-z_](?:[\w \t*]|\([^()\n]*\))*[\s*])?$")
_OTHER = regex(rb"(?:typedef\b.*|\}[ \t]*|(?:struct|union|enum)[ \t]+|extern\b.*[\s*])$")


class Files(Struct, frozen=True, metaclass=Abstract):
    """A tree that can be read."""

    @property
    def label(self) -> str:
        """What it is called in messages; empty when nobody needs to be told."""
        return ""

    @abstractmethod
    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None for what is none, is a link, or lies outside.  `UserError` if unreadable."""

    def identity(self, path: str) -> bytes:
        """What is another when the file is; empty where there is none.  Raises as `read` does."""
        text = self.read(path)
        return b"" if text is None else blake2(text, 16)

    @abstractmethod
    def names(self, folder: str) -> tuple[str, ...]:
        """The names of the files in a folder, in order; `.` is the top.  None of them is a folder."""

    @abstractmethod
    def mentioning(self, word: str) -> tuple[str, ...]:
        """The `.c` files in which the word seems to stand, in order."""


class Overlay(Files, frozen=True):
    """A tree as patches leave it: `state` has the files they change, None for a deleted one.

    What is read of the tree below is kept in `kept`, which several overlays of one tree may share; a scan reads all of
    it, so the first of too many files is forgotten.
    """

    below: Files
    state: Mapping[str, bytes | None] = {}
    kept: dict[str, bytes | None] = {}

    def read(self, path: str) -> bytes | None:
        """The bytes of a file as the patches leave it."""
        if path in self.state:
            return self.state[path]
        if path not in self.kept:
            keep(self.kept, path, self.below.read(path), MOST_KEPT)
        return self.kept[path]

    def identity(self, path: str) -> bytes:
        """See `Files`; what no patch changes is known by what the tree below knows it by."""
        return super().identity(path) if path in self.state else self.below.identity(path)

    def names(self, folder: str) -> tuple[str, ...]:
        """The names of the files that are in a folder then."""
        here = {path.rpartition("/")[2]: text for path, text in self.state.items() if _folder(path) == folder}
        if not here:
            return self.below.names(folder)
        return tuple(sorted({*self.below.names(folder), *here} - {name for name, text in here.items() if text is None}))

    def mentioning(self, word: str) -> tuple[str, ...]:
        """The `.c` files in which the word seems to stand then."""
        below = set(self.below.mentioning(word)) - self.state.keys()
        changed = {path for path, text in self.state.items() if text is not None and word.encode() in text}
        return tuple(sorted(below | {path for path in changed if path.endswith(".c")}))


def keep(known: dict[str, T], place: str, value: T, most: int) -> None:
    """Know one more; the first of too many is forgotten."""
    if len(known) >= most:
        del known[next(iter(known))]
    known[place] = value


def below(tops: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path of a tree is one of these files, or lies in one of these directories; `.` is the whole tree."""
    starts = tuple(f"{top}/" for top in tops)
    return (lambda _: True) if "." in tops else lambda path: f"{path}/".startswith(starts)


def _folder(path: str) -> str:
    return path.rpartition("/")[0] or "."


class Declarations(Struct, frozen=True, dict=True):
    """What the headers of a tree declare.

    `headers` names the files to look into; empty means all of `include/linux/*.h`, which takes longer.
    """

    files: Files
    headers: tuple[str, ...] = ()

    @cached_property
    def text(self) -> bytes:
        """The headers, one behind the other."""
        every = (f"{HEADERS}/{name}" for name in self.files.names(HEADERS) if name.endswith(".h"))
        return b"\n".join(self.files.read(name) or b"" for name in self.headers or tuple(every))

    @property
    def identity(self) -> list[bytes]:
        """What is another when one of the headers is."""
        every = (f"{HEADERS}/{name}" for name in self.files.names(HEADERS) if name.endswith(".h"))
        return [self.files.identity(name) for name in self.headers or tuple(every)]

    @cached_property
    def has_any(self) -> bool:
        """Whether the tree is laid out as the kernel's."""
        return bool(self.files.names(HEADERS))

    @property
    def answers(self) -> bool:
        """Whether the tree has one of these headers; where it has none, that a name is not declared says nothing."""
        return bool(self.text.strip())

    def declares(self, name: str) -> frozenset[int] | None:
        """How many parameters the headers' declarations and macros of `name` have; None when there are none.

        Empty for what takes no arguments at all: object-like macros, types.  `...` does not count.
        """
        text = self.text
        uses = _uses(text, name.encode())
        found = [arity for use in uses if (arity := _declared(text, *use)) is not None]
        return frozenset(count for count in found if count >= 0) if found else None


class Answers(Struct, frozen=True):
    """What headers declare, as far as it was asked before; the row is theirs alone."""

    headers: Declarations
    row: Row

    @property
    def answers(self) -> bool:
        """See `Declarations`."""
        kept = self.row.get(_ANY)
        if kept is None:
            kept = b"1" if self.headers.answers else b""
            self.row.put(_ANY, kept)
        return bool(kept)

    def declares(self, name: str) -> frozenset[int] | None:
        """See `Declarations`."""
        kept = self.row.get(name)
        if kept is None:
            found = self.headers.declares(name)
            kept = _NOT if found is None else b" ".join(b"%d" % count for count in sorted(found))
            self.row.put(name, kept)
        return None if kept == _NOT else frozenset(map(int, kept.split()))


def version(files: Files) -> str:
    """The release as in `v6.12`, from the top Makefile; empty when it does not say."""
    found = dict(_VERSION.findall((files.read("Makefile") or b"")[:4096]))
    both = found.get(b"VERSION"), found.get(b"PATCHLEVEL")
    return f"v{both[0].decode()}.{both[1].decode()}" if both[0] and both[1] else ""


def _uses(text: bytes, name: bytes) -> Iterator[tuple[int, int]]:
    """Where the whole word `name` stands; a search for bytes is ten times as fast as an expression here."""
    start = text.find(name)
    while start >= 0 and name:
        end = start + len(name)
        if not (_WORD.match(text[max(start - 1, 0) : start]) or _WORD.match(text[end : end + 1])):
            yield start, end
        start = text.find(name, end)


def _declared(text: bytes, start: int, end: int) -> int | None:
    """The number of parameters where a use declares the name, -1 where it declares one without; else None."""
    before = text[text.rfind(b"\n", 0, start) + 1 : start]
    if _DEFINE.match(before):
        return _arity(text, end) if text[end : end + 1] == b"(" else -1
    after = text[end : end + 80].lstrip()
    if after.startswith(b"(") and _TYPE.match(before):
        return _arity(text, text.index(b"(", end))
    return -1 if after[:1] in (b";", b"{", b"[") and _OTHER.match(before) else None


def _arity(text: bytes, start: int) -> int:
    """Number of parameters in the parentheses that open at `start`; -1 when they do not close."""
    depth = commas = 0
    inside = _COMMENT.sub(b"", text[start : start + 2000])
    for at, byte in enumerate(inside):
        depth += (byte == ord("(")) - (byte == ord(")"))
        commas += byte == ord(",") and depth == 1
        if not depth:
            words = inside[1:at].strip()
            return commas + (words not in (b"", b"void")) - words.endswith(b"...")
    return -1
