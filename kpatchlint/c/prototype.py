"""The names of the parameters of the function or macro that a text declares, definition or prototype.

Read off the text without a parse, so it works on headers, on macros and on what the grammar stumbles over.  Assumption:
between a comment and the name that it describes stand only words, stars, attributes and directives.  Example: behind
the comment in

    /** f - does */
    static inline int f(struct a *p, void (*done)(int), ...);

`prototype_below(text, end, "f", known)` has the parameters ("p", "done", "...").
"""

import re
from collections.abc import Callable

from msgspec import Struct

from kpatchlint.regex import regex

# Bytes looked at behind the comment: of 63,000 prototypes with a kernel-doc in 6.12 the longest has 2,203.
_LONGEST, _USUAL = 4000, 600
_NOT_CODE = regex(rb"/\*.*?(?:\*/|\Z)|//[^\n]*|\\\r?\n", re.S)
_NOT_HEAD = regex(_NOT_CODE.pattern + rb'|"[^"\n]*"', re.S)
_HEAD_END = regex(rb"[;{}]")
_DEFINE = regex(rb"#[ \t]*define[ \t]+")
_NAME = regex(rb"[A-Za-z_]\w*")
_STARS = regex(rb"(\w+)\s*(\*[\s*]*(?:const\s+|__\w+\s+)*)\Z")
_INNERMOST_POINTER = regex(rb"\(([^()]*[*^][^()]*)(?=[()]|\Z)")
_CALLED = regex(rb"\b([A-Za-z_]\w*)\s*(?=\()")
_BRACKETS = rb"\([^()]*(?:\([^()]*\)[^()]*)*\)"
_BEHIND_NAME = regex(rb"\s*(?:\[[^\]]*\]|" + _BRACKETS + rb")\s*\Z")
_MAYBE_POINTER = regex(rb"[*(]")
_MARK = regex(rb"[()\[\]{},]")
_ENDED = regex(rb"[;{}=]")
_TYPE_WORDS = frozenset(b"void char short int long float double signed unsigned const volatile bool".split())
_TAGS = frozenset((b"struct", b"union", b"enum"))

IsMacro = Callable[[bytes], bool]


class Prototype(Struct, frozen=True):
    """The parameters in order, `...` included where it stands alone, and the offset behind their parenthesis.

    pointers  those that are declared as pointers to something of a known type
    perhaps   those that may be pointers or functions, whatever they point to
    """

    name: str
    parameters: tuple[str, ...]
    end: int
    variadic: bool = False
    pointers: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()


def prototype_below(text: bytes, start: int, name: str, is_macro: IsMacro) -> Prototype | None:
    """What `text` declares behind the offset `start` under `name`; the first declaration where `name` is empty.

    is_macro  whether a word is a macro that is neither name nor type

    None when the declaration does not follow, is not whole, or has a parameter without a name.
    """
    usual = _prototype(text[start : start + _USUAL], start, name, is_macro)
    if usual is not None or len(text) <= start + _USUAL:
        return usual
    return _prototype(text[start : start + _LONGEST], start, name, is_macro)


def _prototype(piece: bytes, start: int, name: str, is_macro: IsMacro) -> Prototype | None:
    """What a piece of the text, which begins at `start`, declares; None where that is not whole."""
    code = _NOT_CODE.sub(lambda match: b" " * len(match[0]), piece)
    wanted = name.encode()
    called = (match for match in _CALLED.finditer(code) if match[1] == wanted or not (wanted or is_macro(match[1])))
    found = next(called, None)
    if found is None or (not wanted and found[1].isupper()):
        return None
    before, define = code[: found.start()], _DEFINE.search(code, 0, found.start())
    if _ENDED.search(before) or (define and (define.end() != found.start() or found[0][-1:].isspace())):
        return None
    parts, end = _parts(code, found.end() + 1)
    names = [_macro_name(part) if define else _name(part, is_macro) for part in parts]
    if not end or not all(names):
        return None
    variadic = any(part.endswith(b"...") for part in parts)
    texts = tuple(each.decode(errors="replace") for each in names)
    pointers = frozenset(t for t, p, n in zip(texts, parts, names, strict=True) if _is_pointer(p, n))
    perhaps = frozenset(text for text, part in zip(texts, parts, strict=True) if _MAYBE_POINTER.search(part))
    return Prototype(found[1].decode(), texts, start + end, variadic, pointers, perhaps)


def declares(text: bytes, start: int) -> bool:
    """Whether what stands behind the offset `start` ends before a body begins, so that it defines no function."""
    pieces = (_NOT_HEAD.sub(b"", text[start : start + size]) for size in (_USUAL, _LONGEST))
    code, stop = next(((piece, found) for piece in pieces if (found := _HEAD_END.search(piece))), (b"", None))
    if stop is None or stop[0] == b"{":
        return False
    # a head with a semicolon in its parentheses is odd, but it may be one
    return code.count(b"(", 0, stop.start()) <= code.count(b")", 0, stop.start())


def arguments(text: bytes, start: int) -> list[bytes]:
    """The arguments of the call whose parenthesis opens before `start`; none of one that is not whole."""
    parts, end = _parts(text, start)
    return parts if end else []


def _is_pointer(part: bytes, name: bytes) -> bool:
    """`struct a *p` and `int **p`; a `void *p` is handed through, and means what it means to others."""
    found = _STARS.search(part.removesuffix(name))
    return found is not None and (found[1] != b"void" or found[2].count(b"*") > 1)


def _parts(code: bytes, start: int) -> tuple[list[bytes], int]:
    """What stands between the commas of the parenthesis that opens before `start`, and its end; 0 if it has none."""
    parts, depth, at = list[bytes](), 0, start
    for match in _MARK.finditer(code, start):
        depth += (match[0] in b"([{") - (match[0] in b")]}")
        if depth < 0 or (match[0] == b"," and not depth):
            parts.append(code[at : match.start()].strip())
            at = match.end()
        if depth < 0:
            return [] if parts in ([b""], [b"void"]) else parts, at
    return parts, 0


def _macro_name(part: bytes) -> bytes:
    return part if part == b"..." else part.removesuffix(b"...").strip()


def _name(part: bytes, is_macro: IsMacro) -> bytes:
    """The name that a declaration of a parameter gives it; empty where it gives none that can be told."""
    if part == b"...":
        return part
    part = _without_macros(part, is_macro)
    pointer = _INNERMOST_POINTER.search(part.partition(b"[")[0])
    if pointer:
        return next(reversed(_NAME.findall(pointer[1])), b"")
    while behind := _BEHIND_NAME.search(part):
        part = part[: behind.start()]
    words = _NAME.findall(part)
    is_type = len(words) < 2 or words[-1] in _TYPE_WORDS or words[-2] in _TAGS
    return b"" if is_type or not part.rstrip().endswith(words[-1]) else words[-1]


def _without_macros(part: bytes, is_macro: IsMacro) -> bytes:
    for word in filter(is_macro, set(_NAME.findall(part))):
        part = re.sub(rb"\b" + word + rb"\b(?:\s*" + _BRACKETS + rb")?", b" ", part)
    return part
