"""Which functions a patch gives another name: where a line that declares or defines one comes back with another name.

What is known of a function is known of it under its new name, too.  Assumption: whoever renames a function leaves the
line with its name as it was otherwise, and adds no other declaration of the old one.  Example: a patch with

    -bool f_old(struct walk *walk);
    +bool f_new(struct walk *walk);

calls f_old now f_new.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from kpatchlint.patch.change import Change
from kpatchlint.regex import regex
from kpatchlint.source import Source, difference

# a line that begins at the margin, up to the first name before a parenthesis; or a macro
_HEAD = regex(rb"(?:#[ \t]*define[ \t]+|(?=[A-Za-z_])[^\n=;{}()#\"]*?\b)(\w+)[ \t]*\(")


def renamed(changes: Sequence[Change], known: Collection[str]) -> Mapping[str, str]:
    """New names of functions by their old ones, of those with a name in `known`."""
    sides = [(_text(change.before), _text(change.after)) for change in changes]
    gone = {name: line for old, new in sides for name, line in _heads(_only_in(old, new)) if name.decode() in known}
    come = {(name, line) for old, new in sides if gone for name, line in _heads(_only_in(new, old))}
    found = {}
    for old, line in gone.items():
        news = {new for new, other in come if re.sub(rb"\b%s\b" % old, new, line) == other}
        if len(news) == 1 and not any(name == old for name, _ in come):
            found[old.decode()] = news.pop().decode()
    return found


def _text(source: Source | None) -> bytes:
    return source.text if source else b""


def _only_in(one: bytes, other: bytes) -> frozenset[bytes]:
    """The lines of one text that stand nowhere in the other; what both begin and end with is not cut into lines."""
    same, alike = difference(one, other)
    end = one.find(b"\n", len(one) - alike)
    lines = one[one.rfind(b"\n", 0, same) + 1 : end + 1 or len(one)].splitlines()
    return frozenset(lines).difference(other.splitlines()) if lines else frozenset()


def _heads(lines: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The name that each of the lines declares or defines, and the line."""
    for line in sorted(lines):
        head = _HEAD.match(line)
        if head:
            yield head[1], line

