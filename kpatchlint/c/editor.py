"""A text under length-preserving edits, kept beside its skeleton.

Every edit is made in the text and in its skeleton; questions (what stands before, where does this
parenthesis close, which are the arguments) are answered by the skeleton alone.  Assumes an edit never moves
a newline.  Example:

    editor = Editor(b"f(a, b);")
    editor.arguments(1)            [(2, 3), (5, 6)]
    editor.write(0, 1, b"g")       g(a, b);
"""

from array import array
from itertools import pairwise

from kpatchlint.c.lexical import BLANK, Directive, blank, skeleton
from kpatchlint.regex import regex

_SEPARATOR = regex(rb"[](),{}[]")
# Longer calls are left as they stand, or macros nested in macros would cost quadratic time.
_ARGUMENTS = 4096
# Most closers that are asked for are near; one further away is looked up in a table of all, which takes longer to make.
_NEAR = 256
_SPACE = b" \t\r\n\f\v\\"
_NEXT = regex(rb"[^\s\\]")
_PARENTHESIS = regex(rb"[()]|\n[{}]")


class Editor:
    """One text and its skeleton.  Offsets of the original stay true for both."""

    def __init__(self, text: bytes) -> None:
        shape = skeleton(text)
        self.original = text
        self.directives: tuple[Directive, ...] = shape.directives
        self.text, self.code = bytearray(text), bytearray(shape.code)
        self._shape = shape.code
        for start, end in shape.opaque:
            blank(self.text, start, end)
        self._closers: array[int] | None = None

    def write(self, start: int, end: int, content: bytes) -> None:
        """Replace a range by `content` and spaces, or by spaces alone where a newline stands in the way."""
        fill = self.code[start:end].translate(BLANK)
        if b"\n" not in fill[: len(content)]:
            fill[: len(content)] = content
        self.text[start:end] = fill
        self.code[start:end] = fill

    def blank(self, start: int, end: int) -> None:
        """Overwrite a range with spaces."""
        blank(self.text, start, end)
        blank(self.code, start, end)

    def opener(self, end: int) -> int:
        """Offset of the `(` that follows the word that ends at `end`, or -1."""
        at = self.following(end)
        return at if at >= 0 and self.code[at] == 0x28 else -1

    def closer(self, opener: int) -> int:
        """Offset of the `)` that closes `opener`, or -1."""
        if self._closers is None:
            near = _closer_near(self.code, opener)
            if near:
                return near
            # not as edited so far: where a parenthesis closes does not depend on what else has been asked
            self._closers = closers(self._shape)
        return self._closers[opener] or -1

    def parentheses(self, end: int) -> tuple[int, int]:
        """Offsets of the `(` that follows the word that ends at `end`, and of its `)`; -1 for one that is not there."""
        opener = self.opener(end)
        return opener, self.closer(opener) if opener >= 0 else -1

    def following(self, at: int) -> int:
        """Offset of the next byte at or behind `at` that is not space, or -1."""
        found = _NEXT.search(self.code, at)
        return found.start() if found else -1

    def preceding(self, at: int) -> int:
        """Offset of the last byte before `at` that is not space, or -1."""
        at -= 1
        while at >= 0 and self.code[at] in _SPACE:
            at -= 1
        return at

    def arguments(self, opener: int) -> list[tuple[int, int]]:
        """Ranges of a call's arguments, without the space around; [] where it has no end or is too long."""
        closer = self.closer(opener)
        if closer < 0 or closer - opener > _ARGUMENTS:
            return []
        cuts, depth = [opener], 0
        for token in _SEPARATOR.finditer(self.code, opener + 1, closer):
            if token[0] == b",":
                cuts += [token.start()] if depth == 0 else []
            else:
                depth += 1 if token[0] in b"([{" else -1
        cuts.append(closer)
        return [self._trim(a + 1, b) for a, b in pairwise(cuts)]

    def _trim(self, start: int, end: int) -> tuple[int, int]:
        piece = self.code[start:end]
        left = len(piece) - len(piece.lstrip())
        return min(start + left, end), start + max(left, len(piece.rstrip()))


def _closer_near(code: bytes | bytearray, opener: int) -> int:
    """Offset of the `)` that closes `opener`, or -1, as `closers` has it; 0 where it is further away than most are."""
    depth = 0
    for token in _PARENTHESIS.finditer(code, opener, opener + _NEAR):
        kind = token[0]
        if kind not in b"()":
            return -1
        depth += 1 if kind == b"(" else -1
        if not depth:
            return token.start()
    return 0


def closers(code: bytes | bytearray) -> "array[int]":
    """For each offset of a `(` the offset of its `)`, 0 where there is none; one pass, so always linear.

    A brace in column 0 starts afresh: an `#if` arm that leaves one open costs its own function only.
    """
    table = array("I", bytes(4 * len(code)))
    stack: list[int] = []
    for token in _PARENTHESIS.finditer(code):
        kind = token[0]
        if kind == b"(":
            stack.append(token.start())
        elif kind != b")":
            stack.clear()
        elif stack:
            table[stack.pop()] = token.start()
    return table
