"""Values read from a page table: whether they were read under the lock that is held now, and what was asked of them.

When a lock is taken, what was read before from the table it protects is one read older: the variable that holds it
keeps the old value, and reading again gives a new one.  Assumes that a page-table lock goes by the pointer into the
table it is computed from, or was taken together with the map.  Example: behind

    entry = pte_to_swp_entry(*ptep); spin_lock(ptl);

`entry` holds `pte_to_swp_entry(before(*ptep, ptl))`, and `*ptep` is unknown again.
"""

from collections.abc import Set

from msgspec import structs

from kpatchlint.c.ir import Call
from kpatchlint.event import EventKind
from kpatchlint.flow.annotated import LOCK
from kpatchlint.flow.asked import ASKED
from kpatchlint.flow.contract import Contract, Effect, Outcome
from kpatchlint.flow.evaluate import evaluate, substitute
from kpatchlint.flow.place import Condition
from kpatchlint.flow.resources import Resources
from kpatchlint.flow.state import UNSET, Held, PathState
from kpatchlint.flow.symbol import (
    Cell,
    Fresh,
    Initial,
    Operator,
    Pure,
    Symbol,
    base_of,
    current_loads,
    is_outdated,
    loads,
    outdated,
    parts_of,
)
from kpatchlint.flow.within import mapped_by
from kpatchlint.flow.witness import Arguments


def locked(outcome: Outcome, before: PathState, after: PathState, resources: Resources) -> PathState:
    """The state behind an outcome that has taken locks: what was read from their tables before is old."""
    if after is before:
        return after
    kinds = resources.kinds
    together = any(kinds[effect.resource].walked for effect in outcome.acquires)
    for held in after.held:
        kind = kinds[held.resource]
        if held not in before.held and kind.atomic and not kind.stack and held.symbol is not None:
            after = _aged(held, held.symbol, together, after, resources)
            if resources.knowledge.asking and not together and all(h.resource != LOCK for h in before.held):
                after = _all_aged(held.symbol, after)
    return after


def read(pointer: Symbol, state: PathState, resources: Resources) -> PathState:
    """The state before a read through the pointer: where the lock is known not to be held, what was read before is
    older than what is read now.  Where the caller may hold it, both are one value."""
    load = Initial(Cell(pointer, "*"))
    known = (symbol for (kind, symbol), gone in state.gone.items() if kind == LOCK and symbol and not gone.maybe)
    lock = next((symbol for symbol in known if _protects(symbol, load, resources)), None)
    if lock is None and _looked_up(pointer, state, resources):
        lock = pointer
    held = (h for h in state.held if h.resource == LOCK and h.symbol is not None)
    if lock is None or any(h.symbol and _protects(h.symbol, load, resources) for h in held):
        return state
    return _older({load}, lock, state)


def _looked_up(pointer: Symbol, state: PathState, resources: Resources) -> bool:
    """Whether the table was looked up here under something that this path has slept for, so that the caller holds no
    spinlock."""
    taken = (*((h.resource, h.symbol) for h in state.held), *state.gone)
    guards = {guard for kind, symbol in taken if symbol == pointer for guard in resources.kinds[kind].guarded_by}
    return any(kind in guards for kind, _ in taken)


def _protects(lock: Symbol, load: Initial, resources: Resources) -> bool:
    """Whether it may be the lock of the table that is read."""
    return load.cell.base in parts_of(lock) or (isinstance(lock, Pure) and _mapped(load, resources))


def _aged(lock: Held, symbol: Symbol, together: bool, state: PathState, resources: Resources) -> PathState:
    """The state in which what was read from the lock's table is older than the lock."""
    inside = frozenset() if together else parts_of(symbol)
    read_before = {load for value in (*state.store.values(), *state.facts) for load in loads(value)}
    old = {
        load
        for load in read_before
        if load.cell.base in inside or (isinstance(symbol, Pure) and _in_table(load, lock, state, resources))
    }
    return _older(old, symbol, state)


def _all_aged(lock: Symbol, state: PathState) -> PathState:
    """The state in which whatever was read through a pointer is older than the lock, as it may protect it."""
    known = (*state.store.values(), *state.facts)
    return _older({load for value in known for load in current_loads(value)}, lock, state)


def _older(old: set[Initial], lock: Symbol, state: PathState) -> PathState:
    """The state in which these reads were made before the lock was taken; what nobody holds any more is forgotten."""
    values = tuple(state.store.values())
    kept = {load for value in values for load in loads(value)}
    facts = {s: t for s, t in state.facts.items() if kept.issuperset(old & loads(s))}
    state = state if len(facts) == len(state.facts) else structs.replace(state, facts=facts)
    if old.isdisjoint(kept):
        return state
    newest = any(not old.isdisjoint(current_loads(value)) for value in values)
    return state.rename(lambda symbol: _old(symbol, old, lock, newest))


def _old(symbol: Symbol, old: set[Initial], lock: Symbol, newest: bool) -> Symbol | None:
    """The symbol one read older.  What is two reads old stays so: how much older it is nobody asks; and what is old
    becomes no older while nothing is read again."""
    if isinstance(symbol, Operator) and symbol.operator == "before":
        settled = is_outdated(symbol.operands[0]) or (symbol.operands[1] == lock and not newest)
        return symbol if settled else None
    return outdated(symbol, lock) if symbol in old else None


def _in_table(load: Initial, lock: Held, state: PathState, resources: Resources) -> bool:
    """Whether it was read through a map, and not through one that was taken with another lock which is still held."""
    pointer = load.cell.base
    own = next((h.at for h in state.held if h.symbol == pointer), None)
    together = (h for h in state.held if h.at == own and h.symbol not in (pointer, lock.symbol))
    return _mapped(load, resources) and (own is None or not any(together))


def _mapped(load: Initial, resources: Resources) -> bool:
    """Whether it was read through a map of a page table."""
    contract = _made_by(load.cell.base, resources)
    kind = mapped_by(contract, resources.kinds) if contract else ""
    return bool(kind) and resources.kinds[kind].walked


def _made_by(pointer: Symbol | None, resources: Resources) -> Contract | None:
    """The contract of the call whose result the pointer is."""
    maker = resources.calls.get(pointer.site) if isinstance(pointer, Fresh) and pointer.what == "return" else None
    return resources.knowledge.contract(maker) if maker else None


def check_values(
    call: Call, contract: Contract, arguments: Arguments, state: PathState, resources: Resources
) -> None:
    """What is passed by value must have been read, under the lock that the callee wants held, and found right."""
    for condition in contract.denied:
        if _answer(condition, arguments, state):
            _say(call, contract.params[-1], "refuted", arguments, state, resources)
    # what says more of its argument takes any value: an error that was set on some paths
    if contract.computes:
        for name in contract.params:
            if name in arguments and _unset(evaluate(arguments[name], state)):
                _say(call, name, "unset", arguments, state, resources)
    for name, effect in contract.fresh.items():
        if name not in arguments:
            continue
        if effect.place is None:
            tables = {base_of(evaluate(arguments[each], state)) for each in contract.derefs if each in arguments}
            if _outlived(evaluate(arguments[name], state), effect.resource, tables, state, resources):
                _say(call, name, "outlived", arguments, state, resources)
        else:
            _check_entry(call, name, effect, contract, arguments, state, resources)


def _check_entry(
    call: Call,
    name: str,
    lock: Effect,
    contract: Contract,
    arguments: Arguments,
    state: PathState,
    resources: Resources,
) -> None:
    symbol = evaluate(arguments[name], state)
    found = [_answer(condition, arguments, state) for condition in contract.needs]
    if _unset(symbol) or False in found:
        _say(call, name, "unset" if _unset(symbol) else "untested", arguments, state, resources)
        return
    if _is_old(symbol, lock, arguments, state, resources):
        _say(call, name, "stale", arguments, state, resources)
    if None in found and _read_here(symbol, state, resources):
        _say(call, name, "untested", arguments, state, resources)


def _answer(condition: Condition, arguments: Arguments, state: PathState) -> bool | None:
    """Whether what the callee takes for granted was found true; None where nobody has asked."""
    value, truth = condition
    known = state.truth(evaluate(substitute(value, arguments), state))
    return None if known is None else known == truth


def _unset(symbol: Symbol) -> bool:
    return isinstance(symbol, Fresh) and symbol.what == UNSET


def _is_old(
    symbol: Symbol, effect: Effect, arguments: Arguments, state: PathState, resources: Resources
) -> bool:
    """Whether a part of it was read before the lock was taken that is held."""
    lock = None if effect.place is None else evaluate(substitute(effect.place, arguments), state)
    if state.find(effect.resource, lock) is None:
        return False
    aged = {p.operands[1] for p in parts_of(symbol) if isinstance(p, Operator) and p.operator == "before"}
    return lock in aged or any(_elsewhere(load, lock, resources) for load in loads(symbol))


def _outlived(symbol: Symbol, kind: str, tables: Set[Symbol], state: PathState, resources: Resources) -> bool:
    """Whether a part of it was read before a lock was taken that protects it and is held; from one of the tables that
    it goes to, if it goes to any: what was read of a table that is not mapped is told by the pointer to it."""
    held = {h.symbol for h in state.held if h.resource == kind}
    old = (p for p in parts_of(symbol) if isinstance(p, Operator) and p.operator == "before" and p.operands[1] in held)
    reads = (load for part in old for load in loads(part))
    return any(not tables or load.cell.base in tables or _mapped(load, resources) for load in reads)


def _elsewhere(load: Initial, lock: Symbol | None, resources: Resources) -> bool:
    """Whether it was read from a table that was looked up before the lock's own was."""
    contract = _made_by(load.cell.base, resources)
    taken = (effect.resource for outcome in contract.outcomes for effect in outcome.acquires) if contract else ()
    return any(resources.kinds[kind].guarded_by for kind in taken) and load.cell.base not in parts_of(lock)


def _read_here(symbol: Symbol, state: PathState, resources: Resources) -> bool:
    """Whether this path has read it, and asked nobody else about it; where the code before is missing, who knows."""
    if not resources.function.whole or not loads(symbol):
        return False
    return not any(state.facts.get(Operator(ASKED, (load,))) for load in loads(symbol))


def perhaps_asked(symbol: Symbol, state: PathState, resources: Resources) -> PathState:
    """The state behind a call of a function nobody knows, which may have asked what an entry under a lock is."""
    locks = [h.symbol for h in state.held if h.resource == LOCK and h.symbol is not None]
    for load in loads(symbol):
        if any(_protects(lock, load, resources) for lock in locks):
            state = state.learn(Operator(ASKED, (load,)), True)
    return state


def _say(call: Call, name: str, cause: str, arguments: Arguments, state: PathState, resources: Resources) -> None:
    facts = {"cause": cause, "param": name, "place": resources.text_of(arguments[name])}
    resources.emit(EventKind.ARGUMENT, call, state, **facts)
