"""Which comment describes which function: the pairs that the checks of comments work on.

A kernel-doc belongs to what is declared directly below it under the name in its first line.  Example:

    /** f - does */         is paired with the prototype of f and, in a `.c` file, with its definition
    int f(struct a *p)
    {
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from typing import Protocol

from msgspec import Struct
from tree_sitter import Node

from kpatchlint.c.comments import Comment, CommentKind
from kpatchlint.c.kerneldoc import KernelDoc, kernel_doc
from kpatchlint.c.prototype import IsMacro, Prototype, prototype_below
from kpatchlint.regex import regex

_BLANK_LINE = regex(rb"\n[ \t]*\n")
_DECLARED = regex(rb"\s*;")
_ONLY_WORDS = regex(rb"[\w\s]*", re.ASCII)


class Definition(Protocol):
    """What the checks ask of a function; `kpatchlint.c.parse.Function` is one."""

    @property
    def name(self) -> str:
        """The name in its definition."""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The `function_definition` nodes, one for each variant under `#if`."""

    @property
    def start(self) -> int:
        """Where the definition begins in the text."""


Following = Callable[[int], Definition | None]


class Described(Struct, frozen=True, dict=True):
    """A comment with what stands below it; `function` and `prototype` are None where there is none to read.

    doc        None for a comment that is no kernel-doc
    following  finds the function when it is asked for, which few comments are worth
    """

    comment: Comment
    doc: KernelDoc | None
    prototype: Prototype | None
    text: bytes
    following: Following

    @cached_property
    def function(self) -> Definition | None:
        """The definition that the comment stands above; of a kernel-doc, if that bears its name."""
        if self.prototype is not None and _DECLARED.match(self.text, self.prototype.end):
            return None
        after = self.following(self.comment.end)
        if after is None or not _is_above(self.comment, after, self.text):
            return None
        if self.doc is not None:
            return after if self.doc.name in (after.name, "") else None
        return None if _BLANK_LINE.search(self.text, self.comment.end, after.start) else after

    @property
    def name(self) -> str:
        """What the comment describes; empty where that cannot be told."""
        if self.doc is not None and self.doc.name:
            return self.doc.name
        return self.function.name if self.function is not None else ""

    @property
    def end(self) -> int:
        """Behind the comment and the declaration of the parameters."""
        return self.prototype.end if self.prototype is not None else self.comment.end


def described(
    text: bytes, found: Iterable[Comment], following: Following, is_macro: IsMacro
) -> Iterator[Described]:
    """Every kernel-doc of a function or macro in `text`, and every other comment above a function, in order.

    found      comments of `text`
    following  the first definition of `text` that starts at or behind an offset
    is_macro   whether a word is a macro that is neither name nor type
    """
    for comment in found:
        doc = kernel_doc(comment) if comment.kind is CommentKind.DOC else None
        pair = Described(comment, doc, None, text, following)
        if doc is not None and doc.kind in ("function", "define"):
            yield Described(comment, doc, prototype_below(text, comment.end, pair.name, is_macro), text, following)
        elif doc is None and pair.function is not None:
            yield pair


def _is_above(comment: Comment, function: Definition, text: bytes) -> bool:
    """Whether the comment begins a line, and nothing but specifiers stands between."""
    between = _ONLY_WORDS.fullmatch(text, comment.end, function.start)
    return between is not None and text[comment.offset - 1 : comment.offset] in (b"", b"\n")


def touching(pairs: Iterable[Described], ranges: Collection[tuple[int, int]] | None) -> Iterator[Described]:
    """Those whose comment or parameters lie in one of the byte ranges; all of them where `ranges` is None."""
    for each in pairs:
        start, end = each.comment.offset, each.end
        if ranges is None or any(start < last and first < end for first, last in ranges):
            yield each
