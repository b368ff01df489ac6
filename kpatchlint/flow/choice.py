"""Which ways a callee may go where it decides by memory of which its caller knows nothing.

A helper that keeps in a structure what it holds, and unlocks by that, knows better than its caller.  Assumes that it
decides rightly: it takes nothing that is held already, and gives nothing back that was given back; and what it gives
back on one such way, and not on another, may be given back on that one, too.  Example: in

    static void leave(struct queue *queue) { if (--queue->depth == 0) spin_unlock(&queue->lock); }

nobody outside knows `queue->depth`, so a second `leave()` is no second unlock.
"""

from collections.abc import Iterable, Iterator, KeysView

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.ir import Call, Load, Value, Variable, parts
from kpatchlint.flow.contract import Contract, Effect, Outcome
from kpatchlint.flow.evaluate import evaluate, substitute
from kpatchlint.flow.place import RESULT
from kpatchlint.flow.resources import Resources
from kpatchlint.flow.state import Gone, PathState, Resource
from kpatchlint.flow.symbol import Symbol, base_of
from kpatchlint.flow.unknown import perhaps
from kpatchlint.flow.witness import Arguments


class Way(Struct, frozen=True):
    """A way that a callee may go; on it, it may have `given` back, or `taken`, what it does on another one like it."""

    outcome: Outcome
    given: tuple[Effect, ...] = ()
    taken: tuple[Effect, ...] = ()


def ways(contract: Contract, arguments: Arguments, resources: Resources, state: PathState) -> Iterator[Way]:
    """The ways that a call may go, where `state` has what it returns."""
    # early, a merge may have lost what is known
    if resources.early or not (contract.inferred and contract.varies):
        yield from map(Way, contract.outcomes)
        return
    told = [tuple(_told(outcome, contract, arguments, state)) for outcome in contract.outcomes]
    right = [not _is_wrong(outcome, arguments, resources, state) for outcome in contract.outcomes]
    every = list(zip(contract.outcomes, told, right, strict=True))
    for outcome, mine, is_right in every:
        here = _assumed(mine, state)
        alike = [other for other, its, also in every if also and here and _assumed(its, here)]
        if is_right or not alike:
            yield _way(outcome, alike)


def _told(
    outcome: Outcome, contract: Contract, arguments: Arguments, state: PathState
) -> Iterator[tuple[Symbol, bool]]:
    """What it says but for what it says of memory of which nothing is known."""
    for value, truth in outcome.when:
        symbol = evaluate(substitute(value, arguments), state)
        if state.truth(symbol) is not None or not _in_memory(value, contract):
            yield symbol, truth


def _assumed(told: Iterable[tuple[Symbol, bool]], state: PathState) -> PathState | None:
    """The state in which all of this is so; None where it cannot be."""
    after: PathState | None = state
    for symbol, truth in told:
        after = after and after.assume(symbol, truth)
    return after


def _in_memory(value: Value, contract: Contract) -> bool:
    """Whether it is read from memory: neither an argument, nor what is returned."""
    places = [part.place for part in parts(value) if isinstance(part, Load)]
    given = (place == RESULT or (isinstance(place, Variable) and place.name in contract.params) for place in places)
    return not all(given)


def _way(outcome: Outcome, others: Iterable[Outcome]) -> Way:
    """The way with what the others, of which nobody knows whether it is one, give back or take."""
    done = {*outcome.acquires, *outcome.releases}
    given = dict.fromkeys(e for o in others for e in o.releases if e not in o.acquires and e not in done)
    taken = dict.fromkeys(e for o in others for e in o.acquires if e not in o.releases and e not in done)
    return Way(outcome, tuple(given), tuple(taken))


def _is_wrong(outcome: Outcome, arguments: Arguments, resources: Resources, state: PathState) -> bool:
    """Whether it takes what is held, or gives back what was given back."""
    taken, given = (_named(effects, arguments, resources, state) for effects in (outcome.acquires, outcome.releases))
    if any(state.find(*each) and not resources.kinds[each[0]].nests for each in taken - given):
        return True
    gone = (state.gone.get(each) for each in given - taken if not state.find(*each))
    return any(each is not None and not each.maybe for each in gone)


def _named(
    effects: Iterable[Effect], arguments: Arguments, resources: Resources, state: PathState
) -> KeysView[Resource]:
    symbols = ((effect.resource, resources.symbol_of(effect, arguments, state)) for effect in effects)
    return dict.fromkeys((kind, symbol and base_of(symbol)) for kind, symbol in symbols).keys()


def doubted(way: Way, arguments: Arguments, call: Call, resources: Resources, state: PathState) -> PathState:
    """The state in which that may have been given back which is held, and taken again which was given back."""
    for resource in _named(way.given, arguments, resources, state):
        held = state.find(*resource)
        if held is not None:
            state = state.give(*resource, perhaps(held, call))
        elif resource not in state.gone:
            state = state.give(*resource, Gone(call.function, call.start, maybe=True))
    for resource in _named(way.taken, arguments, resources, state):
        if resource in state.gone:
            state = state.give(*resource, replace(state.gone[resource], maybe=True))
    return state
