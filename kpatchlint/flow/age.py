"""Values of an operation that runs again: what it made before is one round older.

A symbol is named by the operation that makes it and by its age, so a loop has finitely many.  Assumes that nobody asks
how old something is that was made three rounds ago.  Example: before `pte = pte_offset_map(pmd, addr)` runs a second
time, the first map is renamed from `Fresh(site, "return", 0)` to `Fresh(site, "return", 1)`.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from msgspec import structs

from kpatchlint.c.ir import CFG, Assign, Call, Declare, Opaque, Operation
from kpatchlint.flow.dataflow import circular
from kpatchlint.flow.state import PathState
from kpatchlint.flow.symbol import Fresh, Symbol, parts_of

# values of an operation that ran more often ago than this are not told apart
OLDEST = 2


def renewed(state: PathState, site: int) -> PathState:
    """The state before the operation at `site` runs again: what it made the last time is one step older.

    What is two steps older and more has one name, so what was known or given up by that name is not known any more, but
    for the only one, while it is held.
    """
    if site not in frozenset[int]().union(*map(_sites, _symbols(state))):
        return state
    old = frozenset[Fresh]().union(*(_old(symbol, site) for symbol in _symbols(state)))
    held = frozenset(h.symbol for h in state.held) if old else frozenset()
    mixed = old if len({each.what for each in old}) < len(old) else old - held
    facts = {s: t for s, t in state.facts.items() if mixed.isdisjoint(parts_of(s))}
    unequal = frozenset(pair for pair in state.unequal if all(mixed.isdisjoint(parts_of(s)) for s in pair))
    gone = {r: g for r, g in state.gone.items() if mixed.isdisjoint(parts_of(r[1]))}
    return structs.replace(state, facts=facts, unequal=unequal, gone=gone).rename(
        lambda s: Fresh(site, s.what, min(s.age + 1, OLDEST)) if type(s) is Fresh and s.site == site else None
    )


def made_again(cfg: CFG) -> Iterator[int]:
    """The sites whose operations may run more than once: of blocks in a loop, and such as stand twice."""
    loops = circular([block.successors for block in cfg.blocks], {0, *cfg.open_blocks})
    seen: set[int] = set()
    for number, block in enumerate(cfg.blocks):
        for site in chain.from_iterable(map(_made_by, block.operations)):
            if number in loops or site in seen:
                yield site
            seen.add(site)


def _made_by(operation: Operation) -> Iterator[int]:
    """By what an operation names the values it makes."""
    if isinstance(operation, Assign | Call | Declare):
        yield operation.start
    if isinstance(operation, Assign) and isinstance(operation.value, Opaque):
        yield operation.value.site


def _symbols(state: PathState) -> Iterator[Symbol | None]:
    held, gone = [held.symbol for held in state.held], [symbol for _, symbol in state.gone]
    return chain(state.store.values(), state.facts, held, gone)


@lru_cache(maxsize=1 << 16)
def _sites(symbol: Symbol | None) -> frozenset[int]:
    """The operations that made parts of the symbol, and not so long ago that they have no age any more."""
    return frozenset(p.site for p in parts_of(symbol) if type(p) is Fresh and p.age < OLDEST)


@lru_cache(maxsize=1 << 16)
def _old(symbol: Symbol | None, site: int) -> frozenset[Fresh]:
    """The parts of it that were made at `site` and will have, or have, the name of everything old."""
    return frozenset(p for p in parts_of(symbol) if type(p) is Fresh and p.site == site and p.age >= OLDEST - 1)
