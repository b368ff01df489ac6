"""What sparse's annotations say of a function: what its caller holds when it is entered, and has back at its end.

`__must_hold(x)` is held at both, `__releases(x)` at the entry only.  Assumes nothing of an annotation that names no
parameter.  Sparse takes every kind of lock, so that only one declared as a spinlock is known to be none to sleep with.
Example: `void f(spinlock_t *ptl) __must_hold(ptl)` is entered with `ptl` held, may not sleep nor leave without it.
"""

from collections.abc import Iterator, Mapping

from kpatchlint.c.ir import Annotated, Lowered
from kpatchlint.flow.evaluate import evaluate
from kpatchlint.flow.place import read_place
from kpatchlint.flow.schema import ResourceData
from kpatchlint.flow.state import CALLER, Held, PathState, Resource
from kpatchlint.flow.symbol import Initial
from kpatchlint.flow.terms import Effect
from kpatchlint.regex import regex

LOCK = "lock"
SPINLOCK = "spinlock_t"
RELEASES = frozenset({"__releases", "__releases_shared"})
MUST_HOLD = frozenset({"__must_hold", "__must_hold_shared"})
_PLACE = regex(r"\w+(?:->\w+)*")


def entered(function: Lowered, kinds: Mapping[str, ResourceData], state: PathState) -> PathState:
    """The state with what the caller holds, as the annotations say."""
    types = dict(function.types)
    for annotation in _of(function, RELEASES | MUST_HOLD):
        for kind, symbol in _named(annotation, function, kinds):
            name = symbol.cell.name if isinstance(symbol, Initial) and symbol.cell.base is None else ""
            if kind != LOCK or SPINLOCK in types.get(name, ""):
                state = state.take(Held(kind, symbol, annotation.argument, annotation.at, CALLER, again=True))
    return state


def lasting(function: Lowered) -> frozenset[int]:
    """Where it is written that something is held at the end, too."""
    return frozenset(annotation.at for annotation in _of(function, MUST_HOLD))


def released(function: Lowered, kinds: Mapping[str, ResourceData]) -> Iterator[Resource]:
    """What every path gives back for the caller."""
    for annotation in _of(function, RELEASES):
        yield from _named(annotation, function, kinds)


def required(function: Lowered, kinds: Mapping[str, ResourceData]) -> tuple[Effect, ...]:
    """What a caller must hold, in the terms of the function's parameters."""
    asked = ((a, kind) for a in _of(function, MUST_HOLD) for kind, _ in _named(a, function, kinds))
    return tuple(Effect(kind, read_place(a.argument) if kind == LOCK else None) for a, kind in asked)


def _of(function: Lowered, names: frozenset[str]) -> Iterator[Annotated]:
    return (annotation for annotation in function.annotations if annotation.name in names)


def _named(annotation: Annotated, function: Lowered, kinds: Mapping[str, ResourceData]) -> Iterator[Resource]:
    """The resource that the annotation names: one without a place, or a lock by way of a parameter."""
    yield from ((kind, None) for kind, data in kinds.items() if annotation.argument in data.annotated)
    if _PLACE.fullmatch(annotation.argument) and annotation.argument.partition("->")[0] in function.parameters:
        yield LOCK, evaluate(read_place(annotation.argument), PathState())
