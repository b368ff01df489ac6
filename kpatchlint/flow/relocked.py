"""A lock that a callee gives up and takes again.

If nobody holds it by the callee's name, it is the one lock of the same member that is held: a lock that is given up is
held.  What was stored in its object is any value behind the call: while nobody holds the lock, others change it.
Assumes that a function does not hold one lock while a callee drops another of the same member for its caller.  Example:

    session = conn->owner; lock(&session->lock); session->state = QUEUED; wait_for(conn);

where `wait_for()` drops `conn->session->lock`: `conn->session` is `session`, and its `state` is not known any more.
"""

from kpatchlint.c.ir import Call
from kpatchlint.flow.contract import Contract, Effect
from kpatchlint.flow.state import PathState, is_constant
from kpatchlint.flow.symbol import Address, Fresh, Operator, Symbol


def relocked(
    effect: Effect, symbol: Symbol | None, contract: Contract, call: Call, state: PathState
) -> PathState:
    """The state in which the callee gives up a lock, `symbol` by its own name, that it takes again."""
    if not any(effect in outcome.acquires for outcome in contract.outcomes) or type(symbol) is not Address:
        return state
    if contract.inferred and (effect.resource, symbol) not in state.gone:
        state = _by_its_name(effect.resource, symbol, state)
    return _changed(symbol, call, state)


def _by_its_name(resource: str, symbol: Address, state: PathState) -> PathState:
    held = (h.symbol.cell for h in state.held if h.resource == resource and type(h.symbol) is Address)
    owners = [cell.base for cell in held if cell.name == symbol.cell.name]
    owner = symbol.cell.base
    if len(owners) != 1 or owners[0] is None or owner is None or owner in owners:
        return state
    return state.assume(Operator("==", (owner, owners[0])), True) or state


def _changed(lock: Address, call: Call, state: PathState) -> PathState:
    owners = {lock.cell.base, state.settled(lock.cell.base) if lock.cell.base is not None else None}
    for cell, value in list(state.store.items()):
        if cell.base is not None and cell.base in owners and is_constant(value):
            state = state.bind(cell, Fresh(call.start, f"after {cell.name}"))
    return state
