"""Whether the caller can tell two endings of a function apart: by what it gave, or by what it finds.

Values of the caller that decide which path is taken, and constants that are left where it can read them, tell; what was
made in the function does not.  Example: of `if (wait) spin_lock(ptl);` the caller knows by `wait` whether it is held.
"""

from collections.abc import Iterator
from itertools import chain

from kpatchlint.flow.paths import Ending
from kpatchlint.flow.state import PathState, is_constant, is_merged, made_here
from kpatchlint.flow.symbol import Address, Fresh, Initial, Operator, Pure, Symbol, base_of, parts_of


def alike(one: Ending, other: Ending, early: bool) -> bool:
    """Whether the caller cannot tell the two endings apart; `early` as in `separable`."""
    told = result_class(one)
    return told is not None and told == result_class(other) and not separable(one.state, other.state, early)


def result_class(ending: Ending) -> object:
    """What the caller can tell this ending by; None when it cannot tell."""
    if ending.operation.value is None or ending.result is None:
        return "void"
    if (is_constant(ending.result) or is_merged(ending.result)) and ending.state.is_below_zero(ending.result):
        return "negative"
    found = "zero" if ending.state.truth(ending.result) is False else None
    return ending.result if is_constant(ending.result) else found


def separable(one: PathState, other: PathState, early: bool = False) -> bool:
    """Whether the caller's own values decide which of the two paths is taken, or tell it afterwards.

    early  whether a value that was made here may be any of several that were merged, a constant, too
    """
    if _differ(one, other) or _differ(other, one) or _tells(one, other, early) or _tells(other, one, early):
        return True
    opposite = (symbol for symbol, truth in one.facts.items() if other.facts.get(symbol) == (not truth))
    told = chain(opposite, _other_numbers(one, other), _other_numbers(other, one))
    return any(not any(map(_is_own, parts_of(symbol))) for symbol in told)


def _is_own(part: Symbol) -> bool:
    """Whether only this function knows the answer: a question without arguments has one, whoever asks."""
    return isinstance(part, Fresh) or (isinstance(part, Pure) and bool(part.arguments))


def _other_numbers(one: PathState, other: PathState) -> Iterator[Symbol]:
    """What is one constant here and another there, as the arm of an `#if` is that a callee was defined in."""
    for symbol, number in one.constants.items():
        zero = other.truth(symbol) is False and one.truth(symbol)
        if zero or other.constants.get(symbol, number) is not number:
            yield symbol


def _tells(one: PathState, other: PathState, early: bool) -> bool:
    """Whether `one` leaves a constant where the caller finds it, and `other` another or none."""
    cells = (cell for cell, symbol in one.store.items() if cell.base is not None and is_constant(one.settled(symbol)))
    return any(
        not made_here(cell.base)
        and not isinstance(base_of(cell.base or one.store[cell]), Address)
        and (found := other.settled(other.store.get(cell, Initial(cell)))) != one.settled(one.store[cell])
        and not (early and isinstance(found, Fresh))
        for cell in cells
    )


def _differ(one: PathState, other: PathState) -> bool:
    """Whether two values are one in `one` and two in `other`."""
    same = (s.operands for s in one.facts if isinstance(s, Operator) and s.operator == "same")
    return any(frozenset(pair) in other.unequal for pair in same)
