"""Path states through a function: the lattice, its bound, and what is collected on the way.

A block's value is a set of path states.  Past `MOST_STATES` states that hold and gave up the same are merged into one
that knows what all of them know; what that loses is counted, and conclusions that need it are not drawn.  Example: two
tests of an unrelated flag make two states; behind the flag's last use they are equal and become one.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from kpatchlint.c.ir import Exit, Lowered, fields
from kpatchlint.event import Event
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.dataflow import TooCostlyError, solve
from kpatchlint.flow.liveness import Names, addressed, live_at_start
from kpatchlint.flow.state import Held, PathState
from kpatchlint.flow.symbol import ZERO, Address, Cell, Fresh, Initial, Operator, Pure, Symbol, base_of, join, parts_of
from kpatchlint.flow.transfer import Transfer

# past this, states are merged; in mm/ of 6.12 that costs 37 of 204 functions what tells some paths apart
MOST_STATES = 24
# states through blocks for one function; mm/ of 6.12: median 105, 90 % at most 2,643, 99 % 6,610 (tests/test_bounds.py)
MOST_TRANSFERS = 40_000

# in a small function every test of what its arguments point to tells its callers which path was taken
FEW_BLOCKS = 60

States = Mapping[Hashable, PathState]


@dataclass(frozen=True, slots=True)
class Ending:
    """One path that leaves the function: its state, what it returns, and the operation that returns."""

    state: PathState
    result: Symbol | None
    operation: Exit


@dataclass(frozen=True)
class Flow:
    """What the analysis of one function gives.

    cut        merges at the bound that lost what tells paths apart
    transfers  path states that went through a block
    complete   false when the analysis gave up: the events are those seen until then, endings are missing
    """

    function: Lowered
    events: tuple[Event, ...] = ()
    endings: tuple[Ending, ...] = ()
    sleeps: tuple[tuple[bool, PathState], ...] = ()
    cut: int = 0
    transfers: int = 0
    complete: bool = True


def analyse(function: Lowered, knowledge: Knowledge, most_transfers: int = MOST_TRANSFERS) -> Flow:
    """The events and endings of one function under these contracts."""
    paths = Paths(function, knowledge, most_transfers)
    try:
        paths.solved()
    except TooCostlyError:
        seen = tuple(dict.fromkeys(paths.transfer_function.events))
        return Flow(function, seen, cut=paths.cut, transfers=paths.transfers, complete=False)
    events = tuple(dict.fromkeys(paths.transfer_function.events))
    sleeps = tuple(paths.transfer_function.resources.sleeps)
    return Flow(function, events, tuple(paths.endings.values()), sleeps, paths.cut, paths.transfers)


@dataclass
class Paths:
    """The lattice of sets of path states."""

    function: Lowered
    knowledge: Knowledge
    most_transfers: int
    cut: int = 0
    transfers: int = 0
    endings: dict[Hashable, Ending] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.live = live_at_start(self.function.cfg)
        self.pinned = addressed(self.function.cfg)
        self.transfer_function = Transfer(self.function, self.knowledge)
        self.kept: dict[tuple[int, Hashable], PathState] = {}
        self.locals = self.function.locals
        self.watched = frozenset(self._told_apart())
        self.small = len(self.function.cfg.blocks) <= FEW_BLOCKS
        self.done: dict[tuple[int, Hashable], tuple[PathState, ...]] = {}

    def solved(self) -> dict[int, States]:
        """The path states at the start of each block; `TooCostlyError` past the bounds."""
        blocks = self.function.cfg.blocks
        start: States = {PathState().key: PathState()}
        entries = dict.fromkeys(sorted({0, *self.function.cfg.open_blocks}), start)
        return solve([block.successors for block in blocks], entries, self)

    def join(self, block: int, old: States | None, new: States) -> States:
        merged = dict(old or {})
        for state in new.values():
            kept = self._pruned(block, state)
            merged.setdefault(kept.key, kept)
        if old is not None and len(merged) == len(old):
            return old
        if len(merged) > MOST_STATES:
            merged = self._merged(block, merged)
            if old is not None and merged.keys() <= old.keys():
                return old
        return merged

    def transfer(self, block: int, value: States) -> States:
        out: dict[Hashable, PathState] = {}
        for key, state in value.items():
            known = self.done.get((block, key))
            if known is None:
                known = self.done[block, key] = tuple(self._run(block, state))
            out.update((s.key, s) for s in known)
        return out

    def _run(self, block: int, state: PathState) -> list[PathState]:
        self.transfers += 1
        if self.transfers > self.most_transfers:
            raise TooCostlyError
        states = [state]
        for operation in self.function.cfg.blocks[block].operations:
            if isinstance(operation, Exit):
                self._end(operation, states)
                return []
            states = [after for before in states for after in self.transfer_function.step(operation, before)]
            if len(states) > MOST_STATES:
                states = list(self._merged(block, {s.key: s for s in states}).values())
        return states

    def _end(self, operation: Exit, states: list[PathState]) -> None:
        for state in states:
            result = self.transfer_function.value(operation.value, state) if operation.value else None
            self.endings.setdefault((operation.start, result, state.key), Ending(state, result, operation))

    def _pruned(self, block: int, state: PathState) -> PathState:
        known = self.kept.get((block, state.key))
        if known is None:
            known = self.kept[block, state.key] = self._live(self.live[block] | self.pinned, state)
        return known

    def _live(self, names: Names, state: PathState) -> PathState:
        roots: set[Symbol] = set()
        for cell, symbol in state.store.items():
            if cell.base is None and cell.name in names:
                roots |= parts_of(symbol)
        keep = _keeper(names, roots, self.locals)
        return state.live(keep, partial(self._matters, names), self._lasts)

    def _told_apart(self) -> Iterator[str]:
        """Members by which the outcomes of callees are told apart."""
        for call in self.function.cfg.calls():
            contract = self.knowledge.contract(call.function, len(call.arguments))
            for outcome in contract.outcomes if contract else ():
                yield from (name for value, _ in outcome.when for name in fields(value))

    def _lasts(self, held: Held) -> bool:
        return self.knowledge.resources[held.resource].balanced

    def _matters(self, names: Names, symbol: Symbol) -> bool:
        """Facts about parameters stay: at the end they tell which call of the function took this path."""
        match symbol:
            case Initial(Cell(None, name)):
                return name in names or name in self.function.parameters or name not in self.locals
            case Initial(Cell(_, name)):
                return name == "*" or "." + name in names or self.small or name in self.watched
        return True

    def _merged(self, block: int, states: States) -> dict[Hashable, PathState]:
        """Lost first is what is known of this call's own values, then of the caller's, then what was given up."""
        merged = dict(states)
        for loss, group in enumerate((*GROUPS, self._owed)):
            if len(merged) > MOST_STATES:
                merged = _grouped(block, merged.values(), group)
                self.cut += loss > 0
        if len(merged) > MOST_STATES:
            raise TooCostlyError
        return merged


    def _owed(self, state: PathState) -> Hashable:
        """What is held and must be given back in this function."""
        return tuple(held for held in state.held if self._lasts(held))


def _callers_facts(state: PathState) -> Hashable:
    """What is held, what was given up, and what is known of values the caller knows too."""
    facts = {(s, t) for s, t in state.facts.items() if not any(isinstance(p, Fresh) for p in parts_of(s))}
    return state.resources, frozenset(facts)


GROUPS: tuple[Callable[[PathState], Hashable], ...] = (
    _callers_facts,
    lambda state: state.resources,
    lambda state: state.held,
)


def _grouped(
    block: int, states: Iterable[PathState], group: Callable[[PathState], Hashable]
) -> dict[Hashable, PathState]:
    groups: dict[Hashable, PathState] = {}
    for state in states:
        other = groups.get(group(state))
        groups[group(state)] = state if other is None else _join(block, other, state)
    return {state.key: state for state in groups.values()}


def _keeper(names: Names, roots: set[Symbol], locals_: frozenset[str]) -> Callable[[Cell], bool]:
    def keep(cell: Cell) -> bool:
        if cell.base is None:
            return cell.name in names or not (cell.name.startswith("%") or cell.name in locals_)
        match base_of(cell.base):
            case Address(Cell(None, name)):
                return name in names or name not in locals_
            case Fresh() | Pure() | Operator() as made:
                return made in roots
        return True

    return keep


def _join(block: int, one: PathState, other: PathState) -> PathState:
    """What both states know."""
    store: dict[Cell, Symbol] = {}
    certain: dict[Symbol, bool] = {}
    for cell in one.store.keys() & other.store.keys():
        if one.store[cell] == other.store[cell]:
            store[cell] = one.store[cell]
            continue
        truths = one.truth(one.store[cell]), other.truth(other.store[cell])
        store[cell] = join(one.store[cell], other.store[cell]) or Fresh(-block - 1, f"join {cell.name}")
        if truths == (False, False):
            store[cell] = ZERO
        elif truths == (True, True):
            certain[store[cell]] = True
    for cell in one.store.keys() ^ other.store.keys():
        store[cell] = Fresh(-block - 1, f"join {cell.name}")
    facts = certain | {s: t for s, t in one.facts.items() if other.facts.get(s) == t}
    gone = {r: g for r, g in one.gone.items() if other.gone.get(r) == g}
    for state in (one, other):
        gone |= {r: replace(g, maybe=True) for r, g in state.gone.items() if r not in gone}
    held = tuple(h for h in one.held if h in other.held)
    return PathState(store, facts, one.unequal & other.unequal, held, gone)


