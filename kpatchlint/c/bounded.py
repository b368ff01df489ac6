"""tree-sitter with a bound on time: its recovery from errors takes time that is quadratic in their number.

Assumes that what is short is quick: only longer pieces are watched, because that costs a third of the speed.  Example:
a function of twenty thousand lines `*/` takes minutes without a bound, and is refused with one.
"""

from collections.abc import Callable
from time import thread_time
from typing import cast

from tree_sitter import Language, Node, Parser, Point, Range

from kpatchlint.seldom import extension

# the package imports what reads its queries, which takes longer than to import click
LANGUAGE = Language(extension("tree_sitter_c", "_binding").language())
# Seconds of CPU time; the slowest definition of 6.12 takes well below one.
OF_PIECE, OF_FILE = 10.0, 60.0
# Bytes; what is shorter is parsed in about a second, whatever it is.
SHORT = 4 << 10
# what the parser is given at once, and what is given when the text of a node is asked for, which counts its lines
_BLOCK, _SOME = 4 << 10, 64


class SlowParseError(Exception):
    """The bound was reached; the text says which."""


class BoundedParser:
    """The parser of one file."""

    def __init__(self) -> None:
        self._parser = Parser(LANGUAGE)
        self._spent = 0.0

    def tree(self, text: bytes, start: int, end: int) -> Node:
        """The tree of a part of the text; offsets are those of the text.  Raises `SlowParseError`."""
        if self._spent > OF_FILE:
            raise SlowParseError(f"the file takes longer than {OF_FILE:g} s to parse")
        rows = Point(0, 0)
        self._parser.included_ranges = [Range(rows, rows, start, end)]
        began = thread_time()
        try:
            return self._parsed(text, end - start, began)
        finally:
            self._spent += thread_time() - began

    def _parsed(self, text: bytes, length: int, began: float) -> Node:
        if length <= SHORT:
            return self._parser.parse(text).root_node
        given = _Given(text)
        read = cast(Callable[[int, Point], bytes], given)
        try:
            tree = self._parser.parse(read, progress_callback=lambda at, wrong: thread_time() - began > OF_PIECE)
            return tree.root_node
        except ValueError as error:
            self._parser.reset()
            raise SlowParseError(f"takes longer than {OF_PIECE:g} s to parse") from error
        finally:
            given.release()


class _Given:
    """What a parser reads of a text, and its nodes when they are asked for their own.

    The parser never lets go of what it was given (tree-sitter 0.26), so it gets views, which can be emptied.
    """

    def __init__(self, text: bytes) -> None:
        self._text, self._views, self._parsing = text, list[memoryview](), True

    def __call__(self, at: int, point: Point) -> bytes | memoryview:
        """What stands at an offset, or the first part of it."""
        if not self._parsing:
            return self._text[at : at + _SOME]
        self._views.append(memoryview(self._text)[at : at + _BLOCK])
        return self._views[-1]

    def release(self) -> None:
        """Let go of the text, as far as the parser has it."""
        for view in self._views:
            view.release()
        self._views.clear()
        self._parsing = False
