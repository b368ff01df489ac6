"""Kinds of resources within others: told from the whole kind by the variable they hang on, or by what they are made of.

A kind that is followed only within is taken and given back beside the outcomes, so that it costs nothing where nothing
of it is held.  Assumes that a callee without a contract that gets what such a thing is of gives it back: silence is
better than a guess.  Example: a reference is followed when it is one to what a migration entry stands for, as in

    page = pfn_swap_entry_to_page(entry); get_page(page);

Beside them stands what is due under a lock, and has no place: to clear an entry makes a flush of the TLB due.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import structs
from msgspec.structs import replace

from kpatchlint.c.ir import Call, Compound, Load, Number, Value
from kpatchlint.event import EventKind, Step
from kpatchlint.flow.annotated import LOCK
from kpatchlint.flow.contract import Contract, Effect, Outcome
from kpatchlint.flow.evaluate import evaluate, substitute
from kpatchlint.flow.place import RESULT
from kpatchlint.flow.schema import ResourceData
from kpatchlint.flow.state import Gone, Held, PathState
from kpatchlint.flow.symbol import (
    Address,
    Operator,
    Pure,
    Symbol,
    base_of,
    is_constant,
    parts_of,
    rewrite,
    root_of,
    ways_to,
)
from kpatchlint.flow.trail import Point
from kpatchlint.flow.witness import Arguments, Witness

_NOTHING = Compound("==", (Load(RESULT), Number(0)))


def narrowed(effect: Effect, symbol: Symbol | None, kinds: Mapping[str, ResourceData]) -> Effect:
    """The effect on the kind of its own that the symbol has within the effect's kind."""
    if symbol is None:
        return effect
    within = (kind for kind, data in kinds.items() if data.of == effect.resource and _is_of(symbol, data))
    return replace(effect, resource=next(within, effect.resource))


def followed(kind: str, symbol: Symbol | None, kinds: Mapping[str, ResourceData], state: PathState) -> Symbol | None:
    """What the symbol is known as, where it is held or was given up: a page by any address in it; where it is held, by
    what this path has found to be equal to a part of its name."""
    ways = ways_to(symbol) if kinds[kind].stack else ()
    known = (way for way in ways if (kind, way) in state.gone or state.find(kind, way) is not None)
    base = next(known, symbol and base_of(symbol))
    if base is None or state.find(kind, base) is not None:
        return base
    others = (rewrite(base, one.get) for one in _equal(state))
    return next((other for other in others if other is not base and state.find(kind, other) is not None), base)


def _equal(state: PathState) -> Iterator[dict[Symbol, Symbol]]:
    """What may stand for what: two that were found to be equal, in both directions."""
    for fact, truth in state.facts.items() if state.held else ():
        if truth and type(fact) is Operator and fact.operator == "==" and not any(map(is_constant, fact.operands)):
            one, other = fact.operands
            yield {one: other}
            yield {other: one}


def leads_to(symbol: Symbol | None, base: Symbol, kind: ResourceData) -> bool:
    """Whether a pointer is good only as long as that is held: it is that, or the address of a member in that page."""
    inside = type(base) is Address and symbol in ways_to(base)
    return symbol == base or inside if kind.stack else symbol == base and bool(kind.guarded_by)


def _is_of(symbol: Symbol, kind: ResourceData) -> bool:
    root = root_of(symbol) if kind.named else None
    if root is not None and root.name == kind.named:
        return True
    return any(type(part) is Pure and part.function in kind.returned_by for part in parts_of(symbol))


def gotten(outcome: Outcome, call: Call, arguments: Arguments, state: PathState, witness: Witness) -> PathState:
    """The state with what the outcome takes of a kind within another one."""
    for kind in _due(outcome.gets, witness):
        guarded = any(h.resource in witness.kinds[kind].guarded_by for h in state.held)
        if guarded and state.find(kind, None) is None:
            state = state.take(Held(kind, None, "", call.start, call.function, depth=state.trail.depth))
    for effect, symbol in _followed(outcome.gets, arguments, state, witness):
        place, depth = witness.about(effect, arguments)["place"], state.trail.depth
        state = state.take(Held(effect.resource, symbol, place, call.start, call.function, depth=depth))
    return state


def dropped(outcome: Outcome, call: Call, arguments: Arguments, state: PathState, witness: Witness) -> PathState:
    """The state without what the outcome gives back of a kind within another one."""
    for kind in _due(outcome.drops, witness):
        state = _done(kind, call, state, witness)
    for effect, symbol in _followed(outcome.drops, arguments, state, witness):
        if (held := state.find(effect.resource, symbol)) is not None:
            state = state.give(effect.resource, symbol, Gone(call.function, call.start, held.at))
    return state


def _due(effects: Iterable[Effect], witness: Witness) -> Iterable[str]:
    return (effect.resource for effect in effects if witness.kinds[effect.resource].due)


def _done(kind: str, call: Call, state: PathState, witness: Witness) -> PathState:
    """The state in which nothing of the kind is due any more; an event where it should have been done before."""
    gone = state.gone.get((kind, None))
    if gone is not None and not gone.maybe:
        data = witness.kinds[kind]
        facts = {"resource": kind, "noun": data.noun, "cause": "released", "by": gone.by}
        made = Point(gone.depth, Step(gone.taken_at, f"the {data.noun} is {data.taken} here"))
        left = Point(gone.depth, Step(gone.at, f"{gone.by}() drops the lock here"))
        witness.emit(EventKind.NOT_HELD, call, state, made, left, **facts)
    held = tuple(h for h in state.held if h.resource != kind)
    return structs.replace(state, held=held, gone={r: g for r, g in state.gone.items() if r[0] != kind})


def _followed(
    effects: Iterable[Effect], arguments: Arguments, state: PathState, witness: Witness
) -> Iterable[tuple[Effect, Symbol]]:
    for effect in effects:
        if effect.place is not None:
            symbol = base_of(evaluate(substitute(effect.place, arguments), state))
            within = narrowed(effect, symbol, witness.kinds)
            if witness.kinds[within.resource].tracked:
                yield within, symbol


def handed(call: Call, state: PathState, kinds: Mapping[str, ResourceData]) -> PathState:
    """The state without what a callee that nobody has stated may give back, because it gets it."""
    within = [h for h in state.held if kinds[h.resource].returned_by]
    if not within:
        return state
    given = {part for value in call.arguments for part in parts_of(evaluate(value, state, call.start))}
    return structs.replace(state, held=tuple(h for h in state.held if h not in within or h.symbol not in given))


def awaited(contract: Contract, arguments: Arguments, held: Held, state: PathState) -> bool:
    """Whether the callee waits for what the thing held is of."""
    values = (arguments[name] for name in contract.awaits if name in arguments)
    return any(held.symbol in parts_of(evaluate(value, state)) for value in values)


def mapped_by(contract: Contract, kinds: Mapping[str, ResourceData]) -> str:
    """The kind of map that the contract's result is, if any."""
    taken = (effect for outcome in contract.outcomes for effect in outcome.acquires)
    return next((e.resource for e in taken if e.place == Load(RESULT) and kinds[e.resource].stack), "")


def takes(outcome: Outcome, place: Value) -> bool:
    """Whether the outcome takes the lock that it sets there."""
    return any(effect.resource == LOCK and effect.place == place for effect in outcome.acquires)


def may_miss(contract: Contract, known: bool | None) -> bool:
    """Whether the result, of which it is known whether it is there, may be NULL: it is the place of an entry, and was
    not tested, or nothing came with it."""
    taken = any(e.place == Load(RESULT) for outcome in contract.outcomes for e in outcome.acquires)
    fails = any((_NOTHING, True) in outcome.when for outcome in contract.outcomes)
    return (taken and known is False) or (fails and RESULT.name in contract.at and not known and not taken)
