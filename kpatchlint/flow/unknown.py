"""What a call of a function without a contract does to a path state.

No lock changes, and what the callee can write through an address is not known any more.  A name in capitals is a macro
that computes something: equal arguments, equal result.  So does a function whose result is locked or unlocked without
being stored: `spin_lock(bucket_lock(table, key))`.  Assumes that a pointer given to it is used.  Example: behind
`f(&stream)` nothing is known of `stream.next_out`, and what was held through it may have been given back.
"""

from collections.abc import Set

from msgspec import structs
from msgspec.structs import replace

from kpatchlint.c.ir import AddressOf, Call, Invoke
from kpatchlint.flow.contract import Contract
from kpatchlint.flow.evaluate import evaluate
from kpatchlint.flow.resources import Resources
from kpatchlint.flow.state import Gone, Held, PathState
from kpatchlint.flow.symbol import ZERO, Address, Cell, Fresh, Initial, Symbol, base_of, derived, parts_of


def called(call: Call, resources: Resources, state: PathState) -> PathState:
    """The state behind a call of a function nobody knows."""
    result: Symbol = Fresh(call.start, "return")
    if call.function.isupper() or call.result.name in resources.located:
        result = evaluate(Invoke(call.function, call.arguments), state, call.start)
    result = from_page(call, result, resources, state)
    state = _said(call, resources, state)
    for number, value in enumerate(call.arguments):
        symbol = evaluate(value, state, call.start)
        state = resources.passed(symbol, value, call, state)
        if isinstance(value, AddressOf) and type(symbol) is Address:
            state = forgotten(symbol, call, number, _let_go(symbol, call, _again(symbol, call, resources, state)))
        else:
            state = _touched(symbol, call, number, resources, _lent(symbol, call, resources, state))
    return state.bind(Cell(None, call.result.name), result)


def from_page(call: Call, result: Symbol, resources: Resources, state: PathState) -> Symbol:
    """The result of a callee that may have looked for something in a mapped page, unless it is stored as a number."""
    if not resources.may_be_address(call):
        return result
    for value in call.arguments:
        symbol = evaluate(value, state, call.start)
        if _is_page(symbol, resources, state):
            result = derived(base_of(symbol), result)
    return result


def _is_page(symbol: Symbol, resources: Resources, state: PathState) -> bool:
    """Whether it points into a mapped page of data, in which callees look for things."""
    kinds = (resources.kinds[h.resource] for h in state.held if h.symbol == base_of(symbol))
    return any(kind.stack and not kind.walked for kind in kinds)


def _said(call: Call, resources: Resources, state: PathState) -> PathState:
    """What the callee's name says to give back may be given back: a section, or what is kept in something it gets."""
    said = [held for held in state.held if resources.kinds[held.resource].may_be_given_back_by(call.function)]
    owners = {base_of(evaluate(value, state, call.start)) for value in call.arguments} if said else set[Symbol]()
    for held in said:
        if held.symbol is None or _kept_in(held.symbol, owners):
            state = state.give(held.resource, held.symbol, perhaps(held, call))
    return state


def _lent(symbol: Symbol, call: Call, resources: Resources, state: PathState) -> PathState:
    """A lock handed to an unknown callee by value may be handed over, or only looked at; a map is read through."""
    for held in state.held:
        kind = resources.kinds[held.resource]
        only = kind.stack or (kind.read and not kind.may_be_given_back_by(call.function))
        if held.symbol == symbol and kind.balanced and not only:
            state = state.give(held.resource, symbol, perhaps(held, call))
            state = _with_lock(held, call, resources, state)
    return state


def _with_lock(lock: Held, call: Call, resources: Resources, state: PathState) -> PathState:
    """What was mapped together with a lock, and is handed with it to the same callee, may be given back with it."""
    handed = {base_of(evaluate(value, state, call.start)) for value in call.arguments}
    for held in state.held:
        if held.at == lock.at and held.symbol in handed and resources.kinds[held.resource].stack:
            state = state.give(held.resource, held.symbol, perhaps(held, call))
    return state


def perhaps(held: Held, call: Call) -> Gone:
    """The callee may have given it back."""
    return Gone(call.function, call.start, held.at, maybe=True, entry=held.again)


def forgotten(symbol: Address, call: Call, number: int, state: PathState) -> PathState:
    """The storage behind the address-taken argument of that number is unknown now."""
    for cell in _behind(symbol, state):
        state = state.bind(cell, _after(cell, call, number))
    return state


def _after(cell: Cell, call: Call, number: int) -> Fresh:
    """What the callee left in a cell behind its argument of that number."""
    return Fresh(call.start, f"after {cell.name} of argument {number}")


def filled(call: Call, resources: Resources, state: PathState) -> PathState:
    """A structure that was set to zero as a whole is so no more behind a callee that gets its address: contracts do not
    say of every member that it is written."""
    for number, value in enumerate(call.arguments):
        symbol = evaluate(value, state, call.start) if isinstance(value, AddressOf) else None
        if type(symbol) is Address and state.store.get(symbol.cell) is ZERO and _is_struct(symbol.cell, resources):
            state = state.bind(symbol.cell, _after(symbol.cell, call, number))
    return state


def _is_struct(cell: Cell, resources: Resources) -> bool:
    declared = resources.types.get(cell.name, "") if cell.base is None else ""
    return declared.startswith(("struct ", "union ")) and "*" not in declared


def _let_go(symbol: Address, call: Call, state: PathState) -> PathState:
    """What is held through an address-taken argument may have been given back."""
    lost = {base_of(state.store[c]) for c in _behind(symbol, state) if c in state.store}
    for held in state.held:
        if held.symbol is not None and held.symbol in lost:
            state = state.give(held.resource, held.symbol, perhaps(held, call))
    return state


def _behind(symbol: Address, state: PathState) -> set[Cell]:
    return {symbol.cell} | members(symbol, state)


def members(pointer: Symbol, state: PathState) -> set[Cell]:
    """What is known of the storage that a pointer leads to, and of that to which the addresses kept there lead."""
    found = {cell for cell in state.store if cell.base == pointer}
    new = found
    while kept := {a.cell for cell in new if type(a := state.store.get(cell)) is Address} - found:
        new = kept | {cell for cell in state.store if cell.base in {Address(at) for at in kept}}
        found |= new
    return found


def _touched(symbol: Symbol, call: Call, number: int, resources: Resources, state: PathState) -> PathState:
    """Members of what a pointer points to: what is held stays so, what was given up may have been taken again by a
    function whose name does not speak against it."""
    held = {h.symbol for h in state.held}
    for cell, kept in state.store.items():
        if cell.base == symbol and base_of(kept) not in held:
            state = state.bind(cell, _after(cell, call, number))
    return _again(symbol, call, resources, state)


def taken_again(call: Call, contract: Contract, resources: Resources, state: PathState) -> PathState:
    """The state behind a helper that takes nothing itself, but by its name may take what was given up: one of its own
    callees does that nobody knows."""
    told = any(part in call.function for part in resources.taking)
    if not (state.gone and told) or any(outcome.acquires for outcome in contract.outcomes):
        return state
    for value in call.arguments:
        state = _again(evaluate(value, state, call.start), call, resources, state)
    return state


def _again(symbol: Symbol, call: Call, resources: Resources, state: PathState) -> PathState:
    """What was given up, and lies where the callee gets the address of, or in what it gets, may be taken again."""
    here = symbol if type(symbol) is Address else None
    kept = (state.store.get(cell) for cell in members(symbol, state)) if here and state.gone else ()
    owners = {symbol, *(value for value in kept if type(value) is Initial)}
    found = [(r, gone) for r, gone in state.gone.items() if (here and r[1] == here) or _kept_in(r[1], owners)]
    again = {r: replace(g, maybe=True) for r, g in found if resources.kinds[r[0]].may_be_taken_by(call.function)}
    return structs.replace(state, gone={**state.gone, **again}) if again else state


def _kept_in(symbol: Symbol | None, owners: Set[Symbol]) -> bool:
    """Whether it is kept in what one of them points to; a lock that is computed from a pointer is not kept there."""
    return isinstance(symbol, Initial | Address) and not owners.isdisjoint(parts_of(symbol.cell.base))
