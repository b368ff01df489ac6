"""A first look at a large function: states merged early that hold the same, and what keeps them apart.

It is done as ESP does it (Das, Lerner and Seigle, PLDI 2002): that adds paths, so what is seen is looked for again
exactly.  It must take no mistake away: what one hangs on, as the checks ask for it, keeps states apart (`Apart`), and
of each such thing `tests/early` has a function that is wrong on one of the paths that meet.  Assumes that more paths
and fewer facts never make a mistake unseen.  Example: 30 states that hold `ptl` and differ in a flag become one, unless
the flag decides whether a callee sleeps.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from functools import lru_cache, partial
from itertools import chain

from msgspec import Struct
from msgspec.structs import astuple

from kpatchlint.c.ir import CFG, Assign, Assume, Call, Compound, Exit, Load, Operation, Value, Variable, parts
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.evaluate import substitute
from kpatchlint.flow.liveness import Names, name_of, names_in
from kpatchlint.flow.merge import States, grouped
from kpatchlint.flow.place import RESULT
from kpatchlint.flow.state import PathState, Resource, made_here
from kpatchlint.flow.symbol import (
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
    parts_of,
)

# operators of facts about pointers: nothing may be unmapped by it, nothing but its own lock keeps it any more
MARKS = ("unmapped", "unguarded")
# what is said of all numbers below zero: that one is returned tells a caller that the call has failed
NEGATIVE = "negative"
# operators of comparisons by which two values become one
EQUAL = ("==", "!=")
# operators that make numbers
SUMS = ("+", "-", "*", "/")
# symbols that are made of no others
WHOLE = (Fresh, Literal, Constant)
# past this, states are merged that hold the same, where nothing but the union of all paths is asked for
EARLY_STATES = 1


class Apart(Struct, frozen=True):
    """By which names states are kept apart, as `names_in` has them: variables, and members with a point.

    deciding   what decides whether a call is right, and whether it sleeps: what it is matters
    choosing   what decides how a call ends: whether it is zero, or which constant; that saves false alarms, no more
    returned   what is returned: whether it is an error, or a constant
    asked      what other callees are judged by: which of the caller's values it is matters
    released   by what something is given back: that it is NULL is a mistake
    read       what is given by value: that it was never set is a mistake
    questions  functions that must have said yes, as `name()`: that they have said no is a mistake
    flags      what a callee sleeps with, as `#NAME`: that a mask was found to have it may be a mistake
    """

    deciding: Names
    choosing: Names
    returned: Names
    asked: Names
    released: Names
    read: Names
    questions: Names
    flags: Names

    def of(self, names: Names) -> "Apart":
        """What of it is among these names."""
        return Apart(*[mine & names for mine in astuple(self)])

    def matters(self, name: str) -> bool:
        """Whether something is done by the name."""
        return name in self.deciding or name in self.asked or name in self.released


def kept_apart(cfg: CFG, knowledge: Knowledge) -> Apart:
    """What keeps states of a function apart anywhere in it."""
    deciding: list[Value] = []
    choosing: list[Value] = []
    returned: list[Value] = []
    asked: list[Value] = []
    released: list[Value] = []
    read: list[Value] = []
    questions: list[Value] = []
    granting: list[Value] = []
    for op in cfg.operations():
        contract = knowledge.contract(op) if isinstance(op, Call) else None
        if isinstance(op, Exit) and op.value is not None:
            returned.append(op.value)
        elif isinstance(op, Call) and contract is not None:
            arguments = contract.given(op.arguments)
            deciding.extend(arguments[name] for name in contract.deciding & arguments.keys())
            if not contract.inferred:
                choosing.extend(arguments[name] for name in contract.choosing & arguments.keys())
            if not contract.computes:
                asked.extend(arguments[name] for name in contract.named & arguments.keys())
            released.extend(substitute(place, arguments) for place in contract.released)
            read.extend(arguments[name] for name in arguments if contract.computes or name in contract.fresh)
            questions.extend(value for value, _ in contract.needs)
            granting.extend(contract.granting)
    flags = frozenset(name for name in _names(granting) if name.startswith("#"))
    said = frozenset(name for name in _names(questions) if name.endswith("()"))
    of = partial(_sources, _origins(cfg, knowledge))
    return Apart(of(deciding), _names(choosing), of(returned), of(asked), of(released), of(read), said, flags)


def _origins(cfg: CFG, knowledge: Knowledge) -> Mapping[str, Names]:
    """The names in what each name has its value from: what is assigned to it, set by a call, or found equal to it."""
    origins: dict[str, Names] = {}
    for name, names in chain.from_iterable(_given(op, knowledge) for op in cfg.operations()):
        origins[name] = origins.get(name, frozenset()) | names
    return origins


def _given(op: Operation, knowledge: Knowledge) -> Iterator[tuple[str, Names]]:
    """Names that get a value, each with the names in it."""
    if isinstance(op, Assign):
        yield name_of(op.place), names_in(op.value)
    elif isinstance(op, Assume):
        yield from _equal(op.value)
    elif isinstance(op, Call) and (contract := knowledge.contract(op)) is not None:
        arguments = contract.given(op.arguments) | {RESULT.name: Load(op.result)}
        if contract.returns is not None:
            yield op.result.name, names_in(substitute(contract.returns, arguments))
        for place, value in chain.from_iterable(outcome.sets for outcome in contract.outcomes):
            where = substitute(place, arguments)
            if isinstance(where, Load):
                yield name_of(where.place), names_in(substitute(value, arguments))


def _equal(value: Value) -> Iterator[tuple[str, Names]]:
    """Two variables that are compared: each may be found to be the other."""
    for part in parts(value):
        match part:
            case Compound(operator, (Load(Variable(left)), Load(Variable(right)))) if operator in EQUAL:
                yield left, frozenset((right,))
                yield right, frozenset((left,))


def _sources(origins: Mapping[str, Names], values: Iterable[Value]) -> Names:
    """The names in the values, those that they have their values from, and so on."""
    found, new = frozenset[str](), _names(values)
    while new:
        found |= new
        new = frozenset[str]().union(*(origins.get(name, ()) for name in new)) - found
    return found


def _names(values: Iterable[Value]) -> Names:
    return frozenset[str]().union(*map(names_in, values))


def merged_early(block: int, states: States, apart: Apart, known: dict[Hashable, Hashable]) -> States:
    """One state for all that hold the same by the same names and agree about the values that matter.

    apart  which these are
    known  what was found out about states by their keys, with the same names
    """
    places: dict[Resource, set[int]] = {}
    for state in states.values():
        for resource, gone in state.gone.items():
            places.setdefault(resource, set()).add(gone.taken_at)
    several = {resource for resource, taken in places.items() if len(taken) > 1}

    def alike(state: PathState) -> Hashable:
        told = known.get(state.key)
        if told is None:
            told = known[state.key] = _alike(state, apart)
        return told, _places(state, several) if several else None

    return grouped(block, states.values(), alike, early=True)


def _alike(state: PathState, apart: Apart) -> Hashable:
    """What states must have in common to be one early; of what was taken and given back here the one gets all."""
    held = tuple([(h.resource, h.symbol, h.again, h.mode, h.at) for h in state.held])
    gone = frozenset([(r, g.essence) for r, g in state.gone.items() if not g.is_plain])
    return held, gone, frozenset(chain(_values(state, apart), _aliases(state, apart), _marks(state, apart)))


def _places(state: PathState, several: Set[Resource]) -> Hashable:
    """Where those of these resources were taken that have been given up."""
    return frozenset([(r, g.taken_at) for r, g in state.gone.items() if r in several])


def _values(state: PathState, apart: Apart) -> list[Hashable]:
    """By which cells something held, given up or marked is reached, or is too old; what decides; what tells how a call
    ends, or this function; what was never set; and what is known to be NULL where that is a mistake."""
    marked = (*(mark.operands[0] for mark in _marked(state)), *_denied(state, apart))
    owned = frozenset(marked).union(*map(parts_of, chain(state.owned, marked)))
    nothing = {symbol for symbol, truth in state.facts.items() if not truth}
    # what the caller has put there
    values: list[Hashable] = [s for s in nothing if type(s) is Initial and _name(s.cell) in apart.released]
    for cell, symbol in state.store.items():
        name = _name(cell)
        if type(symbol) is Fresh and (name in apart.read or name in apart.released) and state.is_unset(symbol):
            values.append((cell, symbol))
        elif symbol in owned if type(symbol) in WHOLE else base_of(symbol) in owned or is_outdated(symbol):
            values.append((cell, _position(symbol)))
        elif name in apart.deciding or _is_handed_out(cell):
            values.append((cell, _told(state, symbol, whole=name in apart.deciding)))
        elif name in apart.asked and (type(symbol) is Pure or not (is_constant(symbol) or made_here(symbol))):
            values.append((cell, symbol))
        elif type(symbol) is Initial and _name(symbol.cell) in apart.asked:
            # it is another name of something that is asked about
            values.append((cell, symbol))
        elif name in apart.choosing or name in apart.returned:
            values.append((cell, _number(state, symbol)))
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


def _number(state: PathState, symbol: Symbol) -> Hashable:
    """What a caller or a callee can tell a value by: which constant it is, but which error; or whether it is zero."""
    settled = state.settled(symbol)
    return NEGATIVE if state.is_below_zero(symbol) else settled if is_constant(settled) else state.truth(settled)


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


def _marks(state: PathState, apart: Apart) -> Iterator[Symbol]:
    """The facts that make a mistake of what is right without them."""
    return chain(_marked(state), _denied(state, apart), _granted(state, apart))


def _granted(state: PathState, apart: Apart) -> list[Operator]:
    """The questions for a flag that were answered by yes."""
    if not apart.flags:
        return []
    asked = [s for s, truth in state.facts.items() if truth and type(s) is Operator and s.operator == "&"]
    return [s for s in asked if any(type(o) is Constant and "#" + o.name in apart.flags for o in s.operands)]


def _denied(state: PathState, apart: Apart) -> list[Pure]:
    """The questions that must have been answered by yes, and were not."""
    if not apart.questions:
        return []
    asked = ((s, truth) for s, truth in state.facts.items() if type(s) is Pure)
    return [s for s, truth in asked if not truth and s.function + "()" in apart.questions]


def _marked(state: PathState) -> list[Operator]:
    return [s for s in state.facts if type(s) is Operator and s.operator in MARKS]
