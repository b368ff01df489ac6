"""Which parameters a function may treat as optional, read off its text: most functions need not be parsed to tell.

`optional.py` tells which it does, of those.  Example: of

    void f(struct a *a, struct b *b)
    {
            a->count++;
            if (b)
                    use(b);
    }

`perhaps_optional` gives `b`; `a` is used first.
"""

import re
from collections.abc import Collection, Iterable
from functools import cache
from itertools import chain

from kpatchlint.regex import regex
from kpatchlint.source import occurrences

_HEAD_END = regex(rb"(?:/\*.*?\*/|//[^\n]*|[^;{])*?([;{])", re.S)
_NOT_CODE = regex(rb"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\\n]|\\.)*\"|(?<=\n)[ \t]*#(?:\\\n|[^\n])*", re.S)
_TESTED = regex(rb"(?:!|[=!]=|&&|\|\|)[\s(]*(\w+)|\b(\w++)(?=[\s)]*+(?:&&|\|\||[=!]=|\?))")
_WORD_BEFORE = regex(rb"(?:\w|->\s*|\.\s*)\Z")
_MEMBER = regex(rb"\s*->")
# braces in the first column that may stand in one body
_TRIES = 4


def perhaps_optional(text: bytes, start: int, names: Iterable[str], hints: Collection[str]) -> Collection[str]:
    """Those of the names that the body behind the offset `start` may test before it uses them.

    Read off the text without a parse, which most functions need not have.  None where a declaration ends there.
    """
    head = _HEAD_END.match(text, start)
    if head is None or head[1] != b"{":
        return ()
    # what stands before the brace, as an annotation, mentions parameters, too
    body = text[head.start(1) : _body_end(text, head.start(1))]
    code = _NOT_CODE.sub(b" ", body)
    tested = {*chain.from_iterable(_TESTED.findall(code)), *_if_or_hint(frozenset(hints)).findall(code)}
    # with arms that are not compiled, what stands first is another thing in each
    one = b"#if" not in body
    return [name for name in names if name.encode() in tested and not (one and _is_used_first(code, name.encode()))]


def _is_used_first(code: bytes, name: bytes) -> bool:
    """Whether the first mention of a variable is one of its members."""
    for at in occurrences(code, name):
        behind = code[at + len(name) : at + len(name) + 1]
        if not (_WORD_BEFORE.search(code, max(0, at - 8), at) or behind.isalnum() or behind == b"_"):
            return _MEMBER.match(code, at + len(name)) is not None
    return False


def _body_end(text: bytes, start: int) -> int:
    """Where the body ends, or further on: at a brace in the first column before which as many open as close."""
    end = start
    for _ in range(_TRIES):
        end = text.find(b"\n}", end) + 2
        if end < 2:
            return len(text)
        if text.count(b"{", start, end) == text.count(b"}", start, end):
            break
    return end


@cache
def _if_or_hint(hints: frozenset[str]) -> re.Pattern[bytes]:
    words = "|".join(("if", *map(re.escape, sorted(hints))))
    return re.compile(rb"\b(?:%b)\b[\s(]*(\w+)\s*\)" % words.encode())
