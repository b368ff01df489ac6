"""The end of a function: what leaves with something held, and what is not given back where it should be.

Two questions.  Does a path leave with something that nobody can give back any more (a leak)?  Do paths that return the
same to the caller disagree about what they gave back (inconsistent)?  Something handed to the caller - returned, stored
where the caller can find it, or the caller's own - is no leak.  Example: of two paths that both return 0, one with
`ptl` held and one without, the first is inconsistent.
"""

import sys
from collections.abc import Iterable, Iterator, Set
from functools import cache

from msgspec import structs

from kpatchlint.c.ir import Call, Value, variables
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.flow.annotated import acquired, lasting, released
from kpatchlint.flow.apart import alike, result_class
from kpatchlint.flow.contract import Effect, Knowledge, Outcome
from kpatchlint.flow.evaluate import evaluate, receives, set_once, substitute
from kpatchlint.flow.liveness import names_read
from kpatchlint.flow.paths import Ending, Flow, own_parameters
from kpatchlint.flow.place import RESULT
from kpatchlint.flow.prune import aged
from kpatchlint.flow.state import CALLER, Gone, Held, PathState, Resource, made_here
from kpatchlint.flow.symbol import (
    Address,
    Cell,
    Fresh,
    Initial,
    Pure,
    Symbol,
    base_of,
    is_embedded,
    made_in,
    parts_of,
    root_of,
    shown,
)
from kpatchlint.flow.trail import Point, path
from kpatchlint.flow.witness import fetched, taken, whose

RETURNED = Cell(None, RESULT.name)


def exit_events(flow: Flow, knowledge: Knowledge) -> tuple[Event, ...]:
    """Events of kind exit-held and release-other for every way out of the function."""
    check = _Exits(flow, knowledge)
    seen: dict[tuple[EventKind, int, tuple[tuple[str, str], ...], tuple[Step, ...]], Event] = {}
    for ending in flow.endings:
        for event in check.of(ending):
            seen.setdefault((event.kind, event.start, event.facts, event.steps[:1]), event)
    return tuple(seen.values())


def settled(flow: Flow, knowledge: Knowledge) -> Flow:
    """The flow as its callers may take it: what is said to be wrong at its ends is not to be said of them again."""
    check = _Exits(flow, knowledge)
    return structs.replace(flow, endings=tuple(Ending(check.settled(e), e.result, e.operation) for e in flow.endings))


class _Exits:
    def __init__(self, flow: Flow, knowledge: Knowledge) -> None:
        function = flow.function
        self.compare = not flow.cut and function.whole
        self.function, self.knowledge, self.endings = function, knowledge, flow.endings
        self.kinds = knowledge.resources
        self.early = flow.early
        self.at_entry = cache(lambda: set_once(function))
        # early, what is taken on paths that the code does not have is among it
        self.taken = frozenset() if self.early else flow.taken
        self.given_back = flow.given_back
        self.lent = {function.start, *lasting(function)}
        self.said = acquired(function, knowledge.resources)
        self.contract = knowledge.stated(function.name, len(function.parameters))
        self.own = own_parameters(function, self.contract)
        outcomes = self.contract.outcomes if self.contract else ()
        taken = {e.resource for o in outcomes for e in o.acquires}
        # kinds that the function's own contract gives back and never takes: none of them may be left
        self.undone = {e.resource for o in outcomes for e in o.releases} - taken
        self.stated = {e.resource for o in outcomes for e in (*o.acquires, *o.releases)}
        given = ((e, {r: g for r, g in e.state.gone.items() if self._is_owed(r, g, e)}) for e in flow.endings)
        # what endings give back for the caller
        self.due = [(ending, due) for ending, due in given if due] if self.compare else []

    def of(self, ending: Ending) -> Iterator[Event]:
        leaked = self._leaked(ending)
        together = {held.at for held in leaked if self.kinds[held.resource].stack}
        for held in leaked:
            if held.at in together and not self.kinds[held.resource].stack:
                continue
            alone = self._other_half(held, ending.state)
            cause = "half" if self._is_half(held, ending.state) else "leak"
            locks = (h.place for h in leaked if h.at == held.at and not self.kinds[h.resource].stack)
            yield self._alone(held, alone) if alone else self._left(held, ending, cause, next(locks, ""))
        for held in self._inconsistent(ending):
            yield self._left(held, ending, "inconsistent")
        for resource, given in self._kept(ending).items():
            yield self._owed(resource, given, ending)
        yield from self._taken_away(ending)
        if self.function.whole:
            yield from self._promised(ending)
            yield from self._annotated(ending)

    def settled(self, ending: Ending) -> PathState:
        """The state of the ending without what should not be held, with what should have been given back, and in doubt
        about what was given back that a callee nobody knows may have taken."""
        state, left = ending.state, [*self._leaked(ending), *self._inconsistent(ending)]
        kept = (held for held in state.held if held not in left and not self.kinds[held.resource].due)
        gone = {r: g for r, g in state.gone.items() if not self.kinds[r[0]].due}
        handed = {r: g for r, g in gone.items() if g.is_given and self._handed({r[1]}, g.at)}
        gone |= {r: structs.replace(g, maybe=True) for r, g in handed.items()}
        state = structs.replace(state, held=tuple(kept), gone=gone)
        for (kind, symbol), given in self._kept(ending).items():
            state = state.give(kind, symbol, given)
        return state

    def _leaked(self, ending: Ending) -> list[Held]:
        return [held for held in ending.state.held if self._leaks(held, ending)]

    def _inconsistent(self, ending: Ending) -> list[Held]:
        """What it holds beside that, and endings that its caller cannot tell from it do not."""
        if not self.compare:
            return []
        kinds = {name for name, kind in self.kinds.items() if kind.balanced or kind.compared} - self.stated
        held = (h for h in ending.state.held if h.resource in kinds and not self._leaks(h, ending))
        own = (h for h in held if not self._is_meant(h) and not self._given_away(h, ending))
        own = (h for h in own if self.kinds[h.resource].balanced or not self._stored(h.symbol, ending))
        # or an earlier round of a loop has left it, and others have given it back
        return [h for h in own if self._disagrees(h, ending) or (h.at in self.given_back and aged(h.symbol))]

    def _taken_away(self, ending: Ending) -> Iterator[Event]:
        """What the caller holds around this callback or this function, and this path has given up."""
        for (resource, symbol), gone in ending.state.gone.items():
            if gone.taken_at in self.lent and not gone.maybe:
                facts = {"resource": resource, "noun": self.kinds[resource].noun, "place": shown(symbol)}
                facts |= {"callee": self.function.name, "cause": "returned", "by": gone.by}
                point = Point(gone.depth, Step(gone.at, f"{gone.by}() gave it up here"))
                yield self._event(EventKind.NOT_HELD, ending, facts, path(ending.state.trail, point))

    @staticmethod
    def _other_half(held: Held, state: PathState) -> Gone | None:
        """What was taken by the same call as `held` and has been given back without it."""
        return next((g for (r, _), g in state.gone.items() if r != held.resource and g.taken_at == held.at), None)

    def _is_half(self, held: Held, state: PathState) -> bool:
        """Whether more was taken together with it, which is not held any more."""
        call = next((call for call in self.function.cfg.calls() if call.start == held.at), None)
        contract = self.knowledge.contract(call) if call else None
        taken = [{effect.resource for effect in o.acquires} for o in contract.outcomes] if contract else []
        fewest = min((len(kinds) for kinds in taken if held.resource in kinds), default=0)
        return fewest > 1 and not any(h.at == held.at and h.resource != held.resource for h in state.held)

    def _is_meant(self, held: Held) -> bool:
        """Whether it is the caller's: taken around a callback, asserted to be held, or said to be acquired for it."""
        return held.at == self.function.start or held.by == CALLER or (held.resource, held.symbol) in self.said

    def _leaks(self, held: Held, ending: Ending) -> bool:
        return not self._is_meant(held) and self.kinds[held.resource].balanced and not self._escapes(held, ending)

    def _escapes(self, held: Held, ending: Ending) -> bool:
        symbol = held.symbol
        if held.resource in self.undone and not is_embedded(symbol):
            return False
        if symbol is None or self._from_outside(symbol) or is_embedded(symbol):
            return True
        returned = ending.result is not None and symbol in parts_of(ending.result)
        return returned or fetched(held, self.function, self.knowledge) or self._stored(symbol, ending)

    def _stored(self, symbol: Symbol | None, ending: Ending) -> bool:
        """Whether it is left where the caller can find it."""
        return any(base_of(kept) == symbol and not self._local(cell) for cell, kept in ending.state.store.items())

    def _local(self, cell: Cell) -> bool:
        if cell.base is None:
            return cell.name in self.function.locals or cell.name.startswith("%")
        match base_of(cell.base):
            case Address(Cell(None, name)):
                return name in self.function.locals
        return False

    def _disagrees(self, held: Held, ending: Ending) -> bool:
        """Whether another ending does not hold it, which the caller cannot tell from this one, or has less reason to.

        An error returned with something held that success gives back is no way to tell the caller that it is held.
        """
        mine, failed = result_class(ending), self._failed(ending) and self._direct(held)
        for other in self.endings if mine is not None or failed else ():
            state = other.state
            if _holds(state, held) or not self._gave(state, held, ending.state):
                continue
            if alike(ending, other, self.early):
                return True
            if failed and result_class(other) != mine:
                return True
        return False

    def _failed(self, ending: Ending) -> bool:
        """Whether it returns an error: a negative number, or a callee's result, no pointer, that was found not zero."""
        if ending.result is None or result_class(ending) is not None:
            return result_class(ending) == "negative"
        found = type(ending.result) is Fresh and ending.state.truth(ending.result) is True
        return found and not self.function.returns_pointer

    def _direct(self, held: Held) -> bool:
        """Whether this function itself took it, not a helper that may mean it to be handed on."""
        return held.by in self.knowledge.contracts

    def _gave(self, state: PathState, held: Held, mine: PathState) -> bool:
        """Whether a path gave it back, and nothing that both did; what nobody can name any more no path knows."""
        if held.at in self.given_back and self._direct(held) and is_embedded(held.symbol) and made_in(held.symbol):
            return True
        gone = {r for r, g in state.gone.items() if r[0] == held.resource and g.taken_at == held.at and not g.maybe}
        return any(resource not in mine.gone or mine.gone[resource].taken_at != held.at for resource in gone)

    def _kept(self, ending: Ending) -> dict[Resource, Gone]:
        """What other endings give back for the caller and this one does not."""
        owed: dict[Resource, Gone] = {}
        for other, due in self.due if result_class(ending) is not None else ():
            # to tell two endings apart costs more than all the other questions
            forgotten = {r: gone for r, gone in due.items() if r not in owed and self._forgets(r, ending.state)}
            if forgotten and alike(ending, other, self.early):
                owed |= forgotten
        return owed

    def _is_owed(self, resource: Resource, gone: Gone, other: Ending) -> bool:
        """Whether it is the caller's, and the other path gives it back for good."""
        if resource[0] in self.stated or not gone.is_given or not self.kinds[resource[0]].atomic:
            return False
        # or a callee may have taken it that takes more than can be named
        elsewhere = (resource[0], None) in other.state.gone or _replaced(resource, other.state)
        return not (elsewhere or resource in self.taken or self._reached(resource[1]))

    def _promised(self, ending: Ending) -> Iterator[Event]:
        """What the function's own contract says it gives back on a path like this one, and this path does not."""
        possible = [o for o in (self.contract.outcomes if self.contract else ()) if self._can_be(o, ending)]
        due = dict.fromkeys(e for one in possible for e in one.releases if _surely(e, one, possible))
        for effect in due:
            if effect.place is not None and effect.resource in self.undone and self._looks_at(effect.place):
                yield from self._unkept((effect.resource, self._stated(effect.place, ending)), ending)

    def _looks_at(self, place: Value) -> bool:
        """Whether the body reads what the place hangs on: where a configuration has nothing to give back, none does."""
        return not names_read(self.function.cfg).isdisjoint(variables(substitute(place, self.own)))

    def _can_be(self, outcome: Outcome, ending: Ending) -> bool:
        """Whether this path is not known to break a condition of the outcome."""
        return all(ending.state.truth(self._stated(value, ending)) in (truth, None) for value, truth in outcome.when)

    def _stated(self, value: Value, ending: Ending) -> Symbol:
        """What the contract names, as it was when the function was entered; the result, as it is now."""
        at_entry = PathState() if ending.result is None else PathState().bind(RETURNED, ending.result)
        return evaluate(substitute(value, self.own), at_entry)

    def _annotated(self, ending: Ending) -> Iterator[Event]:
        """What `__releases(x)` says of the function, and this path does not do."""
        given = {symbol for (_, symbol), gone in ending.state.gone.items() if not gone.some}
        for resource in released(self.function, self.kinds):
            # sparse does not say what kind of lock it is
            if resource[1] is None or resource[1] not in given:
                yield from self._unkept(resource, ending)

    def _unkept(self, resource: Resource, ending: Ending) -> Iterator[Event]:
        if self._forgets(resource, ending.state) and not self._lent(resource[1]):
            yield self._owed(resource, Gone(self.function.name, self.function.start), ending)

    def _forgets(self, resource: Resource, state: PathState) -> bool:
        kind, symbol = resource
        if not (self.kinds[kind].balanced or self.kinds[kind].compared) or symbol is None:
            return False
        symbol = state.canonical(symbol)
        if state.truth(symbol) is False:
            return False
        if made_here(symbol) or self._own(symbol):
            return False
        gone = state.gone.get((kind, symbol))
        if (gone is not None and not gone.some) or (kind, None) in state.gone:
            return False
        held = state.find(kind, symbol)
        return held is None or held.by == CALLER

    def _own(self, symbol: Symbol) -> bool:
        """Whether it hangs on a local of this function."""
        locals_ = self.function.locals - set(self.function.parameters)
        cells = (p.cell for p in parts_of(symbol) if isinstance(p, Initial | Address))
        return any(cell.base is None and cell.name in locals_ for cell in cells)

    def _from_outside(self, symbol: Symbol) -> bool:
        """Whether its caller can find it, too: a lock that a function computes, by asking that for it again."""
        if type(symbol) is Pure and symbol.function not in self.knowledge.computed:
            return all(map(self._from_outside, symbol.arguments))
        root = root_of(symbol)
        return root is not None and (root.name in self.function.parameters or root.name not in self.function.locals)

    def _lent(self, symbol: Symbol | None) -> bool:
        """Whether a callee nobody knows gets the resource, so that it may be the one to give it back."""
        return self._handed({symbol})

    def _given_away(self, held: Held, ending: Ending) -> bool:
        """Whether a callee gets it on the way to this ending that may have given it back, for all the rule data says.

        An operation behind a pointer (`ops->send(queue)`) may give back what hangs on its argument.
        """
        between = range(held.at + 1, ending.operation.start)
        calls = (c for c in self.function.cfg.calls() if c.start in between)
        owners = set(parts_of(held.symbol)) if held.symbol else set()
        return receives((c for c in calls if self._may_give_back(c, held)), owners, self.at_entry())

    def _may_give_back(self, call: Call, held: Held) -> bool:
        kind = self.kinds[held.resource]
        lent = kind.lent and call.function not in self.knowledge.contracts and not kind.only_looks(call.function)
        says = kind.may_be_given_back_by(call.function) and self._unknown(call)
        return bool(not call.function or lent or says)

    def _reached(self, symbol: Symbol | None) -> bool:
        """Whether a callee nobody knows gets something it is part of, so that it may be the one that has taken it."""
        return self._handed(set(parts_of(symbol)) if symbol else set())

    def _unknown(self, call: Call) -> bool:
        return self.knowledge.contract(call) is None

    def _handed(self, symbols: Set[Symbol | None], before: int = sys.maxsize) -> bool:
        calls = (call for call in self.function.cfg.calls() if call.start < before and self._unknown(call))
        return receives(calls, symbols, self.at_entry())

    def _left(self, held: Held, ending: Ending, cause: str, other: str = "") -> Event:
        where = "return" if ending.operation.explicit else "end"
        kind = self.kinds[held.resource]
        facts = {"resource": held.resource, "noun": kind.noun, "place": held.place, "cause": cause, "where": where}
        facts |= {"other": other} if other and kind.stack else {}
        steps = path(ending.state.trail, taken(held, self.kinds))
        return self._event(EventKind.EXIT_HELD, ending, facts, steps)

    def _owed(self, resource: Resource, gone: Gone, ending: Ending) -> Event:
        kind = self.kinds[resource[0]]
        where = "return" if ending.operation.explicit else "end"
        held = ending.state.find(*resource)
        place = held.place if held else shown(resource[1])
        facts = {"resource": resource[0], "noun": kind.noun, "place": place, "cause": "inconsistent", "where": where}
        step = Step(gone.at, f"{kind.given} for the caller here, on another path, by {gone.by}()")
        asserted = (taken(held, self.kinds).step,) if held else ()
        return self._event(EventKind.EXIT_HELD, ending, facts, (*asserted, step))

    def _alone(self, held: Held, gone: Gone) -> Event:
        """Taken together, only the other half given back."""
        kind = self.kinds[held.resource]
        facts = {"resource": held.resource, "noun": kind.noun, "place": held.place, "cause": "lock-only"}
        named = {**facts, "callee": gone.by, "by": held.by}
        end, steps = gone.at + len(gone.by), (taken(held, self.kinds).step,)
        return Event(EventKind.RELEASE_OTHER, gone.at, end, self.function.name, tuple(named.items()), steps)

    def _event(
        self, kind: EventKind, ending: Ending, facts: dict[str, str], steps: tuple[Step, ...]
    ) -> Event:
        at, facts = ending.operation, facts | whose(facts, self.kinds)
        return Event(kind, at.start, at.end, self.function.name, tuple(facts.items()), steps)


def _holds(state: PathState, held: Held) -> bool:
    """Whether it is held there, too, or what the same place holds there: a loop may have made that anew."""
    by_name = (h for h in state.held if (h.resource, h.place) == (held.resource, held.place))
    return state.find(held.resource, held.symbol) is not None or any(by_name)


def _surely(effect: Effect, outcome: Outcome, possible: Iterable[Outcome]) -> bool:
    """Whether every outcome that can be where `outcome` is has this effect, too."""
    against = {(value, not truth) for value, truth in outcome.when}
    return all(effect in other.releases for other in possible if against.isdisjoint(other.when))


def _replaced(resource: Resource, state: PathState) -> bool:
    """Whether the caller can see it is gone: where it was kept is NULL, or a new thing of the kind, or with one."""
    match resource[1]:
        case Initial(cell):
            kept = state.store.get(cell)
            now = kept and base_of(kept)
        case Address(Cell(Initial(cell), name)):
            kept = state.store.get(cell)
            now = kept and Address(Cell(base_of(kept), name))
        case _:
            return False
    if kept is None:
        return False
    return state.truth(kept) is False or state.find(resource[0], now) is not None
