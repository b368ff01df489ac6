"""The two sides of a patched text: which functions to look at, and what changed between them.

A function is looked at when the patch touches it, or when it calls one of the same text whose behaviour the patch
changes.  What a touched function leaves to its callers is compared when none of those callers is touched too.  Example:
a patch that takes an unlock out of `g` brings `g` and its caller `f` to the front, and nothing else of the file.
"""

from collections.abc import Collection, Iterable, Iterator

from kpatchlint.c.parse import Function
from kpatchlint.event import Event
from kpatchlint.examine import Text
from kpatchlint.flow.change import changed_events
from kpatchlint.source import Source

# how often a changed contract is followed from callee to caller within one file
MOST_ROUNDS = 4


def touched_names(text: Text) -> frozenset[str]:
    """Functions that the patch touches."""
    return frozenset(f.name for f in text.unit.functions if _touched(f, text.source))


def tainted_names(before: Text, after: Text) -> frozenset[str]:
    """Functions whose body differs between the two, and all that may call one of them."""
    old = {name: before.written(name) for name in before.named}
    changed = {name for name in {*old, *after.named} if old.get(name) != after.written(name)}
    tainted: set[str] = set()
    while changed:
        tainted |= changed
        changed = {name for text in (before, after) for name in callers(text, changed)} - tainted
    return frozenset(tainted)


def names_to_check(after: Text, before: Text | None) -> frozenset[str]:
    """Functions the patch touches, and those that call one whose contract it changes."""
    names = set(touched_names(after))
    changed = {n for n in names if _differs(n, after, before)}
    for _ in range(MOST_ROUNDS):
        calling = callers(after, changed) - names
        names |= calling
        changed = {n for n in calling if _differs(n, after, before)}
        if not changed:
            break
    return frozenset(names)


def newly_left(before: Text, after: Text, reported: Collection[str]) -> Iterator[Event]:
    """What touched functions leave to callers that the patch leaves alone; `reported` have findings already."""
    touched = touched_names(after)
    for name in sorted(touched - set(reported)):
        bodies = list(zip(before.bodies(name), after.bodies(name), strict=False))
        if callers(after, {name}) & touched - {name} or len(after.bodies(name)) != len(bodies):
            continue
        for old, new in bodies:
            flows = before.program.flow(old), after.program.flow(new)
            if new.whole and all(flow.complete for flow in flows):
                yield from changed_events(*flows, after.program.knowledge)


def callers(text: Text, names: Iterable[str]) -> set[str]:
    """Functions of the text in which a call of one of `names` seems to stand."""
    return {f.name for f in text.unit.functions if _mentions(f, text.source, names)}


def _differs(name: str, after: Text, before: Text | None) -> bool:
    """Whether callers in this text see another behaviour than before; a function nobody calls has no callers."""
    if not callers(after, {name}) - {name}:
        return False
    return before is None or after.summary(name) != before.summary(name)


def _touched(function: Function, source: Source) -> bool:
    if source.touched is None:
        return True
    first, last = source.text_line(function.start), source.text_line(max(function.start, function.end - 1))
    return any(first <= row <= last for row in source.touched)


def _mentions(function: Function, source: Source, names: Iterable[str]) -> bool:
    return any(source.text.find(name.encode() + b"(", function.start, function.end) >= 0 for name in names)
