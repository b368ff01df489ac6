"""Merging path states past a bound: what is lost first matters least, and what is lost is counted.

Past the first bound go numbers, of states that hold the same and agree about the caller's values, constants and NULL.
Past the second goes whatever else is known of this call's own values.  Past the third goes what is known of the
caller's values; then what was given up; last, what is held and need not be given back: that tells paths apart, and is
counted as cut.  Assumes that states which hold the same are treated alike by the code behind.  Example: 30 states that
hold `ptl` and differ in a counter and a flag become two, one for each value of the flag.

A first look at a large function merges early whatever holds the same, as ESP does (Das, Lerner and Seigle, PLDI 2002):
that adds paths, so what is seen is looked for again exactly.  It must take no mistake away: what one hangs on, as the
checks ask for it, keeps states apart (`Apart`), and of each such thing `tests/early` has a function that is wrong on
one of the paths that meet.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache, partial, reduce
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.flow.age import renewed
from kpatchlint.flow.dataflow import TooCostlyError
from kpatchlint.flow.liveness import Names
from kpatchlint.flow.state import MOVED, UNSET, Gone, Held, PathState, made_here
from kpatchlint.flow.symbol import (
    ZERO,
    Cell,
    Constant,
    Fresh,
    Initial,
    Literal,
    Operator,
    Pure,
    Shifted,
    Symbol,
    base_of,
    in_array,
    is_constant,
    is_outdated,
    join,
    negative,
    parts_of,
)

States = dict[Hashable, PathState]
Group = Callable[[PathState], Hashable]
# operators of facts about pointers: nothing may be unmapped by it, nothing but its own lock keeps it any more
MARKS = ("unmapped", "unguarded")
# what is said of all numbers below zero: that one is returned tells a caller that the call has failed
NEGATIVE = "negative"
# operators that make numbers
SUMS = ("+", "-", "*", "/")
# symbols that are made of no others
WHOLE = (Fresh, Literal, Constant)
# past this, states are merged that hold the same, where nothing but the union of all paths is asked for
EARLY_STATES = 1
# past this, states are merged that hold the same and agree about constants, pointers and the caller's values
FEW_STATES = 24
# past this, states are merged that hold the same and agree about the caller's values
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
    for group, most in ((_shape, FEW_STATES), (_callers_facts, MANY_STATES), *((g, MOST_STATES) for g in lossy)):
        if len(result) > most:
            result, cut = _grouped(block, result.values(), group), cut + (most == MOST_STATES)
    if len(result) > MOST_STATES:
        raise TooCostlyError
    return result, cut


class Apart(Struct, frozen=True):
    """By which names states are kept apart, as `names_in` has them: variables, and members with a point.

    deciding   what decides what a callee does
    returned   what is returned: whether it is an error, or a constant
    asked      what other callees are judged by: which of the caller's values it is matters
    released   by what something is given back: that it is NULL is a mistake
    read       what is given by value: that it was never set is a mistake
    questions  functions that must have said yes, as `name()`: that they have said no is a mistake
    """

    deciding: Names
    returned: Names
    asked: Names
    released: Names
    read: Names
    questions: Names

    def of(self, names: Names) -> "Apart":
        """What of it is among these names."""
        deciding, returned, asked = self.deciding & names, self.returned & names, self.asked & names
        return Apart(deciding, returned, asked, self.released & names, self.read & names, self.questions & names)

    def matters(self, name: str) -> bool:
        """Whether something is done by the name."""
        return name in self.deciding or name in self.asked or name in self.released


def merged_early(block: int, states: States, apart: Apart, known: dict[Hashable, Hashable]) -> States:
    """One state for all that hold the same by the same names and agree about the values that matter.

    apart  which these are
    known  what was found out about states by their keys, with the same names
    """

    def alike(state: PathState) -> Hashable:
        told = known.get(state.key)
        if told is None:
            where = tuple([h.at for h in state.held]), frozenset([(r[0], g.taken_at) for r, g in state.gone.items()])
            values = frozenset(chain(_values(state, apart), _aliases(state, apart), _marks(state, apart)))
            told = known[state.key] = state.resources, where, values
        return told

    return _grouped(block, states.values(), alike)


def _values(state: PathState, apart: Apart) -> list[Hashable]:
    """By which cells something held, given up or marked is reached, or is too old; what decides; what was never set;
    and what is known to be NULL where that is a mistake."""
    owned = frozenset([mark.operands[0] for mark in _marked(state)]).union(*map(parts_of, state.owned))
    nothing = {symbol for symbol, truth in state.facts.items() if not truth}
    # what the caller has put there
    values: list[Hashable] = [s for s in nothing if type(s) is Initial and _name(s.cell) in apart.released]
    for cell, symbol in state.store.items():
        name = _name(cell)
        if type(symbol) is Fresh and symbol.what == UNSET and (name in apart.read or name in apart.released):
            values.append((cell, symbol))
        elif symbol in owned if type(symbol) in WHOLE else base_of(symbol) in owned or is_outdated(symbol):
            values.append((cell, _position(symbol)))
        elif name in apart.deciding or name in apart.returned or _is_handed_out(cell):
            values.append((cell, _told(state, symbol, whole=name in apart.deciding)))
        elif name in apart.asked and (type(symbol) is Pure or not (is_constant(symbol) or made_here(symbol))):
            values.append((cell, symbol))
        elif type(symbol) is Initial and _name(symbol.cell) in apart.asked:
            # it is another name of something that is asked about
            values.append((cell, symbol))
        if symbol in nothing:
            # what has failed goes by what it comes of
            values.append((cell, symbol, False))
        elif name in apart.released and state.truth(symbol) is False:
            values.append((cell, False))
    return values


@lru_cache(maxsize=1 << 14)
def _name(cell: Cell) -> str:
    return cell.name if cell.base is None else "." + cell.name


def _is_handed_out(cell: Cell) -> bool:
    """Whether it is what a parameter, or a global, points to: the caller has made room for a value there."""
    return cell.name == "*" and type(cell.base) is Initial and cell.base.cell.base is None


def _position(symbol: Symbol) -> Hashable:
    """Where a pointer points: if it begins before the table, a step back leads out of it; if nobody knows where it
    ends, what is read by it is another entry each time."""
    return (symbol.base, symbol.low, symbol.high is None) if type(symbol) is Shifted else symbol


def _aliases(state: PathState, apart: Apart) -> Iterator[Hashable]:
    """Which cells hold one thing that matters: what is done to it by the name of one is done by the names of all."""
    symbols = [s for s in state.store.values() if type(s) is not Literal and type(s) is not Constant]
    if len(set(symbols)) == len(symbols):
        return
    cells: dict[Symbol, list[Cell]] = {}
    for cell, symbol in state.store.items():
        if type(symbol) is not Literal and type(symbol) is not Constant and not in_array(cell.base):
            cells.setdefault(symbol, []).append(cell)
    for several in cells.values():
        if len(several) > 1 and any(apart.matters(_name(cell)) for cell in several):
            yield frozenset(several)


def _told(state: PathState, symbol: Symbol, *, whole: bool) -> Hashable:
    """What is known of a value, but which error it is: of a number that was made here whether it is zero.

    whole  whether of what was looked up here it matters what it was
    """
    if state.is_below_zero(symbol):
        return NEGATIVE
    settled = state.settled(symbol)
    counted = type(settled) is Operator and settled.operator in SUMS
    if not made_here(settled) or (whole and type(settled) is not Fresh and not counted):
        return settled
    return state.kind(settled)


def _marks(state: PathState, apart: Apart) -> list[Hashable]:
    """The facts that make a mistake of what is right without them."""
    marks: list[Hashable] = [*_marked(state)]
    if apart.questions:
        asked = ((s, truth) for s, truth in state.facts.items() if type(s) is Pure)
        marks += [s for s, truth in asked if not truth and s.function + "()" in apart.questions]
    return marks


def _marked(state: PathState) -> list[Operator]:
    return [s for s in state.facts if type(s) is Operator and s.operator in MARKS]


def _shape(state: PathState) -> Hashable:
    """Resources, constants, whether pointers are NULL, and what is known of the caller's values."""
    return _callers_facts(state), state.kinds


def _callers_facts(state: PathState) -> Hashable:
    """What is held, what was given up, and what is known of values the caller knows too."""
    return state.resources, state.handles, state.of_caller


def _resources(state: PathState) -> Hashable:
    return state.resources, state.handles


def _held(state: PathState) -> Hashable:
    return state.held, state.handles


def _grouped(block: int, states: Iterable[PathState], group: Group) -> States:
    groups: dict[Hashable, list[PathState]] = {}
    for state in states:
        groups.setdefault(group(state), []).append(state)
    merged = (several[0] if len(several) == 1 else _joined(block, several) for several in groups.values())
    return {state.key: state for state in merged}


def _joined(block: int, states: Sequence[PathState]) -> PathState:
    """What all the states know; what an earlier join of this block made is older than what this one makes."""
    first, *others = (renewed(state, _site(block)) for state in states)
    return reduce(partial(_join, block), others, first)


def _site(block: int) -> int:
    """The site of what a join at the block makes: below all operations, and values that go by their cell."""
    return MOVED - 1 - block


def _join(block: int, one: PathState, other: PathState) -> PathState:
    """What both states know."""
    store: dict[Cell, Symbol] = {}
    certain: dict[Symbol, bool] = {}
    names: Counter[str] = Counter()
    for cell in {**one.store, **other.store}:
        if cell in one.store and one.store[cell] == other.store.get(cell):
            store[cell] = one.store[cell]
            continue
        mixed = Fresh(_site(block), f"join {cell.name} {names[cell.name]}")
        names[cell.name] += 1
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
        gone |= {r: replace(g, maybe=True) for r, g in state.gone.items() if r not in gone}
    held = tuple(h for h in one.held if h in other.held)
    for lost in (h for h in (*one.held, *other.held) if h not in held):
        # held on one of the two: whether it is, nobody knows any more
        gone[lost.resource, lost.symbol] = Gone(lost.by, lost.at, lost.at, maybe=True, entry=lost.again)
    return PathState(store, facts, one.unequal & other.unequal, held, gone, one.trail)
