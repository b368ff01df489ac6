"""Whether a patch can make a name stale, so that only those that can pay for the index of the whole tree.

A patch can where a comment that it touches speaks of a name, and where a name of a line that it changes is in no code
of the changed files any more.  Assumption: a name that goes stands in such a line.  Example: a patch that changes an
operator cannot; one that renames a function can.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, compress, count
from operator import not_

from kpatchlint.c.comments import Comment, Mention, comments, files_named, marked, mentions
from kpatchlint.event import EventKind
from kpatchlint.examine import touched_ranges
from kpatchlint.leftover import left_behind
from kpatchlint.members import missing_members
from kpatchlint.patch.change import Change
from kpatchlint.regex import regex
from kpatchlint.rule import Rule
from kpatchlint.source import Source
from kpatchlint.tree.files import HEADERS, Files

_NAME = regex(rb"\w+_\w+")


def wanted(rules: Iterable[Rule], chosen: frozenset[str] | None) -> bool:
    """Whether a chosen rule answers to stale names; None chooses all."""
    return any(EventKind.STALE_NAME in rule.events for rule in rules if chosen is None or rule.id in chosen)


def whole(tree: Files, rules: Iterable[Rule], chosen: frozenset[str] | None) -> bool:
    """Whether stale names are told by the whole tree: it is that of a kernel, and a rule asks for them."""
    return wanted(rules, chosen) and bool(tree.names(HEADERS))


def may_bring(changes: Sequence[Change], everything: bool) -> bool:
    """Whether the patch can make a name stale; `everything` looks at comments that it does not touch, too."""
    sides = [change.after for change in changes if change.after]
    says = (any(said_in(side, everything)) or any(files_in(side, everything)) for side in sides)
    if any(says) or any(map(_joined, changes)):
        return True
    gone = [line for change in changes for line in _lines(change, 0)]
    # an end of a comment that comes or goes makes comments of lines that stay as they are, or code
    changed = chain(gone, (line for change in changes for line in _lines(change, 1)))
    if any((b"/*" in line) != (b"*/" in line) for line in changed) or _takes_away(gone, sides):
        return True
    return any(any(left_behind(change)) or any(missing_members(change)) for change in changes)


def _joined(change: Change) -> bool:
    """Whether it is what several patches make of a file, of which nobody knows where the lines come from."""
    return bool(change.before and change.before.complete and change.after and not change.origins)


def said_in(side: Source, everything: bool) -> Iterator[bytes]:
    """The names that the comments of a file speak of which the patch touches, or all."""
    spoken = _spoken_of(side, everything, lambda comment: (*mentions(comment), *marked(comment)))
    return (mention.name.encode() for _, mention in spoken)


def files_in(side: Source, everything: bool) -> Iterator[tuple[Comment, Mention]]:
    """The files that the comments of a file name which the patch touches, or all."""
    return _spoken_of(side, everything, files_named)


def _spoken_of(
    side: Source, everything: bool, found: Callable[[Comment], Iterable[Mention]]
) -> Iterator[tuple[Comment, Mention]]:
    """What is found in touched lines of comments, or in all."""
    touched = [(0, len(side.text))] if everything else list(touched_ranges(side))
    starts = [start for start, _ in touched]
    first, last = (touched[0][0], touched[-1][1]) if touched else (0, 0)
    for comment in comments(side.text) if touched else ():
        near = first < comment.end and comment.offset < last
        if not near or not (everything or _in(touched, starts, comment.offset, comment.end)):
            continue
        for mention in found(comment):
            if _in(touched, starts, mention.offset, mention.offset + 1):
                yield comment, mention


def _in(touched: Sequence[tuple[int, int]], starts: Sequence[int], start: int, end: int) -> bool:
    """Whether one of the ranges, which are in order and apart, overlaps this one."""
    at = bisect_right(starts, end - 1)
    return at > 0 and touched[at - 1][1] > start


def _lines(change: Change, side: int) -> list[bytes]:
    """The lines of a whole file that the patch takes out (0) or adds (1)."""
    before, after = change.before, change.after
    if before is None or not before.complete:
        return []
    if side:
        come = compress(count(1), map(not_, change.origins))
        spans = (after.span(row) for row in come) if after else ()
        return [after.text[slice(*span)] for span in spans if after and span]
    lines = before.text.split(b"\n") if change.gone else []
    return [lines[row - 1] for row in sorted(change.gone)]


def _takes_away(gone: Iterable[bytes], sides: Iterable[Source]) -> bool:
    """Whether a name of these lines is in no code behind the patch."""
    left = {name for line in gone for name in _NAME.findall(line)}
    for side in sides if left else ():
        inside = [(comment.offset, comment.end) for comment in comments(side.text)]
        starts = [start for start, _ in inside]
        left = {name for name in left if not any(_in_code(name, side.text, inside, starts))}
    return bool(left)


def _in_code(
    name: bytes, text: bytes, inside: Sequence[tuple[int, int]], starts: Sequence[int]
) -> Iterator[bool]:
    """Whether each of its uses in a text is in none of the comments."""
    return (not _in(inside, starts, at.start(), at.end()) for at in re.finditer(rb"\b%b\b" % name, text))
