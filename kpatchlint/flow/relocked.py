"""A lock that a callee gives up and takes again.

If nobody holds it by the callee's name, it is the one lock of the same member that is held: a lock that is given up is
held.  What was stored in its object is any value behind the call: while nobody holds the lock, others change it.
Assumes that a function does not hold one lock while a callee drops another of the same member for its caller.  Example:

    spin_lock(&session->lock); session->state = QUEUED; wait(conn); if (session->state == DONE)

where the lock that `wait` drops is that of `conn->session`: the two are one, and its state is not known any more.
"""

from kpatchlint.c.ir import Call
from kpatchlint.flow.contract import Contract
from kpatchlint.flow.state import PathState, is_constant
from kpatchlint.flow.symbol import Address, Fresh, Operator, Symbol


def relocked(resource: str, symbol: Address, contract: Contract, call: Call, state: PathState) -> PathState:
    """The state in which the callee gives up a lock, `symbol` by its own name, that it takes again."""
    owner = symbol.cell.base
    if contract.inferred and (resource, symbol) not in state.gone:
        held = _held_alike(resource, symbol, state)
        same = held and owner and state.assume(Operator("==", (owner, held)), True)
        state, owner = (same, held) if same else (state, owner)
    return _changed(owner, call, state)


def _held_alike(resource: str, symbol: Address, state: PathState) -> Symbol | None:
    """The object of the only lock of that member that is held."""
    held = (h.symbol.cell for h in state.held if h.resource == resource and type(h.symbol) is Address)
    owners = [cell.base for cell in held if cell.name == symbol.cell.name]
    return owners[0] if len(owners) == 1 else None


def _changed(owner: Symbol | None, call: Call, state: PathState) -> PathState:
    for cell, value in list(state.store.items()):
        if cell.base is not None and cell.base == owner and is_constant(value):
            state = state.bind(cell, Fresh(call.start, f"after {cell.name}"))
    return state
