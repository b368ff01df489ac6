"""Summaries: the contract of a function, inferred from its body.

Endings that the caller can tell apart, by the result or by its own arguments, become outcomes.  What cannot be named in
the caller's terms is left out; a body that was too costly has no summary and is an unknown callee.  Example:

    static void put(pte_t *pte, spinlock_t *ptl) { if (ptl) pte_unmap_unlock(pte, ptl); }

has the outcome `ptl != NULL`, which releases the lock and the map, and the outcome `ptl == NULL`, which does nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.ir import (
    NULL,
    AddressOf,
    Compound,
    Invoke,
    Load,
    Member,
    Named,
    Number,
    Place,
    Target,
    Value,
    Variable,
)
from kpatchlint.flow.answer import is_count, told_by
from kpatchlint.flow.contract import Contract, Effect, Outcome
from kpatchlint.flow.outcomes import fewest
from kpatchlint.flow.paths import Ending, Flow
from kpatchlint.flow.place import MERGED, NEW, RESULT, SAME, Condition
from kpatchlint.flow.state import CALLER, PathState, Resource, is_constant, made_here
from kpatchlint.flow.symbol import (
    Address,
    Cell,
    Constant,
    Fresh,
    Initial,
    Literal,
    Operator,
    Pure,
    Symbol,
    base_of,
    parts_of,
    root_of,
)

# what this analysis says of symbols, and C does not
OWN_OPERATORS = ("same", "derived", "before", "asked", "unguarded", "supposed")


def nothing_surely(kind: str, at: int) -> bool:
    """No call is known to wait for what it takes: what `summarise` asks where nobody knows."""
    return False


def no_question(symbol: Pure) -> bool:
    """Nothing is known to be an answer."""
    return False


def summarise(
    flow: Flow,
    passing: frozenset[str],
    surely: Callable[[str, int], bool] = nothing_surely,
    asks: Callable[[Pure], bool] = no_question,
) -> Contract | None:
    """The contract of the analysed function, or None when it has too many outcomes.

    passing  kinds of resources that need not be given back
    surely   whether the call at an offset waits for a thing of a kind until nobody else has it, this task included
    asks     whether something computed is an answer: when it is returned, the caller knows what was asked
    """
    function = flow.function
    waits = any(sleep.wait for sleep in flow.sleeps)
    blocked_by = frozenset[str]().union(*(sleep.blocked_by for sleep in flow.sleeps))
    lost = set(flow.blurs)
    slept, named = _slept(flow), dict[Symbol, Value | None]()
    endings = chain.from_iterable(_answers(ending, asks) for ending in flow.endings)
    ways = (o for e in endings for o in _outcomes(e, flow, slept, named, lost, surely))
    outcomes = fewest(ways, passing, lost)
    if not outcomes:
        return None
    return Contract(
        function.name,
        function.parameters,
        wait=waits,
        faults=bool(flow.sleeps) and not flow.sleeps_if and all(sleep.faults for sleep in flow.sleeps),
        sleeps_if=flow.sleeps_if,
        blocked_by=blocked_by,
        inferred=True,
        blurs=frozenset(lost),
        nameless=frozenset(lost) - flow.blurs,
        does=frozenset(wanted.resource for wanted in flow.wanted),
        outcomes=outcomes,
    )


def _answers(ending: Ending, asks: Callable[[Pure], bool]) -> Iterator[Ending]:
    """The ending, or one for each answer of a question that it returns."""
    if type(ending.result) is not Pure or not asks(ending.result):
        yield ending
        return
    # the result goes by another name, so that what was asked keeps its own
    result = Fresh(ending.operation.start, "answer")
    for answer in (True, False):
        state = ending.state.assume(ending.result, answer)
        if state is not None:
            yield replace(ending, state=state.learn(result, answer), result=result)


class _Slept(Struct, frozen=True):
    """What decides in which endings a call may have slept: what was known of what the function was given, and what it
    had given up by then of what was held when it was entered."""

    given: tuple[tuple[Symbol, bool], ...]
    gone: frozenset[Resource]

    def may_end_in(self, state: PathState, kept: Set[Resource], parameters: Set[Cell]) -> bool:
        """Whether the ending may be that of a path that slept: what was given up by then stays given up."""
        facts, gone = state.facts, state.gone
        given = ((symbol, known) for symbol, known in self.given if _lasts(symbol, parameters))
        if any(facts.get(symbol, known) != known for symbol, known in given):
            return False
        return all(resource in kept or (resource in gone and gone[resource].entry) for resource in self.gone)


def _slept(flow: Flow) -> dict[_Slept, int]:
    """Where the calls slept, each once, and how many callees further down at the least."""
    found: dict[_Slept, int] = {}
    for sleep in flow.sleeps:
        facts = sleep.state.facts.items()
        given = tuple(fact for fact in facts if type(_asked_of(fact[0])) is Initial or _of_all(fact[0]))
        slept = _Slept(given, frozenset(resource for resource, gone in sleep.state.gone.items() if gone.entry))
        found[slept] = min(sleep.below, found.get(slept, sleep.below))
    return found


def _lasts(fact: Symbol, parameters: Set[Cell]) -> bool:
    """Whether it is still so where the function ends: about a parameter as it was given, or about nothing else."""
    return _of_all(fact) or root_of(_asked_of(fact)) in parameters


def _of_all(fact: Symbol) -> bool:
    """Whether it is a question that has one answer, whoever asks: whether the machine was booted with something."""
    return type(fact) is Pure and not fact.arguments


def _asked_of(fact: Symbol) -> Symbol:
    """What the fact is about: itself, what it compares with a constant, or of which it asks for a bit."""
    match fact:
        case Operator("==" | "&", (symbol, other)) if is_constant(other):
            return symbol
    return fact


def _outcomes(
    ending: Ending,
    flow: Flow,
    slept: Mapping[_Slept, int],
    named: dict[Symbol, Value | None],
    lost: set[str],
    surely: Callable[[str, int], bool],
) -> Iterator[Outcome]:
    """One ending as outcomes, one for each condition on which it has slept before."""
    namer = Namer(ending, flow, named)
    outcome = replace(_outcome(ending, flow, namer, lost), inside=tuple(_inside(ending.state, namer, surely)))
    parameters = {Cell(None, name) for name in flow.function.parameters}
    kept = {(h.resource, h.symbol) for h in ending.state.held if h.again and h.by != CALLER}
    conditions: dict[tuple[Condition, ...], int] = {}
    for one, below in slept.items():
        if one.may_end_in(ending.state, kept, parameters):
            more = tuple(_asked(one, ending.state, namer))
            conditions[more] = min(below, conditions.get(more, below))
    if () not in conditions:
        yield outcome
    for more, below in conditions.items():
        yield replace(outcome, when=(*outcome.when, *more), sleeps=True, below=below + 1)


def _asked(slept: _Slept, end: PathState, namer: "Namer") -> Iterator[Condition]:
    """What was known of the parameters where the call slept, and is not known at the end any more."""
    for symbol, truth in slept.given:
        value = namer.told(symbol) if symbol not in end.facts else None
        about = value.operands[0] if isinstance(value, Compound) else value
        lasts = isinstance(about, Invoke) or (isinstance(about, Load) and not isinstance(about.place, Target))
        if value is not None and lasts:
            yield value, truth


def _outcome(ending: Ending, flow: Flow, namer: "Namer", lost: set[str]) -> Outcome:
    """One ending as an outcome; `lost` gains the kinds of what has no name in the caller."""
    state = ending.state
    mine = [h for h in state.held if h.by != CALLER]
    again = [h for h in mine if h.again]
    given = [(resource, gone) for resource, gone in state.gone.items() if gone.entry and not made_here(resource[1])]
    released = [*(r for r, gone in given if gone.is_given), *((h.resource, h.symbol) for h in again)]
    lost |= {kind for (kind, _), gone in given if not gone.is_given}
    acquires = tuple(namer.effects((h.resource, h.symbol) for h in mine))
    releases = tuple(namer.effects(released, at_entry=True))
    lost |= namer.lost
    told = tuple(told_by(ending, flow))
    if acquires and ((flow.function.returns_pointer and not told) or is_count(ending, flow)):
        # what takes something and returns a pointer has not failed, and who takes nothing returns another number
        told = (*told, (Load(RESULT), True))
    return Outcome(
        when=tuple(dict.fromkeys((*told, *_argued(state, namer)))),
        acquires=acquires,
        releases=releases,
        sets=tuple(namer.sets()),
        then=tuple(namer.then()),
    )


def _inside(state: PathState, namer: "Namer", surely: Callable[[str, int], bool]) -> Iterator[Effect]:
    """What this function has taken and given back, and whoever calls it must therefore not hold."""
    for (kind, symbol), gone in state.gone.items():
        mine = gone.taken_at >= 0 and not (gone.entry or gone.maybe or gone.some or gone.never or gone.failed)
        place = namer.at_entry(symbol) if mine and symbol is not None and surely(kind, gone.taken_at) else None
        if place is not None:
            yield Effect(kind, place)


def _argued(state: PathState, namer: "Namer") -> Iterator[Condition]:
    """What the arguments, and what they point to, say."""
    # few have a name, and what is sorted is written out
    told = [(fact, value) for fact in state.facts.items() if (value := namer.told(fact[0])) is not None]
    for (_, truth), value in sorted(told, key=lambda each: repr(each[0])) if len(told) > 1 else told:
        yield value, truth
    yield from _compared(state, namer)


def _compared(state: PathState, namer: "Namer") -> Iterator[Condition]:
    """Which of the arguments are one thing, and which are two: what is given back by one name is so by the other."""
    same = {frozenset(s.operands) for s in state.facts if type(s) is Operator and s.operator == "same"}
    every = ((pair, truth) for several, truth in ((same, True), (state.unequal, False)) for pair in several)
    pairs = [(pair, truth) for pair, truth in every if all(namer.told(symbol) is not None for symbol in pair)]
    for pair, truth in sorted(((sorted(pair, key=repr), truth) for pair, truth in pairs), key=repr):
        named = tuple(value for value in map(namer.told, pair) if value is not None)
        if len(named) == 2:
            yield Compound("==", named), truth


class Namer:
    """Names symbols in the caller's terms.

    named  what names the symbols have that are not made of the result, in every ending of the flow
    """

    def __init__(self, ending: Ending, flow: Flow, named: dict[Symbol, Value | None] | None = None) -> None:
        self.named = dict[Symbol, Value | None]() if named is None else named
        self.ending, self.parameters = ending, flow.function.parameters
        self.result = None if ending.result is None else base_of(ending.result)
        self.locals, self.early = flow.function.locals, flow.early
        locked = {h.symbol for h in ending.state.held} | {s for _, s in ending.state.gone}
        self.locked = {symbol for symbol in locked if type(symbol) is Pure}
        self.lost: set[str] = set()
        self.stored: dict[Symbol, Value] = {}
        for cell, symbol in ending.state.store.items():
            place = self._cell(cell) if cell.base is not None else None
            if place is not None:
                self.stored.setdefault(base_of(symbol), Load(place))

    def effects(self, resources: Iterable[Resource], *, at_entry: bool = False) -> Iterator[Effect]:
        """The resources by name, as they are called behind the call, or when it begins; what has none joins `lost`."""
        name = self.at_entry if at_entry else self.value
        for kind, symbol in resources:
            place = None if symbol is None else name(symbol)
            if symbol is None or place is not None:
                yield Effect(kind, place)
            else:
                self.lost.add(kind)

    def sets(self) -> Iterator[tuple[Value, Value]]:
        made: dict[Symbol, Value] = {}
        for cell, symbol in self.ending.state.store.items():
            place = self._cell(cell) if cell.base is not None else None
            if place is not None and symbol != Initial(cell):
                truth = self.ending.state.truth(symbol)
                value = NULL if truth is False else self._plain(symbol)
                # what an out parameter points to is kept apart
                if value is None and self.early and truth is None and cell.name != "*":
                    value = MERGED
                elif value is None:
                    known = made.setdefault(symbol, Load(place))
                    value = NEW if known == Load(place) else Compound(SAME, (known,))
                yield Load(place), value

    def then(self) -> Iterator[Condition]:
        """What is known of the new values: which of them are not NULL."""
        for cell, symbol in self.ending.state.store.items():
            place = self._cell(cell) if cell.base is not None else None
            unnamed = place is not None and symbol != Initial(cell) and self._plain(symbol) is None
            if place is not None and unnamed and self.ending.state.truth(symbol):
                yield Load(place), True

    def value(self, symbol: Symbol) -> Value | None:
        """A value over parameters and the result."""
        if symbol == self.result and not is_constant(symbol):
            return Load(RESULT)
        return self.stored.get(symbol) or self._plain(symbol)

    def at_entry(self, symbol: Symbol) -> Value | None:
        """A value over parameters as they are when the function is entered."""
        return self._plain(symbol)

    def told(self, symbol: Symbol) -> Value | None:
        """What a fact is about, in the caller's terms; None for what only this call knows, and for what is locked, and
        for what is compared of constants: the caller does not ask."""
        fixed = type(symbol) is Operator and all(map(is_constant, symbol.operands))
        return None if fixed or symbol in self.locked else self._plain(symbol)

    def _plain(self, symbol: Symbol) -> Value | None:
        if self.result is not None and self.result in parts_of(symbol):
            return self._spelled(symbol)
        if symbol not in self.named:
            self.named[symbol] = self._spelled(symbol)
        return self.named[symbol]

    def _spelled(self, symbol: Symbol) -> Value | None:
        if symbol is self.result and not is_constant(symbol):
            return Load(RESULT)
        if any(type(part) is Fresh and part is not self.result for part in parts_of(symbol)):
            return None
        match symbol:
            case Literal(number):
                return Number(number)
            case Constant(name):
                return Named(name)
            case Initial(cell):
                place = self._cell(cell)
                return None if place is None else Load(place)
            case Address(cell):
                place = self._cell(cell)
                return None if place is None else AddressOf(place)
            case Pure() | Operator():
                return self._applied(symbol)
        return None

    def _applied(self, symbol: Pure | Operator) -> Value | None:
        """A pure function or operator over what has a name."""
        parts_ = symbol.arguments if isinstance(symbol, Pure) else symbol.operands
        named = [self._plain(part) for part in parts_]
        known = tuple(n for n in named if n is not None)
        if len(known) < len(named):
            return None
        if isinstance(symbol, Pure):
            return Invoke(symbol.function, known)
        return None if symbol.operator in OWN_OPERATORS else Compound(symbol.operator, known)

    def _cell(self, cell: Cell) -> Place | None:
        if cell.base is None:
            known = cell.name in self.parameters or cell.name not in self.locals
            return Variable(cell.name) if known and not cell.name.startswith("%") else None
        base = self._plain(cell.base)
        if base is None:
            return None
        return Target(base) if cell.name == "*" else Member(base, cell.name)
