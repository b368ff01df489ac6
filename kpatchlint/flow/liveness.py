"""Which variables are read again: a backward analysis whose lattice is sets of names.

Path states that differ only in variables nobody reads again are equal, which is what keeps their number small.  A read
counts when it can matter: not in the value of a variable that is dead itself, and of a call only in the arguments the
call `needs`.  A variable whose address is taken is always live.  Example: behind its last test a flag is dead, and the
two states that it told apart are one; a counter that is only counted was never alive.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from kpatchlint.c.ir import (
    CFG,
    Access,
    AddressOf,
    Assign,
    Assume,
    Call,
    Exit,
    Invoke,
    Load,
    LoopExit,
    Member,
    Named,
    Operation,
    Place,
    Value,
    Variable,
    parts,
)
from kpatchlint.flow.dataflow import TooCostlyError, reversed_graph, solve

# names alive, counted through every block: some 100 bytes each; at most 30,000 in mm/ and fs/ of 6.12
MOST_ALIVE = 1_500_000

Names = frozenset[str]
_NOTHING: Names = frozenset()
Needs = Callable[[Call], Iterable[Value]]


def live_at_start(cfg: CFG, needs: Needs, pinned: Names) -> list[Names]:
    """For each block the variables that it, or a block behind it, reads before writing.

    pinned  those whose address is taken
    Raises `TooCostlyError` past a bound.
    """
    graph = reversed_graph([block.successors for block in cfg.blocks])
    liveness = _Liveness(cfg, needs, pinned)
    solve(graph, dict.fromkeys(range(len(cfg.blocks)), pinned), liveness)
    return [liveness.last[block] for block in range(len(cfg.blocks))]


def addressed(cfg: CFG) -> Names:
    """Variables whose address is taken somewhere."""
    return _NOTHING.union(*(_mentioned(value)[1] for op in cfg.operations() for value in _values(op)))


def names_read(cfg: CFG) -> Names:
    """What a function reads anywhere, by its names."""
    return _NOTHING.union(*(_names_of(_values(op)) for op in cfg.operations()))


# what an operation writes, if anything, whether it reads for that only, and what it reads
_Step = tuple[str, bool, Names]


class _Liveness:
    def __init__(self, cfg: CFG, needs: Needs, pinned: Names) -> None:
        self.cfg, self.needs, self.pinned = cfg, needs, pinned
        self.alive = 0
        self.steps: dict[int, list[_Step]] = {}
        # what each block's last transfer gave, which at the fixed point is what holds
        self.last: dict[int, Names] = {}

    def join(self, block: int, old: Names | None, new: Names) -> Names:
        return new if old is None else old if new <= old else old | new

    def transfer(self, block: int, value: Names) -> Names:
        names = set(value)
        steps = self.steps.get(block)
        if steps is None:
            steps = self.steps[block] = [*map(self._step, reversed(self.cfg.blocks[block].operations))]
        for written, only_for_it, read in steps:
            if only_for_it and written not in names:
                continue
            names.discard(written)
            names.update(read)
        self.alive += len(names)
        if self.alive > MOST_ALIVE:
            raise TooCostlyError("too many variables: analysis stopped at its bound")
        self.last[block] = frozenset(names)
        return self.last[block]

    def _step(self, op: Operation) -> _Step:
        if isinstance(op, Call):
            return op.result.name, False, _names_of(self.needs(op))
        written = op.place.name if isinstance(op, Assign) and isinstance(op.place, Variable) else ""
        return written, written != "" and written not in self.pinned, _names_of(_values(op))


def _names_of(values: Iterable[Value]) -> Names:
    return _NOTHING.union(*map(names_in, values))


def _values(op: Operation) -> Sequence[Value]:
    if type(op) is Assign:
        return (op.value,) if type(op.place) is Variable else (op.value, AddressOf(op.place))
    match op:
        case Call(_, arguments):
            return arguments
        case Access(value) | Assume(value) | Exit(value) if value is not None:
            return (value,)
        case LoopExit(stepped):
            return [Load(place) for place in stepped]
    return ()


def names_in(value: Value) -> Names:
    """Variables by their names; members as `.name`, pointers' targets as `.*`, pure calls as `name()` and constants as
    `#name`: what is known of these is of use until they are read the last time."""
    return _mentioned(value)[0]


@lru_cache(maxsize=1 << 14)
def _mentioned(value: Value) -> tuple[Names, Names]:
    """The names in a value, and the variables whose address is taken in it."""
    every = tuple(parts(value))
    places = [part.place for part in every if type(part) is AddressOf]
    return (
        frozenset(name for name in map(_name, every) if name),
        frozenset(place.name for place in places if type(place) is Variable),
    )


def _name(value: Value) -> str:
    match value:
        case Load(place):
            return name_of(place)
        case AddressOf(Variable(name)):
            return name
        case Invoke(function):
            return function + "()"
        case Named(name):
            return "#" + name
    return ""


def name_of(place: Place) -> str:
    """The name by which a place is read."""
    match place:
        case Variable(name):
            return name
        case Member(_, name):
            return "." + name
    return ".*"
