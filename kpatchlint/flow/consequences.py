"""Of the events of a function, those that tell a mistake of their own.

Assumes that what follows from a mistake is mended with it.  Example: of a lookup whose lock alone is given back, the
map that is held at the end is not told once more.
"""

from collections.abc import Iterable, Set

from kpatchlint.event import HOLDING, Event, EventKind


def without_consequences(events: Iterable[Event], stacks: Set[str]) -> tuple[Event, ...]:
    """The events but for those that one mistake, told by another event, brings about.

    What stays behind because only its other half was given back is then slept with, and held at the end; what is not
    tested after it was looked up is used without a test again and again.  A lock left by a return that leaves the map
    taken with it, too, is left by the same mistake.

    stacks  the kinds of resources that are maps
    """
    found = tuple(events)
    leaks = {e: e.fact("resource") in stacks for e in found if e.fact("cause") == "leak"}
    mapped = {(e.start, e.taken) for e, stack in leaks.items() if stack}
    halves = {(e.fact("resource"), e.taken, e.start) for e in found if e.fact("cause") == "lock-only"}
    halved = {half[:2] for half in halves}
    kept: list[Event] = []
    unchecked: set[int] = set()
    for event in found:
        what = event.fact("resource"), event.taken
        # on a path on which both halves are still there, nothing follows from having given back one
        half = event.kind is EventKind.EXIT_HELD or event.fact("half") == "yes"
        other_place = what in halved and (*what, event.start) not in halves
        follows = event.kind in HOLDING and half and other_place and event.fact("cause") != "leak"
        again = event.kind is EventKind.USE_UNCHECKED and event.taken in unchecked
        if event.kind is EventKind.USE_UNCHECKED:
            unchecked.add(event.taken)
        other = leaks.get(event) is False and (event.start, event.taken) in mapped
        if not (follows or again or other):
            kept.append(event)
    return tuple(kept)
