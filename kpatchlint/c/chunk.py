"""The top level of a C file cut into definitions, without a parse.

Computed on the skeleton (comments and directives blanked), so one function that no grammar can read costs only itself.
Assumes kernel style where counting braces is not enough: when `#if` arms leave braces unbalanced, a body ends at the
next `}` in column 0.  Example: `struct s { int a; };` is no chunk, `int f(void)\\n{\\n}` is one.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from kpatchlint.c.lexical import brace_steps

_STOP = re.compile(rb"[;{}]")
_BRACE = re.compile(rb"[{}]")
_INNERMOST = re.compile(rb"\([^()]*\)")
_DATA = re.compile(rb"\b(?:struct|union|enum)\b[^(){};]*\Z|\A\s*extern\s+\"+\Z")
# A `}` in column 0 that does not balance its body may close a badly indented block; past so many we trust the column.
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Chunk:
    """What may be a function: its first byte, its `{`, and the byte behind its `}`."""

    start: int
    brace: int
    end: int
    closed: bool = True


def chunks(code: bytes, directives: Sequence[int]) -> Iterator[Chunk]:
    """Everything at the top level of a skeleton that has a body and is no struct, enum or initialiser.

    `directives` are the offsets of the conditional directives, in order.
    """
    start = at = open_parentheses = 0
    while found := _STOP.search(code, at):
        open_parentheses += code.count(b"(", at, found.start()) - code.count(b")", at, found.start())
        stop, at = found.start(), found.end()
        if open_parentheses > 0 and code[stop - 1] != 0x0A:
            continue
        open_parentheses = 0
        if code[stop] == 0x7B:
            end = _close(code, stop, directives)
            at = len(code) if end < 0 else end
            if _is_data(code[start:stop]):
                continue
            yield Chunk(_first(code, start, stop), stop, at, end >= 0)
        elif code[stop] == 0x7D and code[start:stop].strip():
            yield Chunk(_first(code, start, stop), stop, at, False)
        start = at


def _first(code: bytes, start: int, stop: int) -> int:
    head = code[start:stop]
    return start + len(head) - len(head.lstrip())


def _is_data(head: bytes) -> bool:
    """Whether what stands before a `{` belongs to a type or to an initialiser."""
    if b"=" in head and b"=" in _outside(head):
        return True
    return _DATA.search(head.rstrip()) is not None


def _outside(head: bytes) -> bytes:
    """The head without what stands in parentheses (to a depth that heads of functions do not reach)."""
    for _ in range(6):
        head, changes = _INNERMOST.subn(b"", head)
        if not changes:
            break
    return head


def _close(code: bytes, opener: int, directives: Sequence[int]) -> int:
    """The byte behind the `}` that ends the body opened at `opener`, or -1."""
    line_end = code.find(b"\n", opener)
    line = code[opener : line_end if line_end >= 0 else len(code)]
    if line.count(b"{") == line.count(b"}"):
        return opener + line.rfind(b"}") + 1
    first = at = code.find(b"\n}", opener)
    for _ in range(_TRIES):
        if at < 0:
            break
        if _split_by_directives(opener, first, directives):
            return first + 2
        end = _balanced(code, opener, at + 2)
        if end >= 0:
            return end
        at = code.find(b"\n}", at + 2)
    return first + 2 if first >= 0 else -1


def _split_by_directives(start: int, end: int, directives: Sequence[int]) -> bool:
    index = bisect_left(directives, start)
    return index < len(directives) and directives[index] < end


def _balanced(code: bytes, opener: int, end: int) -> int:
    """The byte behind the brace that balances the one at `opener`, or -1 when `end` comes first."""
    depths = list(accumulate(brace_steps(code[opener:end])))
    try:
        index = depths.index(0)
    except ValueError:
        return -1
    if index == len(depths) - 1 and code[end - 1] == 0x7D:
        return end
    return next(islice(_BRACE.finditer(code, opener, end), index, None)).end()
