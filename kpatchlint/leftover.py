"""Names of parameters and local variables that a patch takes out of a function, and whose comments still speak of them.

Read off the text.  Assumptions: kernel style, where a function ends at a brace in the first column; a name with an
underscore that is declared in it, and called or a member nowhere in the file, is meant where its comments have it.
Example: where a patch renames a parameter of f from f_old to f_new,

    /* Not reached unless f_old is true. */

in the body of f is left behind.
"""

import re
from collections.abc import Iterator, Mapping, Set

from kpatchlint.c.comments import Comment, Mention, comments, marked, mentions
from kpatchlint.claim import of_another_time, sentence
from kpatchlint.patch.change import Change
from kpatchlint.reference import code_of
from kpatchlint.regex import regex
from kpatchlint.source import Source

_HEADING = regex(rb"^(?=[A-Za-z_])[^\n;={}#]*?\b(\w+)[ \t]*\(([^;{}#]*)\)[\w\s()]*\{", re.M)
_NAME = regex(rb"\b(?:[A-Za-z]\w*)?_\w+")
_WORD = regex(rb"\w+")
_PART = regex(rb"\w+|\*")
# the part of a line that declares, and not what it begins with
_DECLARES = regex(rb"[ \t]*(?!return\b|goto\b|case\b|else\b)((?:[A-Za-z_]\w*[\s*]+)+[\w\s*,]+)[=;]")
_END = b"\n}"
# A name with fewer underscores may be a member's or a callee's as well, and one that stands alone names an argument.
_LONG = 2
_ALONE = regex(rb"/\*\W*\w+\W*\*/")
# a declaration, or a parameter, and not `return x;`
_DECLARED = (
    rb"(?<![\w.>])(?!(?:return|goto|case|else|sizeof|typeof|struct|union|enum)\b)[A-Za-z_]\w*"
    rb"(?:[ \t\n]+\**|[ \t\n]*\*+)%b\s*(?=[,;=)\[])"
)
_USED = rb"\b%b[ \t]*\(|(?:->|\.)[ \t]*%b\b"


def left_behind(change: Change) -> Iterator[tuple[Comment, Mention, str]]:
    """The names that the comments of a function still have, and what stands in their place where that can be told."""
    before, after = change.before, change.after
    if before is None or after is None or not before.complete:
        return
    spans = [span for row in sorted(change.gone) if (span := before.span(row))]
    names = {name for span in spans for name in _NAME.findall(before.text, *span) if name in after.text}
    old = functions(before.text) if names else {}
    new = functions(after.text) if names else {}
    for name, (start, end) in old.items():
        if any(start <= at < end for at, _ in spans) and name in new:
            yield from _left(before.text[start:end], after, *new[name], names)


def functions(text: bytes) -> Mapping[bytes, tuple[int, int]]:
    """From where each function, with what stands above it, to where; one that is there twice is nowhere."""
    found: dict[bytes, tuple[int, int]] = {}
    for match in _HEADING.finditer(text):
        end = text.find(_END, match.end())
        above = text.rfind(_END, 0, match.start()) + len(_END)
        found[match[1]] = (above, end) if match[1] not in found and end >= 0 else (-1, -1)
    return {name: span for name, span in found.items() if span != (-1, -1)}


def _left(
    old: bytes, after: Source, start: int, end: int, names: Set[bytes]
) -> Iterator[tuple[Comment, Mention, str]]:
    """What is left in the comments of one function of those names that it has no more, and that it declared."""
    code, now = code_of(old), code_of(after.text[start:end])
    gone = (name for name in names - set(_NAME.findall(now)) if _declares(name, code, now))
    among = {name.decode() for name in gone if not re.search(_USED % (name, name), after.text)}
    for comment in comments(after.text) if among else ():
        for mention in (*mentions(comment, among), *marked(comment, among)) if start <= comment.offset < end else ():
            new = _instead(mention.name.encode(), code, now)
            meant = bool(new) or mention.name.count("_") >= _LONG
            alone = _ALONE.fullmatch(comment.text) is not None
            if meant and not alone and not mention.called and not of_another_time(sentence(comment, mention)):
                yield comment, mention, new


def _declares(name: bytes, old: bytes, new: bytes) -> bool:
    """Whether the old function declares it: alone, or in a line that declares another in its place now."""
    return re.search(_DECLARED % name, old) is not None or bool(_local(name, old, new))


def _instead(name: bytes, old: bytes, new: bytes) -> str:
    """The new parameter or local in the place of the old one; empty where the others are not where they were."""
    were, are = _parameters(old), _parameters(new)
    if name in were:
        at = were.index(name) if len(were) == len(are) else -1
        return are[at].decode() if at >= 0 and are[at] not in were else ""
    return _local(name, old, new).decode()


def _local(name: bytes, old: bytes, new: bytes) -> bytes:
    """What is declared now in a line that has declared the old one, and nothing else that is another."""
    lines = set(_declaring(old))
    shapes = [(line, line.index(name)) for line in lines if name in line[1:]]
    for line in set(_declaring(new)) - lines:
        for shape, at in shapes:
            if len(line) == len(shape) and line[:at] + line[at + 1 :] == shape[:at] + shape[at + 1 :]:
                return line[at]
    return b""


def _declaring(code: bytes) -> Iterator[tuple[bytes, ...]]:
    """The words and stars of each line that declares something, as far as its first value."""
    for line in code.splitlines():
        found = _DECLARES.match(line)
        if found is not None:
            yield tuple(_PART.findall(found[1]))


def _parameters(code: bytes) -> list[bytes]:
    heading = _HEADING.search(code)
    return [(_WORD.findall(part) or [b""])[-1] for part in heading[2].split(b",")] if heading else []
