"""What sparse's annotations say of a function: what its caller holds when it is entered, and has back at its end.

`__must_hold(x)` is held at both, as is what is both released and acquired; `__releases(x)` at the entry only, and
`__acquires(x)` at the end only.  Assumes nothing of an annotation that names no parameter.  Sparse takes every kind of
lock, so that only one declared as a spinlock is known to be none to sleep with.  Example:
`void f(spinlock_t *ptl) __must_hold(ptl)` is entered with `ptl` held, may not sleep nor leave without it.
"""

from collections.abc import Callable, Iterator, Mapping

from kpatchlint.c.ir import Access, Annotated, Assign, Call, Declare, Load, Lowered, Value, Variable, variables
from kpatchlint.flow.evaluate import evaluate, substitute
from kpatchlint.flow.place import read_place
from kpatchlint.flow.schema import ResourceData
from kpatchlint.flow.state import CALLER, Held, PathState, Resource
from kpatchlint.flow.symbol import Initial
from kpatchlint.flow.terms import Contract, Effect
from kpatchlint.regex import regex

LOCK = "lock"
SPINLOCK = "spinlock_t"
RELEASES = frozenset({"__releases", "__releases_shared"})
ACQUIRES = frozenset({"__acquires", "__acquires_shared"})
MUST_HOLD = frozenset({"__must_hold", "__must_hold_shared"})
_PLACE = regex(r"\w+(?:(?:->|\.)\w+)*")


def entered(function: Lowered, kinds: Mapping[str, ResourceData], state: PathState) -> PathState:
    """The state with what the caller holds, as the annotations say."""
    types = dict(function.types)
    for annotation in _of(function, RELEASES | MUST_HOLD):
        for kind, symbol in _resources(annotation, function, kinds):
            name = symbol.cell.name if isinstance(symbol, Initial) and symbol.cell.base is None else ""
            if kind != LOCK or SPINLOCK in types.get(name, ""):
                state = state.take(Held(kind, symbol, annotation.argument, annotation.at, CALLER, again=True))
    return state


def lasting(function: Lowered) -> frozenset[int]:
    """Where it is written that something is held at the end, too."""
    again = {annotation.argument for annotation in _of(function, ACQUIRES)}
    back = (annotation for annotation in _of(function, RELEASES) if annotation.argument in again)
    return frozenset(annotation.at for annotation in (*_of(function, MUST_HOLD), *back))


def released(function: Lowered, kinds: Mapping[str, ResourceData]) -> Iterator[Resource]:
    """What every path gives back for the caller."""
    kept = lasting(function)
    for annotation in _of(function, RELEASES):
        if annotation.at not in kept:
            yield from _resources(annotation, function, kinds)


def acquired(function: Lowered, kinds: Mapping[str, ResourceData]) -> frozenset[Resource]:
    """What the caller gets, so that it is no mistake to leave with it."""
    return frozenset(each for annotation in _of(function, ACQUIRES) for each in _resources(annotation, function, kinds))


def required(function: Lowered, kinds: Mapping[str, ResourceData]) -> tuple[Effect, ...]:
    """What a caller must hold, in the terms of the function's parameters."""
    named = (each for a in _of(function, MUST_HOLD) for each in _named(a, function, kinds))
    return tuple(Effect(kind, place) for kind, place in named)


def asserted(function: Lowered, contract_of: Callable[[Call], Contract | None]) -> Iterator[Effect]:
    """What it asserts of its parameters before it does anything but set variables, so that its caller must hold it."""
    own: dict[str, Value] = {}
    for operation in function.cfg.blocks[0].operations:
        contract = contract_of(operation) if isinstance(operation, Call) else None
        if contract is not None and contract.asserts and isinstance(operation, Call):
            given = contract.given(operation.arguments)
            wanted = [(e.resource, substitute(e.place, given)) for e in contract.must_hold if e.place is not None]
            places = ((resource, substitute(place, own)) for resource, place in wanted)
            yield from (Effect(*each) for each in places if set(variables(each[1])) <= set(function.parameters))
        elif isinstance(operation, Assign) and isinstance(operation.place, Variable):
            if operation.place.name in function.parameters:
                return
            own[operation.place.name] = substitute(operation.value, own)
        elif contract is not None and isinstance(operation, Call) and contract.computes:
            if contract.returns is not None:
                own[operation.result.name] = substitute(contract.returns, contract.given(operation.arguments))
        elif not isinstance(operation, Declare | Access):
            return


def used(function: Lowered, stated: Callable[[str, int], Contract | None]) -> frozenset[str]:
    """The parameters that it goes through, itself or by a callee of the rule data that does, and never sets."""
    through: set[Value] = set()
    for operation in function.cfg.operations():
        if isinstance(operation, Access):
            through.add(operation.pointer)
        elif isinstance(operation, Call) and (known := stated(operation.function, len(operation.arguments))):
            given = known.given(operation.arguments)
            through.update(given[name] for name in known.derefs & given.keys())
    set_here = {op.place for op in function.cfg.operations() if isinstance(op, Assign)}
    kept = {name: Variable(name) for name in function.parameters if Variable(name) not in set_here}
    return frozenset(name for name, variable in kept.items() if Load(variable) in through)


def _of(function: Lowered, names: frozenset[str]) -> Iterator[Annotated]:
    return (annotation for annotation in function.annotations if annotation.name in names)


def _resources(annotation: Annotated, function: Lowered, kinds: Mapping[str, ResourceData]) -> Iterator[Resource]:
    for kind, place in _named(annotation, function, kinds):
        yield kind, evaluate(place, PathState()) if place is not None else None


def _named(
    annotation: Annotated, function: Lowered, kinds: Mapping[str, ResourceData]
) -> Iterator[tuple[str, Value | None]]:
    """The resource that the annotation names: one without a place, or a lock by way of a parameter."""
    yield from ((kind, None) for kind, data in kinds.items() if annotation.argument in data.annotated)
    for place in _lock(annotation.argument, function):
        yield LOCK, place


def _lock(argument: str, function: Lowered) -> Iterator[Value]:
    """The lock that the argument names; of a member only its use tells whether it is the lock or points to it."""
    name = argument.removeprefix("&")
    if not _PLACE.fullmatch(name) or name.partition("->")[0] not in function.parameters:
        return
    lock, pointer = read_place(f"&{name}"), read_place(name)
    if name in function.parameters:
        yield pointer
    elif name != argument:
        yield lock
    else:
        given = [argument for call in function.cfg.calls() for argument in call.arguments]
        # nobody gives a lock by value: the address of one that is given itself is where a callee puts another
        yield from [place for place in (pointer, lock) if place in given][:1]
