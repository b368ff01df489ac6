"""Taking, giving back and using resources: the checks behind every event but those at the end of a function.

A resource that this function neither took nor gave up is unknown, not unheld: the caller may hold it.  So the first
release of it is the caller's and says nothing; a second one is an event.  Example: `give(lock, ptl)` twice without a
take between is `release-unheld` with cause `released`, naming the callee that gave it up first.
"""

from collections.abc import Iterator, Mapping

from msgspec import structs
from msgspec.structs import replace

from kpatchlint.c.ir import Access, Call, Cast, Compound, Load, Lowered, Value, Variable, parts, text, variables
from kpatchlint.event import EventKind, Step
from kpatchlint.flow.annotated import LOCK
from kpatchlint.flow.asked import Read
from kpatchlint.flow.contract import Contract, Effect, Knowledge, Outcome
from kpatchlint.flow.evaluate import evaluate, receives, substitute
from kpatchlint.flow.needed import YES, Needs
from kpatchlint.flow.place import NEW
from kpatchlint.flow.relocked import relocked
from kpatchlint.flow.state import Gone, Held, PathState, Resource, is_constant, is_merged, made_here
from kpatchlint.flow.symbol import (
    Address,
    Fresh,
    Initial,
    Operator,
    Pure,
    Shifted,
    Symbol,
    base_of,
    in_array,
    indexed,
    made_in,
    root_of,
)
from kpatchlint.flow.trail import Point
from kpatchlint.flow.within import followed, leads_to, mapped_by, may_miss, narrowed, takes
from kpatchlint.flow.witness import Arguments, half_of


class Resources(Needs):
    """Checks and state changes for one function; `events` grows."""

    def __init__(self, function: Lowered, knowledge: Knowledge, calls: Mapping[int, Call], early: bool) -> None:
        super().__init__(function, knowledge)
        self.knowledge, self.calls, self.early = knowledge, calls, early
        self.resources_taken: set[Resource] = set()
        self.resources_given: set[Resource] = set()
        self.given_back: set[int] = set()
        self.reads: set[Read] = set()
        self.blurred: set[str] = set()

    def use(self, symbol: Symbol, value: Value, operation: Access | Call, state: PathState) -> Iterator[PathState]:
        """A load, store or contract that goes through a pointer."""
        base = base_of(symbol)
        taken = {h.resource for h in state.held if h.symbol == base}
        if not taken:
            self._check_gone(base, value, operation, state)
        known = state.truth(base)
        if not known:
            self._check_null(base, known, value, operation, state)
        if known is not False:
            yield self.proven(symbol, state)

    def passed(self, symbol: Symbol, value: Value, call: Call, state: PathState) -> PathState:
        """A pointer that is given to a callee: it is used there."""
        base = symbol.base if isinstance(symbol, Shifted) else symbol
        if self.may_point(value) and base not in {h.symbol for h in state.held}:
            self._check_gone(base, value, call, state)
        return self.proven(symbol, state)

    def proven(self, symbol: Symbol, state: PathState) -> PathState:
        """A used pointer points to an entry, not behind the last one."""
        if not isinstance(symbol, Shifted) or not symbol.past:
            return state
        inside = Shifted(symbol.base, symbol.low, symbol.high, past=False)
        return state.rename(lambda s: inside if s == symbol else None)

    def check_arguments(self, call: Call, contract: Contract, arguments: Arguments, state: PathState) -> frozenset[str]:
        """Pointers that must lead into the live table, and places that must not be held.

        Returns the parameters with a wrong argument: what the contract does with them cannot be followed.
        """
        wrong = set()
        for name in sorted(contract.live & arguments.keys()):
            cause = self._not_live(arguments[name], state)
            # hugetlb has entries of every level, and one type for them
            if cause and not (cause == "cast" and (contract.alias or name in contract.unmapped)):
                self.emit(EventKind.ARGUMENT, call, PathState(), cause=cause, param=name, place=text(arguments[name]))
                wrong.add(name)
        self.forbid(contract.must_not_hold, call, arguments, state)
        for effect in contract.foreign:
            if effect.place and state.find(effect.resource, self.symbol_of(effect, arguments, state)) is not None:
                name = next(name for name in variables(effect.place) if name in arguments)
                self.emit(EventKind.ARGUMENT, call, state, cause="foreign", param=name, place=text(arguments[name]))
        return frozenset(wrong)

    def gives_back(self, call: Call, state: PathState) -> bool:
        """Whether the call, if it is made, gives back something that is held now, or that an argument holds."""
        contract = self.knowledge.contract(call)
        if contract is None:
            return False
        arguments = contract.given(call.arguments)
        effects = [effect for outcome in contract.outcomes for effect in outcome.releases if effect.place is not None]
        return any(self._at_hand(e.resource, self.symbol_of(e, arguments, state), state) for e in effects)

    def _at_hand(self, resource: str, symbol: Symbol | None, state: PathState) -> bool:
        lent = isinstance(symbol, Initial) and symbol.cell.name in self.function.parameters
        known = state.truth(symbol) is False if symbol is not None else True
        return state.find(resource, symbol) is not None or (lent and not known and (resource, symbol) not in state.gone)

    def release(
        self, effect: Effect, arguments: Arguments, call: Call, contract: Contract, state: PathState
    ) -> PathState:
        """Give one resource back."""
        symbol = self.symbol_of(effect, arguments, state)
        if effect in contract.retaken and type(symbol) is Address:
            state = relocked(effect.resource, symbol, contract, call, state)
            symbol = self.symbol_of(effect, arguments, state)
        effect = narrowed(effect, symbol, self.kinds)
        base = followed(effect.resource, symbol, self.kinds, state)
        if indexed(base):
            return state
        held = state.find(effect.resource, base)
        about = {**self.about(effect, arguments), "callee_waits": YES[contract.wait]}
        if held is not None:
            self.given_back.add(held.at)
            self._check_pointer(symbol, held, call, about, state)
            self.check_order(held, held, call, about, state)
            self.check_mode(held, call, contract, about, state)
        elif not self._check_unheld(effect, base, call, about, state):
            return self.surely(effect.resource, base, call, state)
        else:
            self.resources_given.add((effect.resource, base))
            if in_array(base) and made_in(base):
                # an element that this function has counted to: which one, no caller can be told
                self.blurred.add(effect.resource)
            if self.from_entry(base):
                self.check_order(effect, None, call, about, state)
        taken_at = held.at if held else -1
        entry, depth = held is None or held.again or held.at == self.function.start, state.trail.depth
        given = Gone(call.function, call.start, taken_at, waits=contract.wait, entry=entry, depth=depth)
        after = state.give(effect.resource, base, given)
        return self._outdated(base, call, after) if contract.wait else after

    def acquire(
        self, effect: Effect, arguments: Arguments, call: Call, mode: str, state: PathState
    ) -> PathState | None:
        """Take one resource; None where there is nothing to take, because its place is NULL."""
        symbol = self.symbol_of(effect, arguments, state)
        effect = narrowed(effect, symbol, self.kinds)
        base = None if symbol is None else base_of(symbol)
        about = self.about(effect, arguments)
        if indexed(base) or _is_element(effect, arguments):
            return state
        held = state.find(effect.resource, base)
        if held is not None and not self.kinds[effect.resource].nests:
            if self.kinds[effect.resource].lent and self._lent(base, state):
                return state
            self.emit(EventKind.ACQUIRE_HELD, call, state, self.taken(held), **about, **half_of(held, state))
            return state
        owner = base.cell.base if type(base) is Address else None
        # what a lock lies in is there
        there = state if base is None else state.assume(base if owner is None else owner, True)
        if there is None:
            return None
        gone = state.gone.get((effect.resource, base))
        # a section that goes by no name lies nowhere
        lies = base is not None and self.kinds[effect.resource].atomic
        if gone is not None and gone.waits and not gone.maybe and lies:
            self.emit(EventKind.USE_AFTER_RELEASE, call, state, self.given(gone), **about, by=gone.by, by_wait="yes")
        again = gone is not None and gone.entry
        if not again:
            self.resources_taken.add((effect.resource, base))
        depth = state.trail.depth
        return there.take(Held(effect.resource, base, about["place"], call.start, call.function, again, depth, mode))

    def unlocked(self, outcome: Outcome, arguments: Arguments, call: Call, state: PathState) -> PathState:
        """A lock that a lookup only names (`*ptlp` without taking it) is known not to be held."""
        taken = {effect.place for effect in outcome.acquires}
        for place, value in outcome.sets:
            symbol = evaluate(substitute(place, arguments), state, call.start)
            if place in taken or not isinstance(symbol, Pure | Fresh) or state.truth(symbol) is False:
                continue
            if not any(h.symbol == symbol for h in state.held) and value != NEW:
                gone = {**state.gone, (LOCK, symbol): Gone(call.function, call.start, never=True)}
                state = structs.replace(state, gone=gone)
        return state

    def refused(
        self, contract: Contract, outcome: Outcome, arguments: Arguments, call: Call, state: PathState
    ) -> PathState:
        """What other outcomes take and this one does not is known not to be held."""
        if (kind := mapped_by(contract, self.kinds)) and self.kinds[kind].walked:
            # whether the last map failed is what a caller would have tested
            told = {r: replace(g, failed=False, never=True) for r, g in state.gone.items() if g.failed}
            state = structs.replace(state, gone={**state.gone, **told}) if told else state
        if outcome.acquires or outcome.releases:
            return state
        # the lock that comes with a map which failed is known not to be held, nor is what its place still names
        locks = (pair for other in contract.outcomes for pair in other.sets if takes(other, pair[0]))
        for lock in (value for pair in locks for value in pair):
            state = self._failed(lock, call, arguments, state) if mapped_by(contract, self.kinds) else state
        for effect in (effect for other in contract.outcomes for effect in other.acquires):
            symbol = self.symbol_of(effect, arguments, state)
            given = isinstance(effect.place, Load) and isinstance(effect.place.place, Variable)
            if symbol is None or not given or made_here(symbol) or is_constant(symbol) or symbol in state.owned:
                continue
            refused = Gone(call.function, call.start, never=True, depth=state.trail.depth)
            state = state.give(narrowed(effect, symbol, self.kinds).resource, symbol, refused)
        return state

    def _failed(self, lock: Value, call: Call, arguments: Arguments, state: PathState) -> PathState:
        symbol = evaluate(substitute(lock, arguments), state)
        gone = state.gone.get((LOCK, symbol))
        known = isinstance(symbol, Pure) or gone is not None
        # that the caller has lost it is still to be told to the caller
        if not known or state.find(LOCK, symbol) is not None or (gone is not None and gone.is_given):
            return state
        failed = Gone(call.function, call.start, failed=True, depth=state.trail.depth)
        return structs.replace(state, gone={**state.gone, (LOCK, symbol): failed})

    def marked(self, contract: Contract, arguments: Arguments, state: PathState) -> PathState:
        """Pointers the contract says are no mapping."""
        for name in sorted(contract.unmapped & arguments.keys()):
            symbol = base_of(evaluate(arguments[name], state))
            if not any(h.symbol == symbol for h in state.held):
                state = state.learn(Operator("unmapped", (symbol,)), True)
        return state

    def _check_gone(self, base: Symbol, value: Value, operation: Access | Call, state: PathState) -> None:
        for (resource, symbol), gone in state.gone.items():
            kind = self.kinds[resource]
            if leads_to(symbol, base, kind) and not (gone.never or gone.maybe or gone.failed):
                facts = {"resource": resource, "noun": kind.noun, "place": text(value), "by": gone.by}
                callee = operation.function if isinstance(operation, Call) else ""
                self.emit(
                    EventKind.USE_AFTER_RELEASE,
                    operation,
                    state,
                    self.given(gone),
                    **facts,
                    callee=callee,
                    by_wait=YES[gone.waits],
                )

    def _check_null(
        self, base: Symbol, known: bool | None, value: Value, at: Access | Call, state: PathState
    ) -> None:
        maker = self.calls.get(base.site) if isinstance(base, Fresh) and base.what == "return" else None
        contract = self.knowledge.contract(maker) if maker else None
        if maker and contract and may_miss(contract, known):
            callee = at.function if isinstance(at, Call) else ""
            point = Point(0, Step(maker.start, f"{maker.function}() may return NULL here"))
            self.emit(EventKind.USE_UNCHECKED, at, state, point, place=text(value), by=maker.function, callee=callee)

    def _not_live(self, value: Value, state: PathState) -> str:
        symbol = evaluate(value, state)
        if isinstance(symbol, Address):
            root = root_of(symbol)
            local = root is not None and root.name in self.types and not isinstance(symbol.cell.base, Initial)
            return "stack-copy" if local else "member-copy" if symbol.cell.base is not None else ""
        if isinstance(value, Cast) and isinstance(value.value, Load) and isinstance(value.value.place, Variable):
            declared = self.types.get(value.value.place.name, "").replace(" ", "")
            pointers = declared.endswith("*") and declared != "void*"
            return "cast" if pointers and declared != value.type.replace(" ", "") else ""
        return ""

    def _check_pointer(
        self, symbol: Symbol | None, held: Held, call: Call, about: dict[str, str], state: PathState
    ) -> None:
        if not isinstance(symbol, Shifted) or not self.kinds[held.resource].walked:
            return
        cause = "before-start" if symbol.low < 0 else "past-end" if symbol.past else ""
        if cause:
            self.emit(EventKind.RELEASE_OFFSET, call, state, self.taken(held), **about, cause=cause)

    def _lent(self, symbol: Symbol | None, state: PathState) -> bool:
        """Whether a function nobody knows gets it, and may have given it back."""
        return receives((c for c in self.calls.values() if self.knowledge.contract(c) is None), {symbol}, state)

    def _check_unheld(
        self, effect: Effect, base: Symbol | None, call: Call, about: dict[str, str], state: PathState
    ) -> bool:
        """Whether the release may be the caller's; events for those that cannot be."""
        gone = state.gone.get((effect.resource, base))
        if gone is not None and (gone.is_doubtful or self.kinds[effect.resource].switch):
            return False
        # how many sections are entered in the caller, or above a fragment, nobody knows
        above = base is None and self.kinds[effect.resource].nests and not self.function.whole
        if gone is not None and not above:
            word = "failed" if gone.failed else "never" if gone.never else "released"
            cause = {"cause": word, "by": gone.by, "by_wait": YES[gone.waits]}
            self.emit(EventKind.RELEASE_UNHELD, call, state, self.given(gone), **about, **cause)
            return False
        if base is None:
            return True
        if self._own_storage(base) or (not self.early and is_merged(base)):
            # nobody's, or one of several things that a merge has made one: early, each of them is looked at again
            return False
        direct = isinstance(effect.place, Load) and isinstance(effect.place.place, Variable)
        if state.truth(Operator("unmapped", (base,))) and not direct:
            return False
        if state.truth(Operator("unmapped", (base,))):
            self.emit(EventKind.RELEASE_UNHELD, call, state, **about, cause="unmapped")
            return False
        maker = self.calls.get(base.site) if isinstance(base, Fresh) else None
        if state.truth(base) is False or state.is_unset(base):
            cause = {"cause": "failed" if maker else "null", "by": maker.function if maker else ""}
            self.emit(EventKind.RELEASE_UNHELD, call, state, **about, **cause)
            return False
        other = next((h for h in state.held if h.symbol == base and self._pairs(h, effect)), None)
        if other is not None:
            by = {"cause": "other-kind", "other": other.by}
            self.emit(EventKind.RELEASE_OTHER, call, state, self.taken(other), **about, **by)
            return False
        return True

    def _own_storage(self, base: Symbol) -> bool:
        """What a local held before anything was stored in it: nobody's, and whether it is NULL is not followed."""
        root = root_of(base)
        own = root is not None and root.name in self.types and root.name not in self.function.parameters
        return own and isinstance(base, Initial)

    def _pairs(self, held: Held, effect: Effect) -> bool:
        stack = self.kinds[effect.resource].stack
        return bool(stack) and self.kinds[held.resource].stack == stack and held.resource != effect.resource

    def _outdated(self, base: Symbol | None, call: Call, state: PathState) -> PathState:
        """After a wait the table may have changed: an old lookup equals no new one, which is not held either."""
        if not isinstance(base, Pure):
            return state
        stale = Fresh(call.start, "outdated")
        again = {r: replace(g, waits=False) for r, g in state.gone.items() if r[0] == LOCK and r[1] == base}
        state = state.rename(lambda symbol: stale if symbol == base else None)
        return structs.replace(state, gone={**state.gone, **again})

    def borrow(self, effect: Effect, arguments: Arguments, walker: str, state: PathState) -> PathState:
        """What the caller of this callback holds around it."""
        symbol = self.symbol_of(effect, arguments, state)
        there = state if symbol is None else state.assume(symbol, True)
        place = self.about(effect, arguments)["place"]
        return (there or state).take(Held(effect.resource, symbol, place, self.function.start, walker))


def _is_element(effect: Effect, arguments: Arguments) -> bool:
    """Whether it is named as an element of an array, or a member of one, of which another index may be given back."""
    named = substitute(effect.place, arguments) if effect.place is not None else None
    return isinstance(named, Load) and any(isinstance(p, Compound) and p.operator == "[]" for p in parts(named))
