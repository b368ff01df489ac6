"""Which variables are read again: a backward analysis whose lattice is sets of names.

Path states that differ only in variables nobody reads again are equal, which is what keeps their number small.  A
variable whose address is taken is always live.  Example: behind its last test a flag is dead, and the two states that
it told apart are one.
"""

from collections.abc import Iterator

from kpatchlint.c.ir import (
    CFG,
    Access,
    AddressOf,
    Assign,
    Assume,
    BasicBlock,
    Call,
    Exit,
    Load,
    LoopExit,
    Operation,
    Value,
    Variable,
    fields,
    parts,
    variables,
)
from kpatchlint.flow.dataflow import reversed_graph, solve

Names = frozenset[str]


def live_at_start(cfg: CFG) -> list[Names]:
    """For each block the variables that it, or a block behind it, reads before writing."""
    graph = reversed_graph([block.successors for block in cfg.blocks])
    pinned = addressed(cfg)
    values = solve(graph, dict.fromkeys(range(len(cfg.blocks)), pinned), _Liveness(cfg))
    return [_before(cfg.blocks[block], values[block]) for block in range(len(cfg.blocks))]


def addressed(cfg: CFG) -> Names:
    """Variables whose address is taken somewhere."""
    values = (value for block in cfg.blocks for op in block.operations for value in _values(op))
    return frozenset(name for value in values for name in _addressed(value))


class _Liveness:
    def __init__(self, cfg: CFG) -> None:
        self.cfg = cfg

    def join(self, block: int, old: Names | None, new: Names) -> Names:
        return new if old is None else old if new <= old else old | new

    def transfer(self, block: int, value: Names) -> Names:
        return _before(self.cfg.blocks[block], value)


def _before(block: BasicBlock, live: Names) -> Names:
    names = set(live)
    for op in reversed(block.operations):
        if isinstance(op, Assign) and isinstance(op.place, Variable):
            names.discard(op.place.name)
        elif isinstance(op, Call):
            names.discard(op.result.name)
        for value in _values(op):
            names.update(_read(value))
    return frozenset(names)


def _values(op: Operation) -> Iterator[Value]:
    match op:
        case Assign(place, value):
            yield value
            if not isinstance(place, Variable):
                yield AddressOf(place)
        case Call(_, arguments):
            yield from arguments
        case Access(pointer):
            yield pointer
        case Assume(value) | Exit(value) if value is not None:
            yield value
        case LoopExit(stepped):
            yield from (Load(place) for place in stepped)


def _read(value: Value) -> Iterator[str]:
    """Variables by their names, members as `.name`: what is known of a member is of use until its last read."""
    yield from variables(value)
    yield from ("." + name for name in fields(value))


def _addressed(value: Value) -> Iterator[str]:
    for part in parts(value):
        if isinstance(part, AddressOf) and isinstance(part.place, Variable):
            yield part.place.name
