"""Values of an operation that runs again: what it made before is one round older.

A symbol is named by the operation that makes it and by its age, so a loop has finitely many.  Assumes that nobody asks
how old something is that was made three rounds ago.  Example: before `pte = pte_offset_map(pmd, addr)` runs a second
time, the first map is renamed from `Fresh(site, "return", 0)` to `Fresh(site, "return", 1)`.
"""

from dataclasses import replace

from kpatchlint.flow.state import PathState
from kpatchlint.flow.symbol import Fresh, Symbol, parts_of

# values of an operation that ran more often ago than this are not told apart
OLDEST = 2


def renewed(state: PathState, site: int) -> PathState:
    """The state before the operation at `site` runs again: what it made the last time is one step older.

    What is two steps older and more has one name, so what was known or given up by that name is not known any more.
    """
    mentioned = any(_made_at(s, site) for s in state.store.values()) or any(_made_at(s, site) for s in state.facts)
    if not mentioned and not any(_made_at(h.symbol, site) for h in state.held):
        mentioned = any(_made_at(s, site) for _, s in state.gone)
        if not mentioned:
            return state
    oldest = range(OLDEST - 1, OLDEST + 1)
    facts = {s: t for s, t in state.facts.items() if not any(_is_made(p, site, oldest) for p in parts_of(s))}
    gone = {r: g for r, g in state.gone.items() if not any(_is_made(p, site, oldest) for p in parts_of(r[1]))}
    return replace(state, facts=facts, gone=gone).rename(
        lambda s: replace(s, age=min(s.age + 1, OLDEST)) if isinstance(s, Fresh) and s.site == site else None
    )


def _made_at(symbol: Symbol | None, site: int) -> bool:
    return any(_is_made(part, site, range(OLDEST)) for part in parts_of(symbol))


def _is_made(symbol: Symbol, site: int, ages: range) -> bool:
    return isinstance(symbol, Fresh) and symbol.site == site and symbol.age in ages
