"""What a patch changes in what a function leaves to its caller: held where nothing was, kept where it was given back,
or kept while it sleeps.

A function that hands a lock to its caller may mean it; one that begins to do so in a patch that touches none of its
callers does not.  Endings are compared by what the caller can tell them by.  Example: before the patch every path that
returns 0 had given back the lock of `vmf->ptl`, after it one has not.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from kpatchlint.c.ir import Call, Exit, Number, text
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.flow.apart import result_class
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.paths import Ending, Flow
from kpatchlint.flow.state import PathState, Resource, made_here
from kpatchlint.flow.summary import Namer
from kpatchlint.flow.symbol import Symbol, base_of, shown
from kpatchlint.flow.witness import Sleep, taken, whose

Named = tuple[str, str]


class _Left(Struct, frozen=True):
    """What one ending leaves: kind and name of what is held, by whom it was taken, and of what was given back for the
    caller; and of what may be either; and the names of what is NULL, so that there is nothing to give back."""

    held: dict[Named, str]
    given: frozenset[Named]
    maybe: frozenset[Named]
    nothing: frozenset[str]


def changed_events(before: Flow, after: Flow, knowledge: Knowledge) -> Iterator[Event]:
    """Endings of `after` that leave more held, or give back less, than every like ending of `before`; and such that
    give up more of the caller's, where others with the same result do not.

    Nothing is said of what is taken by a function that takes the place of one that nobody knows, or is given back under
    another name: the patch converts it; nor of what is held in place of another thing; nor of what a new helper, of
    which nothing is known, may give back; nor of a function with other parameters, whose callers must change anyway.
    """
    if _parameters(before) != _parameters(after):
        return
    helped, replaced = _helped(before, after, knowledge), _helped(after, before, knowledge)
    called = {call.function for call in before.function.cfg.calls()}
    old: dict[object, list[_Left]] = {}
    # a patch that writes the returns otherwise says nothing by where the end is
    alike = _returns(before) == _returns(after)
    for ending in before.endings:
        old.setdefault(_key(ending, alike), []).append(_left(ending, before, knowledge))
    lefts = [(ending, _left(ending, after, knowledge)) for ending in after.endings]
    now = frozenset[Named]().union(*(left.held for _, left in lefts))
    for ending, left in lefts:
        known = old.get(_key(ending, alike))
        if known:
            maybe = frozenset[Named]().union(*(k.maybe for k in known))
            was = maybe.union(*(k.held for k in known))
            taken_by = {by for by in left.held.values() if not replaced or by in called}
            more = {named for named, by in left.held.items() if named not in was and by in taken_by}
            always = frozenset.intersection(*(frozenset(k.held) for k in known))
            if len(more) <= len((always - left.held.keys()) | (was - maybe - now)):
                more = set()
            given = frozenset.intersection(*(k.given for k in known))
            instead = {kind for kind, _ in left.given - given - maybe}
            owed = given - left.given - left.maybe if not helped else ()
            less = {n for n in owed if n[0] not in instead and n[1] not in left.nothing}
            yield from (_event(named, ending, after, knowledge) for named in sorted(more | less))
    yield from _given_up(old, after, knowledge, alike)


def _given_up(
    old: Mapping[object, Sequence[_Left]], after: Flow, knowledge: Knowledge, alike: bool
) -> Iterator[Event]:
    """What some endings give up for the caller, and no like one did before the patch, nor do all behind it."""
    new: dict[object, list[tuple[Ending, _Left]]] = {}
    for ending in after.endings:
        # by any value that is not a constant the caller may tell what it is left with
        if result_class(ending) is not None:
            new.setdefault(_key(ending, alike), []).append((ending, _left(ending, after, knowledge)))
    for key, endings in new.items():
        known = old.get(key, ())
        kinds = {kind for left in known for kind, _ in left.given | left.maybe}
        always = frozenset.intersection(*(left.given | left.maybe for _, left in endings))
        for ending, left in endings if known else ():
            for named in sorted(n for n in left.given - always if n[0] not in kinds and n[1]):
                yield _event(named, ending, after, knowledge)


def slept_events(before: Flow, after: Flow, knowledge: Knowledge) -> Iterator[Event]:
    """Calls of `after` that may sleep with a lock of the caller's which `before` gave up whenever it slept.

    That it gave it up, and took it again or, behind the patch, gives it up later, says that the caller holds it.
    """
    if not before.sleeps or _parameters(before) != _parameters(after):
        return
    lent = frozenset.intersection(*(_lent(sleep.state, knowledge) for sleep in before.sleeps))
    for_good = frozenset[Resource]().union(*(_lent(ending.state, knowledge) for ending in before.endings))
    for sleep in after.sleeps if lent else ():
        known = {*sleep.state.gone, *((h.resource, h.symbol) for h in sleep.state.held)}
        still = {each for each in lent - known if each not in for_good or _given_later(each, sleep, after)}
        for kind, symbol in sorted(still, key=repr):
            data, call = knowledge.resources[kind], sleep.call
            facts = {"resource": kind, "noun": data.noun, "place": shown(symbol), "callee": call.function}
            facts |= {"callee_waits": "yes" if sleep.wait else "no", "waker_needs": "no"}
            facts |= whose(facts, knowledge.resources)
            told = f"before the patch, {shown(symbol)} was given up before whatever sleeps here"
            where = (EventKind.SLEEP_HELD, call.start, call.end, after.function.name)
            yield Event(*where, tuple(facts.items()), (Step(after.function.start, told),))


def unheld_events(before: Flow, after: Flow, knowledge: Knowledge) -> Iterator[Event]:
    """Calls of `after` that need a lock, or do what is due under one, where it is held no more and was at every like
    call of `before`."""
    if _parameters(before) != _parameters(after) or _helped(before, after, knowledge):
        return
    was: dict[tuple[str, str, str], bool] = {}
    for wanted in before.wanted:
        key = wanted.call.function, wanted.resource, wanted.place
        was[key] = was.get(key, True) and wanted.held
    for wanted in sorted(after.wanted, key=lambda wanted: wanted.call.start):
        call = wanted.call
        if wanted.lost and was.get((call.function, wanted.resource, wanted.place)):
            facts = {"resource": wanted.resource, "noun": knowledge.resources[wanted.resource].noun}
            facts |= {"place": wanted.place, "callee": call.function, "cause": "no-more"}
            facts |= whose(facts, knowledge.resources)
            yield Event(EventKind.NOT_HELD, call.start, call.end, after.function.name, tuple(facts.items()))


def _given_later(resource: Resource, sleep: Sleep, flow: Flow) -> bool:
    """Whether a path that slept gives it up behind the call."""
    slept = sleep.state.trail
    ends = (e.state for e in flow.endings if any(node is slept for node in e.state.trail.steps))
    given = (state.gone.get(resource) for state in ends)
    return any(gone is not None and gone.is_given and gone.at > sleep.call.start for gone in given)


def _lent(state: PathState, knowledge: Knowledge) -> frozenset[Resource]:
    """What of the caller's has been given up by then, and is such that nobody sleeps with it."""
    gone = (resource for resource, gone in state.gone.items() if gone.is_given and resource[1] is not None)
    return frozenset(resource for resource in gone if knowledge.resources[resource[0]].atomic)


def _parameters(flow: Flow) -> list[str]:
    types = dict(flow.function.types)
    return [types[name] for name in flow.function.parameters]


def _helped(before: Flow, after: Flow, knowledge: Knowledge) -> bool:
    """Whether only `after` has a callee that may take or give back what nobody can tell."""
    called = {call.function for call in before.function.cfg.calls()}
    return any(call.function not in called and _may_help(call, knowledge) for call in after.function.cfg.calls())


def _may_help(call: Call, knowledge: Knowledge) -> bool:
    """Whether a callee nobody knows gets something by which it finds what to give back."""
    return knowledge.contract(call) is None and not all(isinstance(value, Number) for value in call.arguments)


def _returns(flow: Flow) -> int:
    return sum(isinstance(op, Exit) and op.explicit for op in flow.function.cfg.operations())


def _key(ending: Ending, alike: bool) -> object:
    return result_class(ending), ending.operation.explicit and alike


def _left(ending: Ending, flow: Flow, knowledge: Knowledge) -> _Left:
    namer = Namer(ending, flow)
    state = ending.state
    tracked = {kind for kind, data in knowledge.resources.items() if data.tracked}
    # what was made here, and goes by no name, may be anything that this function has taken itself
    given = (r for r, g in state.gone.items() if g.is_given and r[0] in tracked and not (r[1] and made_here(r[1])))
    return _Left(
        {_named((h.resource, h.symbol), namer): h.by for h in state.held if h.resource in tracked},
        frozenset(_named(r, namer) for r in given),
        frozenset(_named(r, namer) for r, g in state.gone.items() if g.maybe),
        frozenset(_name(symbol, namer) for symbol, truth in state.facts.items() if not truth),
    )


def _named(resource: Resource, namer: Namer) -> Named:
    """The resource as the caller calls it; else by the members that lead to it, which tells two of one thing apart."""
    kind, symbol = resource
    return kind, _name(symbol, namer) if symbol is not None else ""


def _name(symbol: Symbol, namer: Namer) -> str:
    value = namer.value(base_of(symbol))
    return shown(base_of(symbol)) if value is None else text(value)


def _event(named: Named, ending: Ending, flow: Flow, knowledge: Knowledge) -> Event:
    resource, place = named
    kind = knowledge.resources[resource]
    at = ending.operation
    where = "return" if at.explicit else "end"
    namer = Namer(ending, flow)
    held = next((h for h in ending.state.held if _named((h.resource, h.symbol), namer) == named), None)
    given = next((g for r, g in ending.state.gone.items() if g.is_given and _named(r, namer) == named), None)
    facts = {"resource": resource, "noun": kind.noun, "place": held.place if held else place, "cause": "changed"}
    facts |= whose(facts, knowledge.resources)
    if given is not None and held is None:
        facts |= {"callee": flow.function.name, "by": given.by}
        step = (Step(given.at, f"{given.by}() gave it up here"),)
        return Event(EventKind.NOT_HELD, at.start, at.end, flow.function.name, tuple(facts.items()), step)
    steps = (taken(held, knowledge.resources).step,) if held else ()
    facts |= {"where": where}
    return Event(EventKind.EXIT_HELD, at.start, at.end, flow.function.name, tuple(facts.items()), steps)
