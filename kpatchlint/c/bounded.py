"""tree-sitter with a bound on time: its recovery from errors takes time that is quadratic in their number.

Assumes that what is short is quick: only longer pieces are watched, because that costs a third of the speed.  Example:
a function of twenty thousand lines `*/` takes minutes without a bound, and is refused with one.
"""

from time import thread_time

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
        size = _BLOCK
        try:
            tree = self._parser.parse(
                lambda at, point: text[at : at + size],
                progress_callback=lambda at, has_error: thread_time() - began > OF_PIECE,
            )
            size = _SOME
            return tree.root_node
        except ValueError as error:
            self._parser.reset()
            raise SlowParseError(f"takes longer than {OF_PIECE:g} s to parse") from error
