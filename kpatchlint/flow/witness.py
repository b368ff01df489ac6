"""What is said of what the transfer function sees: events with the author's words, and the path to them.

A thing goes by the name it is stored under first, because that is how its author calls it.  An event that is seen on
several paths is one event, with the path on which it was seen first.  Example: `spin_unlock(ptl)` of a lock that was
given up is said with the place `ptl` and the points where it was taken and given up.
"""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.ir import (
    Access,
    AddressOf,
    Assign,
    Call,
    Cast,
    Compound,
    Invoke,
    Load,
    Lowered,
    Place,
    Value,
    Variable,
    text,
)
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.flow.contract import Contract, Effect, Knowledge
from kpatchlint.flow.evaluate import substitute
from kpatchlint.flow.questions import asked_again
from kpatchlint.flow.schema import ResourceData
from kpatchlint.flow.state import CALLER, Gone, Held, PathState
from kpatchlint.flow.symbol import Initial, Symbol, base_of, root_of
from kpatchlint.flow.trail import Point, path

Arguments = dict[str, Value]
# how a message calls what the author gave no name
UNNAMED = "it"


# the type of numbers in which addresses are kept
ADDRESS = "unsigned long"


class Sleep(Struct, frozen=True):
    """A call that may sleep: whether it waits for a migration entry, whether it sleeps in a page fault only, the kinds
    it must not wait with, how many callees further down it sleeps, the state, and the call."""

    wait: bool
    faults: bool
    blocked_by: frozenset[str]
    below: int
    state: PathState
    call: Call


class Witness:
    """Collects the events of one function."""

    def __init__(self, function: Lowered, knowledge: Knowledge) -> None:
        self.function, self.kinds = function, knowledge.resources
        self.types, self.stated = dict(function.types), knowledge.contracts
        self.names = results(function)
        self.located = {**_located(function, knowledge), **asked_again(function, knowledge)}
        self.taking = knowledge.taking
        self.found: dict[Event, Event] = {}

    @property
    def events(self) -> list[Event]:
        """Every event once, with the path on which it was seen first."""
        return list(self.found.values())

    def check_order(
        self, given: Held | Effect, held: Held | None, call: Call, about: dict[str, str], state: PathState
    ) -> None:
        """Of what is given back, the newest must be first; `held` is None for what the caller had taken before.

        What is kept where the caller finds it may be older than that, by an order that only the two of them know.
        """
        stack = self.kinds[given.resource].stack
        newest = next((h for h in reversed(state.held) if stack and self.kinds[h.resource].stack == stack), held)
        if newest is None or newest is held or (held is None and self._is_kept(newest, state)):
            return
        if held is None or (newest.resource, newest.symbol) != (held.resource, held.symbol):
            points = (*((self.taken(held),) if held else ()), self.taken(newest))
            self.emit(EventKind.RELEASE_ORDER, call, state, *points, **about, other=newest.place)

    def _is_kept(self, held: Held, state: PathState) -> bool:
        """Whether it was there when the function was entered, or is stored where what was there is."""
        cells = (cell for cell, symbol in state.store.items() if base_of(symbol) == held.symbol)
        return held.at == self.function.start or any(cell.base is not None for cell in cells)

    def from_entry(self, symbol: Symbol | None) -> bool:
        """Whether it is what a parameter led to when the function was entered."""
        root = root_of(symbol) if isinstance(symbol, Initial) else None
        return root is not None and root.name in self.function.parameters

    def check_mode(self, held: Held, call: Call, contract: Contract, about: dict[str, str], state: PathState) -> None:
        """A lock of readers and writers is given back as it was taken, unless a callee turns one into the other."""
        changes = any(outcome.acquires for outcome in contract.outcomes)
        other = held.mode and contract.mode and held.mode != contract.mode and not changes
        if other and not self._may_be_a_readers(held, call):
            modes = {"cause": "other-mode", "by": held.by, "mode": held.mode}
            self.emit(EventKind.RELEASE_OTHER, call, state, self.taken(held), **about, **modes)

    def _may_be_a_readers(self, held: Held, call: Call) -> bool:
        """Whether a callee that the rule data does not know may have made a reader of the writer before the call."""
        between = (c.function for c in self.function.cfg.calls() if held.at < c.start < call.start)
        return held.mode == "write" and any(name not in self.stated for name in between)

    def surely(self, resource: str, symbol: Symbol | None, call: Call, state: PathState) -> PathState:
        """What a callee may have given up, and is given back now, is gone for sure, whoever had taken it."""
        gone = state.gone.get((resource, symbol))
        if gone is None or not gone.maybe or symbol is None or self.kinds[resource].switch:
            return state
        given = replace(gone, by=call.function, at=call.start, maybe=False, depth=state.trail.depth)
        return state.give(resource, symbol, given)

    def may_give(self, call: Call) -> bool:
        """Whether the callee can hand something to its caller that is to be given back: as its result, through an
        argument, or, by its name, as something that it takes."""
        if any(part in call.function for part in self.taking):
            return True
        if any(isinstance(value, AddressOf) for value in call.arguments):
            return True
        return call.result in self.names and self.may_point(Load(self.names[call.result]))

    def may_give_back(self, call: Call) -> bool:
        """Whether the callee gets a pointer that this function was given, and may give back what is held there."""
        places = [value.place for value in call.arguments if isinstance(value, Load) and self.may_point(value)]
        return any(isinstance(place, Variable) and place.name in self.function.parameters for place in places)

    def may_be_address(self, call: Call) -> bool:
        """Whether the result of the call can be an address, as one is kept in an `unsigned long`, too."""
        place = self.names.get(call.result)
        declared = self.types.get(place.name, "*") if isinstance(place, Variable) else "*"
        return "*" in declared or ADDRESS in declared

    def may_point(self, value: Value) -> bool:
        """Whether it can be a pointer: neither a variable declared to be none, nor something cast to a number."""
        match value:
            case Load(Variable(name)):
                return "*" in self.types.get(name, "*")
            case Cast(kind, _):
                return "*" in kind
            case Compound(_, operands):
                return all(map(self.may_point, operands[:1]))
        return True

    def is_given(self, symbol: Symbol) -> bool:
        """Whether it is what the caller has given to a parameter."""
        if not isinstance(symbol, Initial):
            return False
        return symbol.cell.base is None and symbol.cell.name in self.function.parameters

    def about(self, effect: Effect, arguments: Arguments) -> dict[str, str]:
        place = "" if effect.place is None else self.text_of(substitute(effect.place, arguments))
        return {"resource": effect.resource, "noun": self.kinds[effect.resource].noun, "place": place}

    def text_of(self, value: Value) -> str:
        """The value as the author wrote it; the result of a call goes by the name it is stored under."""
        place = value.place if isinstance(value, Load) else None
        while isinstance(place, Variable) and place.temporary:
            if place.name in self.located:
                return text(self.located[place.name])
            place = self.names.get(place)
        return text(place) if place is not None else text(value) if not isinstance(value, Load) else UNNAMED

    def taken(self, held: Held) -> Point:
        return taken(held, self.kinds, self.function.start)

    def given(self, gone: Gone) -> Point:
        failed = "failed here" if gone.failed else "gave it up here"
        said = "names the lock without taking it" if gone.never else failed
        return Point(gone.depth, Step(gone.at, f"{gone.by}() {said}"))

    def emit(
        self, kind: EventKind, operation: Access | Call, state: PathState, *points: Point, **facts: str
    ) -> None:
        if isinstance(operation, Call):
            facts.setdefault("callee", operation.function)
        facts |= whose(facts, self.kinds)
        core = tuple(point.step for point in points)
        event = Event(kind, operation.start, operation.end, self.function.name, tuple(facts.items()), core)
        if event not in self.found:
            self.found[event] = replace(event, steps=path(state.trail, *points))


def taken(held: Held, kinds: Mapping[str, ResourceData], start: int = -1) -> Point:
    """Where and by whom it was taken; start  the offset of the function, where a callback's caller holds it."""
    kind = kinds[held.resource]
    what = _called(kind, held.place) or kind.noun
    if held.at == start:
        return Point(0, Step(held.at, f"{held.by}() holds the {kind.noun} {held.place} around this callback"))
    if held.by == CALLER:
        return Point(held.depth, Step(held.at, f"{what} is held by the caller, as is asserted here"))
    return Point(held.depth, Step(held.at, f"{what} {kind.taken} here by {held.by}()"))


def whose(facts: Mapping[str, str], kinds: Mapping[str, ResourceData]) -> dict[str, str]:
    """How a message calls a lock whose place only names what it belongs to: the mmap_lock of mm."""
    kind, place = kinds.get(facts.get("resource", "")), facts.get("place", "")
    return {"lock": _called(kind, place)} if kind is not None and kind.owned and place else {}


def _called(kind: ResourceData, place: str) -> str:
    return f"the {kind.noun} of {place}" if kind.owned and place else place


def fetched(held: Held, function: Lowered, knowledge: Knowledge) -> bool:
    """Whether another call handed it out: who makes that call again has it, too.

    It was given straight on, or it is a lock that a helper has found, which makes no object.
    """
    calls = list(function.cfg.calls())
    if held.place == UNNAMED:
        handed_out = {Load(call.result) for call in calls}
        return any(call.start == held.at and not handed_out.isdisjoint(call.arguments) for call in calls)
    kind, named = knowledge.resources[held.resource], results(function)
    helpers = (call for call in calls if call.function and call.function not in knowledge.contracts)
    found = (named.get(call.result) for call in helpers)
    return not (kind.lent or kind.stack) and any(place and text(place) == held.place for place in found)


def half_of(held: Held, state: PathState) -> dict[str, str]:
    """Whether what was taken together with it has been given back without it."""
    gone = (g for (kind, _), g in state.gone.items() if kind != held.resource)
    return {"half": "yes"} if any(g.taken_at == held.at for g in gone) else {}


def _located(function: Lowered, knowledge: Knowledge) -> dict[str, Value]:
    """Calls whose result stands for what another call takes or gives back, and is not stored, by their result."""
    named = set[str]()
    for call in function.cfg.calls():
        contract = knowledge.stated(call.function, len(call.arguments))
        given = contract.given(call.arguments) if contract is not None else {}
        values = [substitute(place, given) for place in contract.effective] if contract is not None else []
        places = [value.place for value in values if isinstance(value, Load)]
        named.update(place.name for place in places if isinstance(place, Variable) and place.temporary)
    made = (call for call in function.cfg.calls() if call.function and call.result.name in named)
    return {call.result.name: Invoke(call.function, call.arguments) for call in made}


def results(function: Lowered) -> dict[Variable, Place]:
    """Under which name the result of a call is stored first."""
    names: dict[Variable, Place] = {}
    for block in function.cfg.blocks:
        for op in block.operations:
            source = _source(op.value) if isinstance(op, Assign) else None
            if isinstance(op, Assign) and source is not None:
                names.setdefault(source, op.place)
    return names


def _source(value: Value) -> Variable | None:
    """The variable that the value is, or is some way behind."""
    match value:
        case Load(Variable() as variable):
            return variable
        case Compound("+" | "-", (start, _)):
            return _source(start)
    return None
