"""Counters: a number that was stepped any number of times goes by the operation that steps it, and keeps its sign.

Assumes that nobody counts until a number is negative, or zero again.  Example: behind

    do { if (rounds) kunmap_local(p); p = kmap_local_page(page); } while (++rounds < most);

`rounds` is one, two, three, four, or a number above zero, so p was unmapped in every round but the first.
"""

from kpatchlint.c.ir import Compound, Value
from kpatchlint.flow.age import renewed
from kpatchlint.flow.evaluate import evaluate
from kpatchlint.flow.state import PathState
from kpatchlint.flow.symbol import ZERO, Cell, Fresh, Literal, Symbol, negative


def stepped(cell: Cell, old: Symbol, value: Value, site: int, state: PathState) -> PathState:
    """The state in which `cell`, which held `old`, holds the sum or difference `value` of it."""
    number = Fresh(site, "step")
    after = renewed(state, site).bind(cell, number)
    if not (_adds(value, state) and _not_below_zero(old, state)):
        return after
    return after.learn(number, True).learn(negative(number), False)


def _adds(value: Value, state: PathState) -> bool:
    """Whether a number above zero is added."""
    by = evaluate(value.operands[1], state) if isinstance(value, Compound) and value.operator == "+" else ZERO
    return type(by) is Literal and by.value > 0


def _not_below_zero(symbol: Symbol, state: PathState) -> bool:
    settled = state.settled(symbol)
    return settled.value >= 0 if type(settled) is Literal else state.facts.get(negative(symbol)) is False
