"""The analysis of one side of a patch that may have lost a question: what is known of entries where they are read.

Where it is too costly to tell all paths apart, the states that come to a block and hold things of the same kinds are
one, which knows what all of them know; a variable that they disagree about holds any value, of which that is known
what each state knows of its own.  Assumes that what decides whether an entry was asked about is not told by what else
the paths did.  Example: behind `for (; addr < end; pte++)` with `if (!pte_present(ptep_get(pte))) continue;` at its
head, the body knows of the entry of any round that it is present.
"""

from collections.abc import Callable, Hashable
from functools import reduce

from msgspec import structs

from kpatchlint.c.ir import Lowered
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.paths import Flow, Paths, States, flow_of, in_time
from kpatchlint.flow.prune import any_of
from kpatchlint.flow.state import PathState, is_constant
from kpatchlint.flow.symbol import Cell, Initial, Symbol, rewrite

# of one side of a patch where every fact is kept, and where only those about entries are: half a second
MOST_ASKING, MOST_OF_ENTRIES = 300, 3_000
# states of a block that are told apart
MOST_APART = 6


def asking(function: Lowered, knowledge: Knowledge, late: Callable[[], str] = in_time) -> Flow:
    """The flow of a function in which the answers about an entry are kept until it is read; see `asked.py`."""
    asked = structs.replace(knowledge, asking=True)
    flow = flow_of(Paths(function, asked, MOST_ASKING, late=late, small=True))
    return flow if flow.complete else flow_of(Meeting(function, asked, MOST_OF_ENTRIES, late=late))


class Meeting(Paths, dict=True):
    """States of which a block keeps few."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.met: set[int] = set()

    def fewer(self, block: int, states: States) -> States:
        """One state for all that hold the same kinds of things, where too many have come to a block."""
        if len(states) > MOST_APART:
            self.met.add(block)
        if block not in self.met or len(states) < 2:
            return states
        alike: dict[Hashable, list[PathState]] = {}
        for state in states.values():
            alike.setdefault(tuple(held.resource for held in state.held), []).append(state)
        return {one.key: one for one in (reduce(met, group) for group in alike.values())}


def met(one: PathState, other: PathState) -> PathState:
    """What both states know."""
    states = (one, other)
    for cell in sorted(one.store.keys() | other.store.keys(), key=_depth):
        values = [state.store.get(cell, Initial(cell)) for state in states]
        if values[0] is not values[1]:
            states = _named(cell, states[0], values[0]), _named(cell, states[1], values[1])
    one, other = states
    facts = dict(one.facts.items() & other.facts.items())
    held = tuple(h for h in one.held if other.find(h.resource, h.symbol) is not None)
    gone = {resource: gone for resource, gone in one.gone.items() if resource in other.gone}
    return PathState(one.store, facts, one.unequal & other.unequal, held, gone, one.trail)


def _named(cell: Cell, state: PathState, value: Symbol) -> PathState:
    """The state in which what a cell holds is any value, wherever it stands; what is held goes by its own name."""
    name = any_of(cell)
    if is_constant(value):
        return state.bind(cell, name)
    if value in state.owned:
        known = {rewrite(fact, lambda symbol: name if symbol is value else None): t for fact, t in state.facts.items()}
        return structs.replace(state, facts={**known, **state.facts}).bind(cell, name)
    return state.rename(lambda symbol: name if symbol is value else None).bind(cell, name)


def _depth(cell: Cell) -> tuple[int, str]:
    """Variables first, which lead to the rest."""
    return int(cell.base is not None), cell.name
