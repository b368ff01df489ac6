"""The comments of a C text, and which names they mention.

Computed on bytes, without a parse, so it works on files the grammar stumbles over and on one side of a hunk.
Assumption: a text in which a comment ends before any begins starts inside that comment.  Example: for

    /* Called by f_oo(), see *_range_rev() and b_{a,b}(). */

`comments` gives one block comment, and `mentions` of it `f_oo` alone, as called: the others are patterns.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from itertools import chain

from msgspec import Struct

from kpatchlint.regex import regex
from kpatchlint.source import occurrences

_LINE = regex(rb"//[^\\\n]*(?:\\[\s\S][^\\\n]*)*")
# Strings and character constants are matched only to be stepped over; neither may cross a line, because an
# apostrophe in `#error don't` or in a fragment's half comment must not swallow the rest of the text.
_TOKEN = regex(
    rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|\'[^\'\\\n]*(?:\\.[^\'\\\n]*)*\''
    rb"|/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)|" + _LINE.pattern
)
_DOC = regex(rb"/\*\*[^*/]")
_CODE = regex(rb"\s*[A-Za-z_]")
_SLASH = ord("/")
_MARKS = regex(rb"^[ \t]*(?:/?\*+/?|//)|\*+/[ \t]*$", re.M)
PARAMETER_LINE = regex(rb"^[ \t]*\*[ \t]*@(\w+(?:\.{3})?(?:(?:\.|->)\w+)*|\.{3})[ \t]*:", re.M)
_STARRED = regex(rb"[ \t]*\*(?:[ \t/]|$)")
_NAME = regex(
    rb"(?<![\w@$\-.*?}>\]~])(?P<tag>(?:struct|union|enum)[ \t]+)?"
    rb"(?P<name>[A-Za-z_]\w*)(?P<call>\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\))?"
)
_MARKED = regex(rb"(?<![\w@.>])@(?P<name>[A-Za-z]\w*)(?![\w:*]|[ \t]*[:(=]|->|\.\w|[ \t]*--?[ \t])")
_MEMBER = regex(rb"(?<=[\w)\]]->)(?P<name>[a-z][a-z\d_]*)(?![\w*{(]|\.\w|[ \t]*[=;])")
_OWNER = regex(rb"(?<![\w@.>])(?P<name>[A-Za-z]\w*)(?=->[a-z])")
_PATTERN_BEHIND = regex(rb"[{\[<@$?]|\*(?!/)|[.\-]\w|/|->|-[ \t]*\n|\.\.\.")
_PLURAL = (b"(s)", b"(es)", b"(ies)", b"(ed)", b"(d)", b"(n)")
_WILDCARD = regex(rb"(?:^|_)(?:x{2,}|X{2,}|y{2,}|Y{2,}|z{3,}|N{2,}|foo|bar|blah)(?:_|$)")
_FILE = regex(
    rb"(?<![\w/.<>\"@:~$*{}-])(?P<name>[A-Za-z][\w+-]*/(?:[\w+-][\w.+-]*/)*[\w+-][\w.+-]*\."
    rb"(?:rst|txt|c|h|S|rs|yaml|json|py|sh|pl))(?![\w/*{\[-]|\.\w)"
)
_SLASH_BEFORE = regex(rb"(\w+)/\Z")
_SLASH_BEHIND = regex(rb"/(\w+)(?![\w./])")
_BROKEN_BEFORE = regex(rb"[\w_)][-_/][ \t]*\n[ \t]*\*?[ \t]*\Z")


class CommentKind(StrEnum):
    """`doc` opens with two stars; `line` is `//`."""

    DOC = "doc"
    BLOCK = "block"
    LINE = "line"


class Comment(Struct, frozen=True):
    """One comment with its marks; `offset` and `end` are byte offsets of the text it was found in."""

    offset: int
    end: int
    kind: CommentKind
    text: bytes


class Mention(Struct, frozen=True):
    """A name in a comment; `called` when it is written `f()` or `f(arguments)`."""

    name: str
    offset: int
    end: int
    called: bool


@lru_cache(maxsize=2)
def comments(text: bytes) -> tuple[Comment, ...]:
    """Every comment of `text` in order, the half ones at the start and the end of a fragment included."""
    return tuple(_comment(text, start, end) for start, end in _spans(text))


def comments_at(text: bytes, spots: Sequence[int]) -> Iterator[Comment]:
    """The comments in which one of these offsets lies, which are in order; without a copy of all others."""
    at = 0
    for start, end in _spans(text) if spots else ():
        # most comments have none, so that a look at the next one is cheaper than a search
        if spots[at] < end:
            at = bisect_left(spots, start, at)
            if at < len(spots) and spots[at] < end:
                yield _comment(text, start, end)
            at = bisect_left(spots, end, at)
        if at == len(spots):
            return


def comments_above(text: bytes, wanted: Callable[[bytes], bool]) -> tuple[Comment, ...]:
    """The kernel-doc of a text, and the comments above code whose text is wanted, without a copy of all others.

    A comment above code begins in the first column, and the next line that is not empty begins with a word.
    """
    claimed = (start for start, end in _above(text) if wanted(text[start:end]))
    documented = (match.start() for match in _DOC.finditer(text))
    half = (0,) if _half_comment(text) else ()
    return tuple(comments_at(text, sorted({*half, *claimed, *documented})))


def any_above(text: bytes, wanted: Callable[[bytes], bool]) -> bool:
    """Whether the text has a comment above code whose text is wanted, or what looks like one."""
    return any(wanted(text[start:end]) for start, end in _above(text))


def _above(text: bytes) -> Iterator[tuple[int, int]]:
    """Offset and end of each comment above code, and of what looks like one and stands in a comment."""
    head = _half_comment(text)
    if head and _CODE.match(text, head):
        yield 0, head
    for start in _in_first_column(text, b"/*"):
        end = text.find(b"*/", start + 2) + 2
        if end > 1 and _CODE.match(text, end):
            yield start, end
    for start in _in_first_column(text, b"//"):
        line = _LINE.match(text, start)
        if line and _CODE.match(text, line.end()):
            yield line.span()


def _in_first_column(text: bytes, mark: bytes) -> Iterator[int]:
    if text.startswith(mark):
        yield 0
    yield from (at + 1 for at in occurrences(text, b"\n" + mark))


def _spans(text: bytes) -> Iterator[tuple[int, int]]:
    """Offset and end of each comment."""
    head = _half_comment(text)
    if head:
        yield 0, head
    for match in _TOKEN.finditer(text, head):
        start, end = match.span()
        if text[start] == _SLASH:
            yield start, end


def _comment(text: bytes, start: int, end: int) -> Comment:
    token, half = text[start:end], start == 0 and end == _half_comment(text)
    return Comment(start, end, _half_kind(token) if half else _kind(token), token)


def _kind(token: bytes) -> CommentKind:
    if token.startswith(b"//"):
        return CommentKind.LINE
    return CommentKind.DOC if token[:3] == b"/**" and token[3:4] not in b"/*" else CommentKind.BLOCK


def _half_comment(text: bytes) -> int:
    """The end of the comment that `text` begins inside of, or 0."""
    close, opening = text.find(b"*/"), text.find(b"/*")
    if close < 0:
        return len(text) if opening < 0 and _all_starred(text) else 0
    if 0 <= opening < close:
        return 0
    line = text[text.rfind(b"\n", 0, close) + 1 : close]
    return 0 if b"//" in line or line.count(b'"') % 2 else close + 2


def _all_starred(text: bytes) -> bool:
    """A hunk of nothing but the middle lines of a long comment; ` *p = 1;` has no blank behind its star."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(_STARRED.match(line) for line in lines)


def _half_kind(head: bytes) -> CommentKind:
    return CommentKind.DOC if PARAMETER_LINE.search(head) else CommentKind.BLOCK


def plain(text: bytes) -> str:
    """Comment text as prose: without comment marks and leading stars, one blank between words."""
    return " ".join(_MARKS.sub(b" ", text).decode(errors="replace").split())


def mentions(comment: Comment, names: Collection[str] | None = None) -> Iterator[Mention]:
    """The names of code that a comment speaks of, in order; of these only, if there are any given.

    A word that begins with an underscore is taken for a name where it is one of these.

    Taken for a name: `f()`, `f(arguments)`, a bare word with an underscore inside, and the word after
    `struct`, `union` or `enum`.  Not taken: patterns (`*_f()`, `{get,pin}_f()`, `f_xx()`), parameters (`@f`),
    members (`->f`, `.f`), file names, and names broken over two lines.
    """
    for match in _NAME.finditer(comment.text):
        name, call = match["name"], match["call"] or b""
        called = bool(call) and call not in _PLURAL
        if names is not None and name.decode() not in names:
            continue
        told = called or match["tag"] or b"_" in name.strip(b"_") or (names is not None and name.startswith(b"_"))
        if told and not _is_pattern(comment.text, match):
            start = comment.offset + match.start("name")
            yield Mention(name.decode(), start, start + len(name), called)


def marked(comment: Comment, names: Collection[str] | None = None) -> Iterator[Mention]:
    """The names with an underscore inside that a sentence has as `@f` or `x->f`; of these only, if any are given, and
    then also as `f->x`.

    At the beginning of a line `@f` is a parameter or a member that is described.
    """
    told = (match for match in _MARKED.finditer(comment.text) if _in_line(comment.text, match.start()))
    through = [_MEMBER] if names is None else [_MEMBER, _OWNER]
    found = (pattern.finditer(comment.text) for pattern in through if b"->" in comment.text)
    for match in chain(told, *found):
        name, at = match["name"], comment.offset + match.start("name")
        if b"_" in name.strip(b"_") and (names is None or name.decode() in names):
            yield Mention(name.decode(), at, at + len(name), called=False)


def files_named(comment: Comment) -> Iterator[Mention]:
    """The files that a comment names with the folder that they lie in, in order."""
    for match in _FILE.finditer(comment.text) if b"/" in comment.text else ():
        at = comment.offset + match.start("name")
        yield Mention(match["name"].decode(), at, at + len(match["name"]), called=False)


def _in_line(text: bytes, at: int) -> bool:
    """Whether something stands before this place in its line, beside comment marks."""
    return bool(text[text.rfind(b"\n", 0, at) + 1 : at].strip(b" \t*/"))


def _is_pattern(text: bytes, match: re.Match[bytes]) -> bool:
    """Whether the word is only part of a name, of a path, or of a family of names."""
    name, start, end = match["name"], match.start("name"), match.end("name")
    if (name.endswith(b"_") and not name.endswith(b"__")) or _WILDCARD.search(name):
        return True
    before = text[max(0, start - 80) : start]
    if _BROKEN_BEFORE.search(before) or _in_path(_SLASH_BEFORE.search(before)):
        return True
    return _PATTERN_BEHIND.match(text, end) is not None and _in_path(_SLASH_BEHIND.match(text, end), True)


def _in_path(beside: re.Match[bytes] | None, otherwise: bool = False) -> bool:
    """`mmap_sem/page_lock` are two names, `mm/page_alloc` and `page_alloc/` are none."""
    return otherwise if beside is None else b"_" not in beside[1].strip(b"_")
