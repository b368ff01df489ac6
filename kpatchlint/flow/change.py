"""What a patch changes in what a function leaves to its caller: held where nothing was, kept where it was given back.

A function that hands a lock to its caller may mean it; one that begins to do so in a patch that touches none of its
callers does not.  Endings are compared by what the caller can tell them by.  Example: before the patch every path that
returns 0 had given back the lock of `vmf->ptl`, after it one has not.
"""

from collections.abc import Iterator

from msgspec import Struct

from kpatchlint.c.ir import text
from kpatchlint.event import Event, EventKind
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.exits import result_class
from kpatchlint.flow.paths import Ending, Flow
from kpatchlint.flow.state import Resource
from kpatchlint.flow.summary import Namer
from kpatchlint.flow.symbol import base_of
from kpatchlint.flow.witness import taken

Named = tuple[str, str]


class _Left(Struct, frozen=True):
    """What one ending leaves: kind and name of what is held, and of what was given back for the caller."""

    held: frozenset[Named]
    given: frozenset[Named]
    maybe: frozenset[Named]


def changed_events(before: Flow, after: Flow, knowledge: Knowledge) -> Iterator[Event]:
    """Endings of `after` that leave more held, or give back less, than every like ending of `before`."""
    old: dict[object, list[_Left]] = {}
    for ending in before.endings:
        old.setdefault(_key(ending), []).append(_left(ending, before, knowledge))
    for ending in after.endings:
        known = old.get(_key(ending))
        if known:
            left = _left(ending, after, knowledge)
            more = left.held - frozenset().union(*(k.held for k in known))
            less = frozenset.intersection(*(k.given for k in known)) - left.given - left.maybe
            yield from (_event(named, ending, after, knowledge) for named in sorted(more | less))


def _key(ending: Ending) -> object:
    return result_class(ending), ending.operation.explicit


def _left(ending: Ending, flow: Flow, knowledge: Knowledge) -> _Left:
    namer = Namer(ending, flow)
    state = ending.state
    tracked = {kind for kind, data in knowledge.resources.items() if data.tracked}
    return _Left(
        frozenset(_named((h.resource, h.symbol), namer) for h in state.held if h.resource in tracked),
        frozenset(_named(r, namer) for r, g in state.gone.items() if g.entry and r[0] in tracked),
        frozenset(_named(r, namer) for r, g in state.gone.items() if g.maybe),
    )


def _named(resource: Resource, namer: Namer) -> Named:
    kind, symbol = resource
    value = None if symbol is None else namer.value(base_of(symbol))
    return kind, "" if value is None else text(value)


def _event(named: Named, ending: Ending, flow: Flow, knowledge: Knowledge) -> Event:
    resource, place = named
    kind = knowledge.resources[resource]
    at = ending.operation
    where = "return" if at.explicit else "end"
    facts = {"resource": resource, "noun": kind.noun, "place": place, "cause": "changed", "where": where}
    namer = Namer(ending, flow)
    held = next((h for h in ending.state.held if _named((h.resource, h.symbol), namer) == named), None)
    step = (taken(held, knowledge.resources).step,) if held else ()
    return Event(EventKind.EXIT_HELD, at.start, at.end, flow.function.name, tuple(facts.items()), step)
