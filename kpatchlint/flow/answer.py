"""What the result of a function tells its caller of the way that it has taken.

Assumption: a number that was computed, or kept where nothing is negative, is none of the errors that are returned
elsewhere.  Example: of a function that ends with `return -EFAULT` and, with a lock held, with `return nr`, the caller
knows by `< 0` that it holds nothing.
"""

from collections.abc import Iterator

from kpatchlint.c.ir import Compound, Load, Named, Number, Value, Variable
from kpatchlint.flow.paths import Ending, Flow
from kpatchlint.flow.place import RESULT, Condition
from kpatchlint.flow.state import CALLER
from kpatchlint.flow.symbol import ZERO, Constant, Literal, Operator, Symbol

COMPUTING = frozenset({"+", "-", "*", "/", "<<", ">>"})
# how the types begin that hold no negative number
UNSIGNED = ("unsigned", "size_t", "u8", "u16", "u32", "u64")


def told_by(ending: Ending, flow: Flow) -> Iterator[Condition]:
    """What the result says; whoever returns 0 elsewhere means something else by a name."""
    if ending.result is None or ending.operation.value is None:
        return
    if type(ending.result) is Literal and ending.result.value:
        yield Compound("==", (Load(RESULT), Number(ending.result.value))), True
        return
    name = constant_name(ending.result)
    if name is not None:
        yield Compound("==", (Load(RESULT), name)), True
        if isinstance(name, Named) and any(other.result == ZERO for other in flow.endings):
            yield name, True
        return
    truth = ending.state.truth(ending.result)
    if truth is not None or _is_found(ending, flow):
        yield Load(RESULT), truth is not False
    counts = _is_computed(ending.result) or _is_unsigned(ending, flow)
    if counts and any(_is_error(other) for other in flow.endings):
        yield Compound("<", (Load(RESULT), Number(0))), False


def _is_found(ending: Ending, flow: Flow) -> bool:
    """Whether it is a pointer, and those endings that return NULL by that name leave something else held: so that it is
    no NULL is what tells them apart."""
    missed = [other for other in flow.endings if other.result == ZERO] if flow.function.returns_pointer else ()
    return any(other.state.resources != ending.state.resources for other in missed)


def _is_computed(symbol: Symbol) -> bool:
    """Whether it is a number that was computed: beside negative errors it is none of those."""
    return type(symbol) is Operator and symbol.operator in COMPUTING and len(symbol.operands) > 1


def is_count(ending: Ending, flow: Flow) -> bool:
    """Whether it is a number that was computed, beside the 0 of paths that hold nothing of their own."""
    result = ending.result
    if result is None or not _is_computed(result) or ending.state.truth(result) is not None:
        return False
    zeros = [other for other in flow.endings if other.result == ZERO]
    return bool(zeros) and all(held.by == CALLER for other in zeros for held in other.state.held)


def _is_unsigned(ending: Ending, flow: Flow) -> bool:
    """Whether what it returns was kept as a number that is never negative: an error, if it holds nothing of its own."""
    match ending.operation.value:
        case Load(Variable(name)) if any(held.by != CALLER for held in ending.state.held):
            return dict(flow.function.types).get(name, "").startswith(UNSIGNED)
    return False


def _is_error(ending: Ending) -> bool:
    """Whether it returns a negated name."""
    return ending.result is not None and isinstance(constant_name(ending.result), Compound)


def constant_name(symbol: Symbol) -> Value | None:
    """A named constant, or a negated one, as a value."""
    match symbol:
        case Constant(name):
            return Named(name)
        case Operator("-", (Constant(name),)):
            return Compound("-", (Named(name),))
    return None
