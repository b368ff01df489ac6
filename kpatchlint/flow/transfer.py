"""The transfer function: what one operation does to one path state, and which events that is.

Driven by contracts only; a callee without one changes no lock and forgets what its address-taken arguments point to,
because silence is better than a guess.  Assumes that code which uses a pointer takes it for valid: a path on which the
pointer is known to be NULL ends there.  Example: a call with outcomes `return != NULL` (holds a map) and `return ==
NULL` (holds nothing) turns one state into two.
"""

from collections.abc import Iterator

from msgspec import structs

from kpatchlint.c.ir import (
    Access,
    AddressOf,
    Assign,
    Assume,
    Call,
    Compound,
    Declare,
    Gap,
    Invoke,
    Load,
    LoopExit,
    Lowered,
    Opaque,
    Operation,
    Place,
    Target,
    Value,
    Variable,
)
from kpatchlint.flow.age import made_again, renewed
from kpatchlint.flow.annotated import LOCK
from kpatchlint.flow.asked import asked, reads_by
from kpatchlint.flow.blurred import answered, blurred
from kpatchlint.flow.choice import doubted, ways
from kpatchlint.flow.contract import Contract, Knowledge, Outcome
from kpatchlint.flow.counted import stepped
from kpatchlint.flow.evaluate import QUESTIONS, address_of, cell_of, evaluate, substitute, too_deep
from kpatchlint.flow.freshness import check_values, locked, perhaps_asked, read
from kpatchlint.flow.lifetime import ended, overwritten
from kpatchlint.flow.masks import flagged, open_to
from kpatchlint.flow.place import MERGED, NEW, SAME, Condition
from kpatchlint.flow.resources import Resources
from kpatchlint.flow.rounds import Rounds, steps
from kpatchlint.flow.state import UNSET, Gone, PathState
from kpatchlint.flow.symbol import (
    DOUBTED,
    Address,
    Cell,
    Fresh,
    Initial,
    Literal,
    Operator,
    Shifted,
    Symbol,
    base_of,
    in_array,
    lies_in,
    shift,
)
from kpatchlint.flow.unknown import called, filled, forgotten, from_page, members, taken_again
from kpatchlint.flow.within import dropped, gotten, handed

# a lock that the callee has taken and given back, and that is still named by the place
DROPPED = Load(Variable("dropped"))
# a fact about a parameter: a callee asks whether it is null, nothing here does
SUPPOSED = "supposed"


class Transfer:
    """The transfer function of one function; `resources` collects what is seen as states pass."""

    def __init__(self, function: Lowered, knowledge: Knowledge, early: bool = False) -> None:
        self.function, self.knowledge = function, knowledge
        self.types = dict(function.types)
        self.calls = {call.start: call for call in function.cfg.calls()}
        self.resources = Resources(function, knowledge, self.calls, early)
        self.rounds = Rounds(function, self.resources)
        self.again = frozenset(made_again(function.cfg))

    def step(self, operation: Operation, state: PathState) -> Iterator[PathState]:
        """The states behind `operation`; none when no path goes on."""
        match operation:
            case Assign(place, value, start):
                yield from self._assign(place, value, start, state)
            case Call():
                yield from self._call(operation, self._renewed(operation.start, state))
            case Assume(value, truth, start, end):
                test = self.value(value, state, start)
                after = state.assume(test, truth)
                if after is not None:
                    yield structs.replace(answered(test, truth, after), trail=state.trail.then(start, end, truth))
            case Access(pointer):
                symbol = _array(self.value(pointer, state, operation.start))
                yield from self.resources.use(symbol, pointer, operation, read(symbol, state, self.resources))
            case Declare(variable, start):
                unset = Fresh(start, UNSET)
                yield self._renewed(start, state).bind(Cell(None, variable.name), unset)
            case LoopExit():
                if self.rounds.left(operation, state):
                    yield state
            case Gap():
                return

    def entered(self, walker: Contract) -> Iterator[PathState]:
        """The states in which a callback is entered, one for each outcome of what its caller holds."""
        own = zip(walker.params, self.function.parameters, strict=False)
        arguments: dict[str, Value] = {name: Load(Variable(parameter)) for name, parameter in own}
        for outcome in walker.outcomes:
            state = self._conditions(outcome.when, arguments, PathState(), self.function.start)
            for effect in outcome.acquires if state else ():
                state = state and self.resources.borrow(effect, arguments, walker.name, state)
            if state is not None:
                yield state

    def value(self, value: Value, state: PathState, site: int = 0) -> Symbol:
        """The symbol of a value."""
        return evaluate(value, state, site)

    def _assign(self, place: Place, value: Value, site: int, state: PathState) -> Iterator[PathState]:
        if isinstance(value, Opaque):
            state = self._renewed(value.site, state)
        elif isinstance(value, Load) and isinstance(value.place, Target):
            state = self._renewed(site, state)
        if steps(place, value):
            yield self._stepped(place, value, site, state)
            return
        symbol, cell = self.value(value, state, site), cell_of(place, state, site)
        if isinstance(symbol, Operator) and symbol.operator in QUESTIONS:
            # the answer is kept, and what it says of what was asked about
            for truth in (True, False):
                answered = state.assume(symbol, truth)
                if answered is not None:
                    yield answered.bind(cell, Literal(int(truth)))
            return
        if too_deep(symbol):
            state, symbol = self._renewed(site, state), Fresh(site, "value")
        state = self._copied(value, cell, self._put_away(symbol, cell, state))
        yield overwritten(cell, symbol, state, self.resources).bind(cell, symbol)

    def _renewed(self, site: int, state: PathState) -> PathState:
        """The state in which what the operation has made before is older, if it can have run before."""
        return renewed(state, site) if site in self.again else state

    def _put_away(self, symbol: Symbol, cell: Cell, state: PathState) -> PathState:
        """Elements of an array are not told apart: what is stored in one is not followed, nor what lies in that."""
        if not in_array(cell.base):
            return state
        stored = base_of(symbol)
        kept = tuple(h for h in state.held if h.symbol is not stored and not lies_in(h.symbol, stored))
        return structs.replace(state, held=kept)

    def _copied(self, value: Value, cell: Cell, state: PathState) -> PathState:
        """A structure that is copied out of the function takes with it what its members hold."""
        name = value.place.name if isinstance(value, Load) and isinstance(value.place, Variable) else ""
        whole = self.types.get(name, "")
        if not whole.startswith("struct ") or whole.endswith("*") or cell.base is None or not state.held:
            return state
        inside = {base_of(kept) for each, kept in state.store.items() if each.base == Address(Cell(None, name))}
        return structs.replace(state, held=tuple(h for h in state.held if h.symbol not in inside))

    def _stepped(self, place: Place, value: Value, site: int, state: PathState) -> PathState:
        """`p += n`: a followed pointer moves, anything else becomes a new unknown."""
        cell, old = cell_of(place, state, site), self.value(Load(place), state, site)
        new = self.value(value, state, site)
        if isinstance(new, Shifted) or base_of(old) == base_of(new):
            return state.bind(cell, self.rounds.moved(new, value, site, state))
        if self._points(place):
            return state.bind(cell, self.rounds.moved(self._moved(old, value, state, site), value, site, state))
        return stepped(cell, old, value, site, state)

    def _points(self, place: Place) -> bool:
        return isinstance(place, Variable) and place.name in self.function.parameters and "*" in self.types[place.name]

    def _moved(self, old: Symbol, value: Value, state: PathState, site: int) -> Symbol:
        by = self.value(value.operands[1], state, site) if isinstance(value, Compound) else None
        steps = getattr(by, "value", None)
        sign = -1 if isinstance(value, Compound) and value.operator == "-" else 1
        return shift(old, steps * sign if isinstance(steps, int) else None)

    def _call(self, call: Call, state: PathState) -> Iterator[PathState]:
        contract = self.knowledge.contract(call)
        if contract is None:
            contract = self._distant(call, state)
        if self.knowledge.asking:
            self.resources.reads.update(reads_by(call, contract, state) if contract else ())
            state = asked(call, state)
        if contract is None or contract.inferred:
            state = handed(call, state, self.knowledge.resources)
        if contract is not None and contract.inferred:
            state = taken_again(call, contract, self.resources, state)
        if contract is None:
            for value in call.arguments:
                state = perhaps_asked(self.value(value, state, call.start), state, self.resources)
            yield called(call, self.resources, state)
            return
        arguments = contract.given(call.arguments)
        arguments["return"] = Load(call.result)
        if contract.asserts:
            returned = self._returned(call, contract, arguments, state)
            yield self.resources.believe(contract, arguments, call, returned)
            return
        check_values(call, contract, arguments, state, self.resources)
        wrong = self.resources.check_arguments(call, contract, arguments, state)
        if wrong:
            contract = contract.without(wrong)
        state = self._passed(call, contract, arguments, state)
        if contract.blurs:
            passing = self.knowledge.passing
            once = contract.inferred and not contract.recursive
            self.resources.blurred |= contract.blurs & passing if once else contract.blurs
            state = blurred(call, contract, passing, state)
        states = list(self._uses(call, contract, arguments, state))
        for used in () if contract.noreturn else states:
            returned = self._returned(call, contract, arguments, used)
            for way in ways(contract, arguments, self.resources, returned):
                after = self._outcome(call, contract, way.outcome, arguments, returned)
                if after is not None and contract.inferred:
                    yield doubted(way, arguments, call, self.resources, after)
                elif after is not None:
                    yield after if contract.pure else filled(call, self.resources, after)

    def _distant(self, call: Call, state: PathState) -> Contract | None:
        """The contract of a callee in another file, if that may matter; where nothing is held but by the caller, not
        whether it sleeps: on which path it does, a summary may not tell."""
        at_hand = state.held or self.resources.may_give(call)
        if not at_hand and not self.resources.may_give_back(call):
            return None
        contract = self.knowledge.distant(call.function, len(call.arguments))
        return contract if at_hand or contract is None else contract.sleepless

    def _passed(self, call: Call, contract: Contract, arguments: dict[str, Value], state: PathState) -> PathState:
        """What a callee may do to its arguments beyond what its contract says of them."""
        for number, (name, value) in enumerate(arguments.items()):
            if contract.inferred and name in contract.uses:
                state = self.resources.passed(self.value(value, state, call.start), value, call, state)
            elif contract.inferred:
                state = self.resources.proven(self.value(value, state, call.start), state)
            elif isinstance(value, AddressOf) and name not in contract.mentioned:
                symbol = self.value(value, state, call.start)
                state = forgotten(symbol, call, number, state) if isinstance(symbol, Address) else state
        return state

    def _uses(
        self, call: Call, contract: Contract, arguments: dict[str, Value], state: PathState
    ) -> Iterator[PathState]:
        states = [state]
        used = [value for name, value in arguments.items() if name in contract.derefs]
        if not used:
            yield state
            return
        for value in used:
            states = [
                after
                for before in states
                for after in self._used(self.value(value, before, call.start), value, call, before)
            ]
        for after in states:
            there = self._conditions(tuple((value, True) for value in used), {}, after, call.start)
            if there is not None:
                yield there

    def _used(self, symbol: Symbol, value: Value, call: Call, state: PathState) -> Iterator[PathState]:
        yield from self.resources.use(symbol, value, call, read(symbol, state, self.resources))

    def _outcome(
        self, call: Call, contract: Contract, outcome: Outcome, arguments: dict[str, Value], before: PathState
    ) -> PathState | None:
        """What there is where it has returned in this way, if it can; `before` has what it returns."""
        after = self._conditions(outcome.when, arguments, before, call.start)
        if after is None or self._through_null(outcome, arguments, after):
            return None
        after = _supposing(before, after)
        after = self._released(call, contract, outcome, arguments, after)
        after = ended(call, contract, outcome, dropped(outcome, call, arguments, after, self.resources), self.resources)
        self.resources.check_held(call, contract, outcome, arguments, after)
        self.resources.forbid(outcome.inside, call, arguments, after)
        sleeps, asked = contract.sleeps or outcome.sleeps, self._asked_to_sleep(contract, arguments, after)
        if sleeps or asked:
            self.resources.check_sleep(call, contract, arguments, outcome.below, [] if sleeps else asked, after)
        before = after
        for place, value in outcome.sets:
            after = self._set(place, value, arguments, call, before, after)
        # an element that nobody can tell from the others is not the one that was read for the call
        known = self._conditions(outcome.then, arguments, after, call.end)
        if known is None:
            return None
        after = known
        for effect in outcome.acquires:
            taken = self.resources.acquire(effect, arguments, call, contract.mode, after)
            if taken is None:
                return None
            after = taken
        after = gotten(outcome, call, arguments, after, self.resources)
        if not contract.inferred:
            after = locked(outcome, known, after, self.resources)
            after = self.resources.unlocked(outcome, arguments, call, after)
            after = self.resources.refused(contract, outcome, arguments, call, after)
        return self.resources.marked(contract, arguments, after)

    def _released(
        self, call: Call, contract: Contract, outcome: Outcome, arguments: dict[str, Value], state: PathState
    ) -> PathState:
        """What the call gives back is gone; where it cannot give back one thing, no more is it the caller's others."""
        after, refused = state, False
        for effect in outcome.releases:
            given = self.resources.release(effect, arguments, call, contract, after)
            refused |= given is after
            after = given
        if not refused:
            return after
        gone = {r: g for r, g in after.gone.items() if g.at != call.start or g.taken_at >= 0}
        return structs.replace(after, gone=gone)

    def _through_null(self, outcome: Outcome, arguments: dict[str, Value], state: PathState) -> bool:
        """Whether the callee would give back or set something behind a null pointer: then it goes another way.

        So does a path on which a parameter is null only because an earlier callee asked, when it is given back.
        """
        places = (*(effect.place for effect in outcome.releases if effect.place), *(place for place, _ in outcome.sets))
        if not places:
            return False
        values = [substitute(place, arguments) for place in places]
        if any(state.facts.get(Operator(SUPPOSED, (self.value(value, state),))) for value in values):
            return True
        return any(_behind_null(cell_of(v.place, state), state) for v in values if isinstance(v, Load | AddressOf))

    def _asked_to_sleep(self, contract: Contract, arguments: dict[str, Value], state: PathState) -> list[Symbol]:
        """The flags in the arguments with which the callee sleeps, or the values that have them."""
        asked: list[Symbol] = []
        for name in contract.sleeps_if.keys() & arguments.keys():
            mask, flags = self.value(arguments[name], state), contract.sleeps_if[name]
            asked += flagged(mask, flags, state)
            self.resources.hand_on(open_to(mask, flags, state), flags)
        return asked

    def _returned(
        self, call: Call, contract: Contract, arguments: dict[str, Value], state: PathState
    ) -> PathState:
        symbol: Symbol = Fresh(call.start, "return")
        if contract.inferred:
            symbol = from_page(call, symbol, self.resources, state)
        if contract.returns is not None:
            symbol = self.value(substitute(contract.returns, arguments), state, call.start)
        elif contract.pure or call.result.name in self.resources.located:
            symbol = self.value(Invoke(call.function, call.arguments), state, call.start)
        return state.bind(Cell(None, call.result.name), symbol)

    def _conditions(
        self, conditions: tuple[Condition, ...], arguments: dict[str, Value], state: PathState, site: int
    ) -> PathState | None:
        after: PathState | None = state
        for value, truth in conditions:
            if after is not None:
                meant = substitute(value, arguments) if arguments else value
                after = after.assume(self.value(meant, after, site), truth)
        return after

    def _set(
        self, place: Value, value: Value, arguments: dict[str, Value], call: Call, before: PathState, state: PathState
    ) -> PathState:
        """The state with a new value in a place; what that is, the state before anything was set tells."""
        where = substitute(place, arguments)
        if not isinstance(where, Load):
            return state
        if value in (NEW, MERGED, DROPPED):
            symbol: Symbol = Fresh(call.start, f"{DOUBTED if value == MERGED else ''}set {place}")
        elif isinstance(value, Compound) and value.operator == SAME:
            symbol = self.value(substitute(value.operands[0], arguments), state, call.start)
        else:
            symbol = self.value(substitute(value, arguments), before, call.start)
        cell = cell_of(where.place, state, call.start)
        if value in (NEW, MERGED):
            for member in members(address_of(cell), state):
                state = state.bind(member, Fresh(call.start, f"set {place}, {member.name}"))
        if value == DROPPED:
            state = state.give(LOCK, symbol, Gone(call.function, call.start, depth=state.trail.depth))
        return state.bind(cell, symbol)


def _supposing(before: PathState, after: PathState) -> PathState:
    """The state with a mark on each parameter that a callee's own question has made null on this path."""
    told = (s for s in after.facts.keys() - before.facts.keys() if isinstance(s, Initial) and s.cell.base is None)
    supposed = {Operator(SUPPOSED, (s,)): True for s in told if after.facts[s] is False}
    return structs.replace(after, facts={**after.facts, **supposed}) if supposed else after


def _behind_null(cell: Cell, state: PathState) -> bool:
    """Whether a pointer on the way to the cell is known to be null."""
    if cell.base is None:
        return False
    further = isinstance(cell.base, Initial | Address) and _behind_null(cell.base.cell, state)
    return further or state.truth(cell.base) is False


def _array(symbol: Symbol) -> Symbol:
    """For an element, the pointer it is reached by."""
    return symbol.operands[0] if isinstance(symbol, Operator) and symbol.operator == "[]" else symbol
