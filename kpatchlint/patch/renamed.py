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
from kpatchlint.source import Source

# a line that begins at the margin, up to the first name before a parenthesis; or a macro
_HEAD = regex(rb"(?:#[ \t]*define[ \t]+|(?=[A-Za-z_])[^\n=;{}()#\"]*?\b)(\w+)[ \t]*\(")


def renamed(changes: Sequence[Change], known: Collection[str]) -> Mapping[str, str]:
    """New names of functions by their old ones, of those with a name in `known`."""
    sides = [(_lines(change.before), _lines(change.after)) for change in changes]
    gone = {name: line for old, new in sides for name, line in _heads(old - new) if name.decode() in known}
    come = {(name, line) for old, new in sides if gone for name, line in _heads(new - old)}
    found = {}
    for old, line in gone.items():
        news = {new for new, other in come if re.sub(rb"\b%s\b" % old, new, line) == other}
        if len(news) == 1 and not any(name == old for name, _ in come):
            found[old.decode()] = news.pop().decode()
    return found


def _lines(source: Source | None) -> frozenset[bytes]:
    return frozenset(source.text.splitlines()) if source else frozenset()


def _heads(lines: Collection[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """The name that each of the lines declares or defines, and the line."""
    for line in sorted(lines):
        head = _HEAD.match(line)
        if head:
            yield head[1], line

