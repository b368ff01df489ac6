"""Merging path states past a bound: what is lost first matters least, and what is lost is counted.

Past the first bound go numbers, of states that hold the same and agree about the caller's values, constants and NULL.
Past the second goes whatever else is known of this call's own values: last the answers that variables keep, by which a
function remembers what it has to give back.  Past the third goes what is known of the caller's values; then what was
given up; last, what is held and need not be given back: that tells paths apart, and is counted as cut.  Assumes that
states which hold the same are treated alike by the code behind.  Example: 30 states that hold `ptl` and differ in a
counter and a flag become two, one for each value of the flag.
What is merged early, past no bound, is in flow/early.py.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import partial, reduce

from msgspec.structs import replace

from kpatchlint.flow.age import renewed
from kpatchlint.flow.dataflow import TooCostlyError
from kpatchlint.flow.state import MOVED, Gone, Held, PathState
from kpatchlint.flow.symbol import ZERO, Cell, Fresh, Literal, Symbol, join, negative

States = dict[Hashable, PathState]
Group = Callable[[PathState], Hashable]
# past this, states are merged that hold the same and agree about constants, pointers and the caller's values
FEW_STATES = 24
# past this, states are merged that hold the same and agree about the caller's values, and as long as that is enough
# about the numbers in variables, too
MANY_STATES = 112
# past this, states are merged at a loss; in mm/ of 6.12 that happens in none of 204 functions
MOST_STATES = 128


def merged(block: int, states: States, lasts: Callable[[Held], bool]) -> tuple[States, int]:
    """At most `MOST_STATES` states, and how many merges lost what tells paths apart; `TooCostlyError` if it cannot be.

    lasts  whether something held must be given back in this function
    """

    def owed(state: PathState) -> Hashable:
        return tuple(held for held in state.held if lasts(held))

    lossy = (_resources, _held, owed)
    result, cut = states, 0
    bounds = ((_shape, FEW_STATES), (_answers, MANY_STATES), (_callers_facts, MANY_STATES))
    for group, most in (*bounds, *((g, MOST_STATES) for g in lossy)):
        if len(result) > most:
            result, cut = grouped(block, result.values(), group), cut + (most == MOST_STATES)
    if len(result) > MOST_STATES:
        raise TooCostlyError
    return result, cut


def _shape(state: PathState) -> Hashable:
    """Resources, constants, whether pointers are NULL, and what is known of the caller's values."""
    return _callers_facts(state), state.kinds


def _answers(state: PathState) -> Hashable:
    """What is held, what was given up, what is known of the caller's values, and the numbers in variables."""
    numbers = ((c, s) for c, s in state.store.items() if c.base is None and type(s) is Literal)
    return _callers_facts(state), frozenset(numbers)


def _callers_facts(state: PathState) -> Hashable:
    """What is held, what was given up, and what is known of values the caller knows too."""
    return state.resources, state.handles, state.of_caller


def _resources(state: PathState) -> Hashable:
    return state.resources, state.handles


def _held(state: PathState) -> Hashable:
    return state.held, state.handles


def grouped(block: int, states: Iterable[PathState], group: Group, *, early: bool = False) -> States:
    """One state for all that `group` says the same of, at the start of the block.

    early  whether what some of them have given up counts as given up
    """
    groups: dict[Hashable, list[PathState]] = {}
    for state in states:
        groups.setdefault(group(state), []).append(state)
    merged = (several[0] if len(several) == 1 else _joined(block, several, early) for several in groups.values())
    return {state.key: state for state in merged}


def _joined(block: int, states: Sequence[PathState], early: bool) -> PathState:
    """What all the states know; what an earlier join of this block made is older than what this one makes."""
    first, *others = (renewed(state, _site(block)) for state in states)
    return reduce(partial(_join, block, early), others, first)


def _site(block: int) -> int:
    """The site of what a join at the block makes: below all operations, and values that go by their cell."""
    return MOVED - 1 - block


def _join(block: int, early: bool, one: PathState, other: PathState) -> PathState:
    """What both states know."""
    store: dict[Cell, Symbol] = {}
    certain: dict[Symbol, bool] = {}
    names: dict[str, int] = {}
    for cell in {**one.store, **other.store}:
        if cell in one.store and one.store[cell] == other.store.get(cell):
            store[cell] = one.store[cell]
            continue
        number = names[cell.name] = names.get(cell.name, -1) + 1
        mixed = Fresh(_site(block), f"join {cell.name} {number}")
        if cell not in one.store or cell not in other.store:
            store[cell] = mixed
            continue
        truths = one.truth(one.store[cell]), other.truth(other.store[cell])
        store[cell] = join(one.store[cell], other.store[cell]) or mixed
        if truths == (False, False):
            store[cell] = ZERO
        elif all(state.is_below_zero(state.store[cell]) for state in (one, other)):
            certain |= {store[cell]: True, negative(store[cell]): True}
        elif truths == (True, True):
            certain[store[cell]] = True
    facts = certain | {s: t for s, t in one.facts.items() if other.facts.get(s) == t}
    gone = {r: g for r, g in one.gone.items() if other.gone.get(r) == g}
    for state in (one, other):
        gone |= {r: _on_some(g, early) for r, g in state.gone.items() if r not in gone}
    held = tuple(h for h in one.held if h in other.held)
    for lost in (h for h in (*one.held, *other.held) if h not in held):
        # held on one of the two: whether it is, nobody knows any more
        gone[lost.resource, lost.symbol] = Gone(lost.by, lost.at, lost.at, maybe=True, entry=lost.again)
    return PathState(store, facts, one.unequal & other.unequal, held, gone, one.trail)


def _on_some(gone: Gone, early: bool) -> Gone:
    """What was given up on some paths: early, the worst is taken to be true."""
    return replace(gone, some=True) if early and gone.is_plain else replace(gone, maybe=True)
