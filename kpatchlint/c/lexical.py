"""The skeleton of a C text: comments and directives blanked, literals masked, lengths and newlines kept.

Everything that looks for words, brackets or column 0 works on the skeleton, so that a brace in a comment or
a macro name in a string is never seen.  Assumes ISO C comments and one-line literals.  Example:

    f("}"); /* { */        becomes        f(\"\"\"\"\");
"""

import re
from array import array
from itertools import accumulate

from msgspec import Struct

from kpatchlint.regex import regex

BLANK = bytes(c if c == 0x0A else 0x20 for c in range(256))
MASK = bytes(c if c == 0x0A else 0x22 for c in range(256))

_TOKEN = regex(
    rb'/\*.*?(?:\*/|\Z)|//(?:\\\r?\n|[^\n])*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\''
    rb"|\#(?:/\*.*?\*/|//[^\n]*|\\\r?\n|[^\n])*",
    re.S,
)
_DIRECTIVE = regex(rb"#[ \t]*(\w*)[ \t]*(\w*)")
_CONDITIONAL = frozenset((b"if", b"ifdef", b"ifndef", b"elif", b"elifdef", b"elifndef", b"else", b"endif"))
_QUOTES = b"\"'"
_BRACKETS = bytes(1 if c in b"([{" else 0xFF if c in b")]}" else 0 for c in range(256))
_BRACES = bytes(1 if c == 0x7B else 0xFF if c == 0x7D else 0 for c in range(256))
_NOT_BRACES = bytes(c for c in range(256) if c not in b"{}")
_NOT_BRACKETS = bytes(c for c in range(256) if c not in b"()[]{}")


class Directive(Struct, frozen=True):
    """One conditional directive: its keyword (`if`, `ifndef`, `else`, ...) and the word that follows."""

    start: int
    end: int
    keyword: bytes
    word: bytes


class Skeleton(Struct, frozen=True):
    """`code` is as long as the text it was made from; `opaque` are the ranges of the other directives."""

    code: bytes
    directives: tuple[Directive, ...]
    opaque: tuple[tuple[int, int], ...]


def skeleton(text: bytes) -> Skeleton:
    """The skeleton of `text`, its conditional directives and the ranges of its `#define`, `#include`, ..."""
    directives: list[Directive] = []
    opaque: list[tuple[int, int]] = []

    def mask(token: re.Match[bytes]) -> bytes:
        found = token[0]
        first = found[0]
        if first == 0x23:
            _sort(token, directives, opaque)
        return found.translate(MASK if first in _QUOTES else BLANK)

    code = _TOKEN.sub(mask, text)
    return Skeleton(code, tuple(directives), tuple(opaque))


def _sort(token: re.Match[bytes], directives: list[Directive], opaque: list[tuple[int, int]]) -> None:
    head = _DIRECTIVE.match(token[0])
    keyword, word = (head[1], head[2]) if head else (b"", b"")
    if keyword in _CONDITIONAL:
        directives.append(Directive(*token.span(), keyword, word))
    else:
        opaque.append(token.span())


def nesting(code: bytes) -> int:
    """How deep brackets of any kind nest in a piece of skeleton."""
    steps = array("b", code.translate(_BRACKETS, _NOT_BRACKETS))
    return max(accumulate(steps), default=0)


def brace_steps(code: bytes) -> "array[int]":
    """+1 for each `{` and -1 for each `}` of a piece of skeleton, in order."""
    return array("b", code.translate(_BRACES, _NOT_BRACES))


def blank(text: bytearray, start: int, end: int) -> None:
    """Overwrite a range with spaces, newlines kept."""
    text[start:end] = text[start:end].translate(BLANK)
