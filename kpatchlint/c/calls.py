"""Which arguments the calls in some texts give as a literal NULL.

Read off the texts without a parse.  Assumption: a line that begins in the first column declares, and one that begins
with a star is a comment.  Example: `null_arguments([b"\\tf(a, NULL);"])` is {b"f": {1}}.
"""

from collections.abc import Iterable, Iterator, Mapping

from kpatchlint.c.prototype import arguments
from kpatchlint.regex import regex

_ARGUMENT = regex(rb"NULL(?=\s*[,)])")
_NOT_A_CALL = regex(rb"\S|[ \t]*(?:\*|//|/\*|#)")
_CALLED = regex(rb"(?<![\w.>])\w+\Z")
_BRACKET = regex(rb"[()\[\]{}]")
# most calls begin in so many bytes before an argument; for others more is looked at, at last all of the text
_NEAR = (80, 2000)

Positions = frozenset[int]


def null_arguments(texts: Iterable[bytes]) -> Mapping[bytes, Positions]:
    """The positions, from 0, at which some call is given NULL, by the name of what is called."""
    found: dict[bytes, Positions] = {}
    # few positions, many names
    same: dict[Positions, Positions] = {}
    for text in texts:
        for opening in dict.fromkeys(_openings(text)):
            name = _called(text, opening)
            if name:
                given = (i for i, argument in enumerate(arguments(text, opening + 1)) if argument == b"NULL")
                both = found.get(name, frozenset()).union(given)
                found[name] = same.setdefault(both, both)
    return found


def _openings(text: bytes) -> Iterator[int]:
    """The parentheses that open around NULL where it is an argument."""
    for argument in _ARGUMENT.finditer(text):
        at = argument.start()
        opening = _opening(text, at) if text[max(0, at - _NEAR[0]) : at].rstrip().endswith((b"(", b",")) else -1
        if opening >= 0:
            yield opening


def _opening(text: bytes, at: int) -> int:
    """Where the parenthesis opens that stands around an offset; -1 where no bracket does, or another one."""
    for start in dict.fromkeys((*(max(0, at - near) for near in _NEAR), 0)):
        depth = 0
        for bracket in reversed(list(_BRACKET.finditer(text, start, at))):
            depth += 1 if bracket[0] in b")]}" else -1
            if depth < 0:
                return bracket.start() if bracket[0] == b"(" else -1
    return -1


def _called(text: bytes, opening: int) -> bytes:
    """The name of what is called with the parenthesis; empty where that is no function, or it is no call."""
    line = text[text.rfind(b"\n", 0, opening) + 1 : opening]
    name = _CALLED.search(line)
    return name[0] if name and name.start() and not _NOT_A_CALL.match(line, 0, name.start()) else b""
