"""What a callee needs held, must not find held, and may sleep with: the checks of a call before its own effects.

A resource that this function neither took nor gave up is unknown, not unheld: the caller may hold it.  Assumes that an
assertion is true.  Example: behind `spin_unlock(ptl)` a callee that must be called with `ptl` held is `not-held`.
"""

from collections.abc import Collection, Iterable
from functools import cache

from msgspec import Struct, structs

from kpatchlint.c.ir import Call, Load, Lowered, Variable
from kpatchlint.event import EventKind
from kpatchlint.flow.annotated import LOCK, SPINLOCK
from kpatchlint.flow.contract import Contract, Effect, Knowledge, Outcome
from kpatchlint.flow.evaluate import evaluate, substitute
from kpatchlint.flow.last import for_the_last
from kpatchlint.flow.state import CALLER, Held, PathState, Resource
from kpatchlint.flow.symbol import Initial, Symbol
from kpatchlint.flow.within import awaited
from kpatchlint.flow.witness import Arguments, Sleep, Witness, half_of

# a sleep further down hangs on too many conditions to say anything of this call; true ones in mm/ are 2 down at most
DEEPEST_SLEEP = 3
YES = {True: "yes", False: "no"}


class Wanted(Struct, frozen=True):
    """What a callee needs held, or does what is due under it.

    resource  the kind, or what is due
    place     how the function calls it
    held      whether it is held
    lost      whether nothing that may be it is held any more
    """

    call: Call
    resource: str
    place: str
    held: bool
    lost: bool


class Needs(Witness):
    """The checks of one function; `sleeps`, `sleeps_if` and `wanted` grow."""

    def __init__(self, function: Lowered, knowledge: Knowledge) -> None:
        super().__init__(function, knowledge)
        self.sleeps: list[Sleep] = []
        self.sleeps_if: dict[str, tuple[str, ...]] = {}
        self.wanted: set[Wanted] = set()
        self.last = cache(lambda: for_the_last(function, knowledge))

    def believe(self, contract: Contract, arguments: Arguments, call: Call, state: PathState) -> PathState:
        """An assertion is a free fact: what it names is held, by the caller if not by this function."""
        for effect in contract.must_hold:
            resource = effect.resource, self.symbol_of(effect, arguments, state)
            state = structs.replace(state, gone={r: g for r, g in state.gone.items() if r != resource})
            if state.find(*resource) is None and (contract.spins or self._forbids_waiting(effect, arguments)):
                place = self.about(effect, arguments)["place"]
                state = state.take(Held(*resource, place, call.start, CALLER, again=True, depth=state.trail.depth))
        return state

    def _forbids_waiting(self, effect: Effect, arguments: Arguments) -> bool:
        """Whether the asserted lock is known to be one that nobody sleeps or waits with: an assertion takes any."""
        value = substitute(effect.place, arguments) if effect.place is not None else None
        name = value.place.name if isinstance(value, Load) and isinstance(value.place, Variable) else ""
        spins = effect.resource == LOCK and SPINLOCK in self.types.get(name, "")
        return spins or self.kinds[effect.resource].blocks_wait

    def forbid(self, effects: Iterable[Effect], call: Call, arguments: Arguments, state: PathState) -> None:
        """What must not be held at the call."""
        for effect in effects:
            held = state.find(effect.resource, self.symbol_of(effect, arguments, state))
            if held:
                about = self.about(effect, arguments) | half_of(held, state)
                self.emit(EventKind.ACQUIRE_HELD, call, state, self.taken(held), **about)

    def check_held(
        self, call: Call, contract: Contract, outcome: Outcome, arguments: Arguments, state: PathState
    ) -> None:
        """What the contract wants held and does not itself give back."""
        given = {(e.resource, e.place) for e in outcome.releases}
        for effect in (effect for effect in outcome.drops if self.kinds[effect.resource].due):
            self._note_due(call, effect.resource, state)
        for effect in contract.must_hold:
            symbol, about = self.symbol_of(effect, arguments, state), self.about(effect, arguments)
            self._note_wanted(call, (effect.resource, symbol), about["place"], state)
            gone = state.gone.get((effect.resource, symbol))
            if gone is not None and not gone.maybe and (effect.resource, effect.place) not in given:
                about |= {"callee_waits": YES[contract.wait], "cause": "never" if gone.never else "released"}
                self.emit(EventKind.NOT_HELD, call, state, self.given(gone), **about, by=gone.by)

    def _note_wanted(self, call: Call, wanted: Resource, place: str, state: PathState) -> None:
        touched = wanted[0] in {held.resource for held in state.held} | {kind for kind, _ in state.gone}
        self.wanted.add(Wanted(call, wanted[0], place, state.find(*wanted) is not None, not touched))

    def _note_due(self, call: Call, due: str, state: PathState) -> None:
        held = any(held.resource in self.kinds[due].guarded_by for held in state.held)
        self.wanted.add(Wanted(call, due, "", held, not held))

    def check_sleep(
        self, call: Call, contract: Contract, arguments: Arguments, below: int, asked: list[Symbol], state: PathState
    ) -> None:
        """Nobody sleeps in an atomic section, or waits for a migration with what its end needs; `asked` to by flags."""
        if below > DEEPEST_SLEEP:
            return
        if contract.faults and any(self.kinds[h.resource].no_faults for h in state.held):
            return
        if call.start not in self.last() and not (asked and all(map(self.is_given, asked))):
            self.sleeps.append(Sleep(contract.wait, contract.faults, contract.blocked_by, below, state, call))
        said = [state.find(e.resource, self.symbol_of(e, arguments, state)) for e in contract.must_not_hold]
        for held in (held for held in reversed(state.held) if held not in said):
            kind = self.kinds[held.resource]
            blocked = held.resource in contract.blocked_by
            waits = contract.wait or (kind.returned_by and awaited(contract, arguments, held, state))
            if kind.atomic or blocked or (waits and kind.blocks_wait):
                about = {"resource": held.resource, "noun": kind.noun, "place": held.place, "callee": call.function}
                about |= {"callee_waits": YES[contract.wait], "waker_needs": YES[blocked]}
                about |= self._besides(held, said, state) | half_of(held, state)
                self.emit(EventKind.SLEEP_HELD, call, state, self.taken(held), **about)
                return

    def _besides(self, held: Held, said: Collection[Held | None], state: PathState) -> dict[str, str]:
        """The lock beside a map, or the map beside a lock, that is held too."""
        stack = bool(self.kinds[held.resource].stack)
        atomic = (h for h in reversed(state.held) if self.kinds[h.resource].atomic and h.place and h not in said)
        other = next((h.place for h in atomic if bool(self.kinds[h.resource].stack) is not stack), "")
        return {"other": other} if other else {}

    def hand_on(self, parts: Collection[Symbol], flags: tuple[str, ...]) -> None:
        """Note the parameters whose flags a callee gets, and the flags with which that one sleeps."""
        for part in parts:
            if isinstance(part, Initial) and self.is_given(part):
                self.sleeps_if[part.cell.name] = flags

    def symbol_of(self, effect: Effect, arguments: Arguments, state: PathState) -> Symbol | None:
        return None if effect.place is None else evaluate(substitute(effect.place, arguments), state)
