"""Pointers that end: into tables that stay only as long as something is held, and the last ones to a map; and the time
for what is due while something is held.

A page table of hugetlb stays while the VMA lock under which it was looked up is held, or the table's own lock.  When
the last of the two is given up on a path, so is the pointer.  Assumes that whoever looks up without taking the VMA lock
first has a caller that holds it: nothing is said before this path itself has given it up.  Example: behind
`hugetlb_vma_unlock_read(vma);` the result of `hugetlb_walk()` is gone, unless `huge_pte_lock()` is still in force.
"""



from msgspec import structs

from kpatchlint.c.ir import Call
from kpatchlint.event import EventKind
from kpatchlint.flow.annotated import LOCK
from kpatchlint.flow.contract import Contract, Outcome
from kpatchlint.flow.resources import Resources
from kpatchlint.flow.state import Gone, Held, PathState
from kpatchlint.flow.symbol import Cell, Fresh, Operator, Symbol, base_of, parts_of, ways_to
from kpatchlint.flow.within import mapped_by
from kpatchlint.flow.witness import half_of

# a fact about a pointer into a table: nothing but the table's own lock keeps it any more
UNGUARDED = "unguarded"


def ended(call: Call, contract: Contract, outcome: Outcome, state: PathState, resources: Resources) -> PathState:
    """The state behind the releases of an outcome, without the tables that nothing keeps any more."""
    released = {effect.resource for effect in outcome.releases}
    for held in state.held:
        guards = resources.kinds[held.resource].guarded_by
        if not guards or released.isdisjoint((*guards, LOCK)):
            continue
        if held.symbol is None:
            # a body that does it, and gives up the lock, may have done so in this order
            state = _left(held, call, state, resources, maybe=held.resource in contract.does)
            continue
        alone = Operator(UNGUARDED, (held.symbol,))
        given_up = any(kind in guards and not gone.maybe for (kind, _), gone in state.gone.items())
        if given_up and not any(h.resource in guards for h in state.held):
            state = state.learn(alone, True)
        if state.facts.get(alone) and not _locked(held, state):
            gone = Gone(call.function, call.start, held.at, waits=contract.wait, depth=state.trail.depth)
            state = state.give(held.resource, held.symbol, gone)
    return state


def _left(due: Held, call: Call, state: PathState, resources: Resources, maybe: bool) -> PathState:
    """The state in which it is too late for what was due, perhaps, if nothing that guards it is held any more."""
    if any(h.resource in resources.kinds[due.resource].guarded_by for h in state.held):
        return state
    return state.give(due.resource, None, Gone(call.function, call.start, due.at, maybe=maybe, depth=state.trail.depth))


def _locked(table: Held, state: PathState) -> bool:
    """Whether the table's own lock is held."""
    return any(h.resource == LOCK and table.symbol in parts_of(h.symbol) for h in state.held)


def overwritten(cell: Cell, symbol: Symbol, state: PathState, resources: Resources) -> PathState:
    """The state before `cell` is set: a map whose only pointer is overwritten by another map can never be unmapped."""
    base, new = base_of(state.store[cell]) if cell in state.store else None, base_of(symbol)
    maker = resources.calls.get(new.site) if isinstance(new, Fresh) else None
    contract = resources.knowledge.contract(maker) if maker else None
    lost = next((h for h in state.held if h.symbol == base and resources.kinds[h.resource].stack), None)
    if base == new or maker is None or contract is None or not mapped_by(contract, resources.kinds) or lost is None:
        return state
    names = (c for c, s in state.store.items() if base in ways_to(s) and not c.name.startswith("%"))
    if any(name != cell for name in names):
        return state
    about = {"resource": lost.resource, "noun": resources.kinds[lost.resource].noun, "place": lost.place}
    resources.emit(EventKind.ACQUIRE_HELD, maker, state, resources.taken(lost), **about, **half_of(lost, state))
    return structs.replace(state, held=tuple(h for h in state.held if h is not lost))
