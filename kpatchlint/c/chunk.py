"""The top level of a C file cut into definitions, without a parse.

Computed on the skeleton (comments and directives blanked), so one function that no grammar can read costs
only itself.  Assumes kernel style where counting braces is not enough: when `#if` arms leave braces
unbalanced, a body ends at the next `}` in column 0.  Example: `struct s { int a; };` is no chunk, `int
f(void)\\n{\\n}` is one.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice

from msgspec import Struct

from kpatchlint.c.lexical import brace_steps
from kpatchlint.regex import regex

# what surely ends a definition: what stands behind it can be read as if the text began there
ENDING = b"\n}\n"
_STOP = regex(rb"[;{}]")
_BRACE = regex(rb"[{}]")
_INNERMOST = regex(rb"\([^()]*\)")
_TYPE = regex(rb"\b(?:struct|union|enum)\b|\bextern\s+\"")
_NEXT_LINE = regex(rb"\)[ \t\r]*\n\s*?(?<=\n)(?=[A-Za-z_])")
_MACRO_CALL = regex(rb"[A-Za-z_]\w*[ \t]*\(")
_NO_END = regex(rb"[ \t]*[;,)]")
# A `}` in column 0 that does not balance may close a badly indented block; past so many, trust the column.
_TRIES = 4
# How much of what stands before a `{` is looked at.
_HEAD = 4096


class Chunk(Struct, frozen=True, array_like=True):
    """What may be a function: its first byte, its `{`, and the byte behind its `}`."""

    start: int
    brace: int
    end: int
    closed: bool = True


def chunks(code: bytes, directives: Sequence[int], start: int = 0) -> Iterator[Chunk]:
    """Everything at the top level of a skeleton that has a body and is no struct, enum or initialiser.

    directives  the offsets of the conditional directives, in order
    start       where to begin: behind the end of a definition
    """
    at, open_parentheses = start, 0
    while found := _STOP.search(code, at):
        open_parentheses += code.count(b"(", at, found.start()) - code.count(b")", at, found.start())
        stop, at = found.start(), found.end()
        if open_parentheses > 0 and code[stop - 1] != 0x0A:
            continue
        open_parentheses = 0
        if code[stop] == 0x7B:
            data = _is_data(code[max(start, stop - _HEAD) : stop])
            end = _close_data(code, stop) if data else _close(code, stop, directives)
            at = len(code) if end < 0 else end
            if data and end >= 0:
                continue
            yield Chunk(_first(code, start, stop, directives), stop, at, end >= 0)
        elif code[stop] == 0x7D and code[start:stop].strip():
            yield Chunk(_first(code, start, stop, directives), stop, at, False)
        start = at


def _first(code: bytes, start: int, stop: int, directives: Sequence[int]) -> int:
    """Where a definition begins: behind macro calls without a semicolon, each on lines of its own.

    What begins with a type is no macro call: with a directive behind it, it is one of two heads of one body.
    """
    head = code[start:stop]
    first = start + len(head) - len(head.lstrip())
    for line in _NEXT_LINE.finditer(code, max(first, stop - _HEAD), stop):
        balanced = code.count(b"(", first, line.end()) == code.count(b")", first, line.end())
        arms = _split_by_directives(line.start(), line.end(), directives)
        if balanced and (_MACRO_CALL.match(code, first) or not arms):
            first = line.end()
    return first


def _is_data(head: bytes) -> bool:
    """Whether what stands before a `{` belongs to a type or to an initialiser."""
    if b"=" in head and b"=" in _outside(head):
        return True
    last = max(head.rfind(b"("), head.rfind(b")"), head.rfind(b"{"), head.rfind(b"}"), head.rfind(b";"))
    return _TYPE.search(head, last + 1) is not None


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
        end = _balanced(code, opener, at + 2)
        if _split_by_directives(opener, at, directives):
            return end if end == at + 2 else _column_zero(code, opener)
        if end >= 0:
            return end
        at = code.find(b"\n}", at + 2)
    return first + 2 if first >= 0 else -1


def _column_zero(code: bytes, opener: int) -> int:
    """The byte behind the next `}` in column 0 that is not the end of an initialiser (`};`)."""
    at = code.find(b"\n}", opener)
    while at >= 0 and _NO_END.match(code, at + 2):
        at = code.find(b"\n}", at + 2)
    return at + 2 if at >= 0 else -1


def _close_data(code: bytes, opener: int) -> int:
    """The byte behind the brace that balances `opener`, else behind the next `};` in column 0, or -1."""
    depth = tries = 0
    for brace in _BRACE.finditer(code, opener):
        depth += 1 if brace[0] == b"{" else -1
        if depth == 0:
            return brace.end()
        if code[brace.start() - 1] == 0x0A and code[brace.start() : brace.end() + 1] != b"}\n":
            tries += 1
        if tries > _TRIES:
            break
    at = code.find(b"\n};", opener)
    return at + 2 if at >= 0 else -1


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
