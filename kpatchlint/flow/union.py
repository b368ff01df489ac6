"""The union of path states: as few states as say the same.

Two states that differ in one fact, known true in one and false in the other, are together one state without it; a state
that knows less than another with the same store and resources stands for both.  Lost is at most that a cell which holds
any value on one path is unchanged on another.  So this is done at every join, and the bound on states counts only what
cannot be united.  Example: behind `if (flags & A) log();`

    {flags & A: true, ptl held} and {flags & A: false, ptl held}    are    {ptl held}
"""

from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

from kpatchlint.flow.state import PathState

T = TypeVar("T", bound=Hashable)


def united(states: Iterable[PathState], old: Mapping[Hashable, PathState] | None = None) -> dict[Hashable, PathState]:
    """The states and those of `old`, by key, without those that the others stand for; `old` is united already."""
    groups: dict[Hashable, list[PathState]] = {}
    for state in (old or {}).values():
        groups.setdefault(state.core, []).append(state)
    for state in states:
        _insert(groups.setdefault(state.core, []), state)
    return {state.key: state for group in groups.values() for state in group}


def _insert(group: list[PathState], new: PathState) -> None:
    """Add `new` to states of equal store and resources; a state that stands for another may have any value it has."""
    known, changed = new.known, new.changed
    at = 0
    while at < len(group):
        if group[at].known <= known:
            group[at] = group[at].also_changed(changed)
            return
        less = weaker(known, group[at].known)
        at = at + 1 if less is None else 0
        known = known if less is None else less
    for state in [state for state in group if known <= state.known]:
        changed = {**changed, **state.changed}
        group.remove(state)
    group.append((new if known is new.known else new.knowing(known)).also_changed(changed))


def weaker(known: frozenset[tuple[T, bool]], other: frozenset[tuple[T, bool]]) -> frozenset[tuple[T, bool]] | None:
    """`known` without the one fact in which `other` contradicts it, where `other` covers the rest of it."""
    if len(other) > len(known):
        return None
    rest = other - known
    if len(rest) != 1:
        return None
    ((what, truth),) = rest
    clash = (what, not truth)
    return known - {clash} if clash in known else None
