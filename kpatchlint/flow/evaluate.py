"""From values of the code to symbols of a path state.

Reading an untouched place gives its initial symbol, so nothing has to be stored for it.  Comparisons are reduced to
`==`, `<` and `!`.  Assumes that two different base symbols do not point to the same storage.  Example: `vmf->ptl`, read
twice with no store between, is twice `Initial(Cell(Initial(vmf), "ptl"))`.
"""

from collections import Counter
from collections.abc import Iterable, Set

from kpatchlint.c.ir import (
    AddressOf,
    Assign,
    Call,
    Cast,
    Compound,
    Invoke,
    Load,
    Lowered,
    Member,
    Named,
    Number,
    Opaque,
    Place,
    Target,
    Value,
    Variable,
    address,
    target,
)
from kpatchlint.flow.state import PathState
from kpatchlint.flow.symbol import (
    DEEP,
    DEEPEST,
    ZERO,
    Address,
    Cell,
    Constant,
    Fresh,
    Initial,
    Literal,
    Operator,
    Pure,
    Shifted,
    Symbol,
    base_of,
    depth,
    derived,
    rounds,
    shift,
)

# a sum farther from zero is any number: a loop that adds to a number must come to an end
FARTHEST_COUNTED = 4
# a computed value that is stored goes by the name of its operation, so that what is made of it is not too deep
DEEPEST_KEPT = 2
# a walk along a list is followed so many elements far
FARTHEST_WALKED = 2
# operators that compute nothing: they say where a value comes from
NAMES = ("derived", "before")
# operators that ask something: their result is 0 or 1
QUESTIONS = ("!", "==", "<")
# what is read of a table that a pointer moves through, by what it is called
ELEMENT = "element"
# of most that is computed nothing more is known
PLAIN = ("==", "<", "[]")


def evaluate(value: Value, state: PathState, site: int = 0) -> Symbol:
    """The symbol of `value` in `state`; what nothing is known of is named by `site`."""
    # most values are the one, or the other
    if isinstance(value, Load):
        if type(value.place) is Variable:
            variable = Cell(None, value.place.name)
            return state.store.get(variable) or Initial(variable)
        cell = cell_of(value.place, state, site)
        return Fresh(site, ELEMENT) if _moving(cell) else read(cell, state)
    if isinstance(value, Compound):
        # a list costs less than a generator
        operands = tuple([evaluate(o, state, site) for o in value.operands])
        return _compound(value.operator, _in_place(value, operands, state, site), state, site)
    if isinstance(value, Number):
        return Literal(value.value)
    if isinstance(value, AddressOf):
        return address_of(cell_of(value.place, state, site))
    match value:
        case Named(name):
            return Constant(name)
        case Cast(_, inner):
            return evaluate(inner, state, site)
        case Invoke("held", (pointer,)):
            return Literal(int(_holds(evaluate(pointer, state, site), state)))
        case Invoke(function, arguments):
            return bounded(Pure(function, tuple(evaluate(a, state, site) for a in arguments)), site)
        case Opaque(own):
            return Fresh(own, "opaque")


def _in_place(value: Compound, operands: tuple[Symbol, ...], state: PathState, site: int) -> tuple[Symbol, ...]:
    """The operands; what was set to zero as a whole, and an element is read of, is an array, and no null pointer."""
    array = value.operands[0]
    if value.operator == "[]" and operands[0] is ZERO and isinstance(array, Load):
        return (address_of(cell_of(array.place, state, site)), *operands[1:])
    return operands


def _moving(cell: Cell) -> bool:
    """Whether it is some element of a table, so that two reads need not be of the same."""
    return cell.name == "*" and type(cell.base) is Shifted and cell.base.high is None


def cell_of(place: Place, state: PathState, site: int = 0) -> Cell:
    """The cell that `place` is."""
    if isinstance(place, Variable):
        return Cell(None, place.name)
    if isinstance(place, Member):
        return Cell(evaluate(place.base, state, site), place.name)
    symbol = evaluate(place.pointer, state, site)
    return symbol.cell if type(symbol) is Address else Cell(symbol, "*")


def read(cell: Cell, state: PathState) -> Symbol:
    """What the cell holds."""
    return state.store.get(cell) or (ZERO if cleared(cell, state) else Initial(cell))


def cleared(cell: Cell, state: PathState) -> bool:
    """Whether it is a member of what was set to zero as a whole."""
    return type(cell.base) is Address and state.store.get(cell.base.cell) is ZERO


def address_of(cell: Cell) -> Symbol:
    """Where the cell is; `&*p` is p."""
    return cell.base if cell.name == "*" and cell.base is not None else Address(cell)


def bounded(symbol: Symbol, site: int) -> Symbol:
    """The symbol, or a fresh one where it is nested too deeply to be kept."""
    return symbol if depth(symbol) <= DEEPEST else Fresh(site, DEEP)


def too_deep(symbol: Symbol) -> bool:
    """Whether it would go on to get deeper, in a loop, or make too deep what is made of it."""
    if type(symbol) is Operator:
        return symbol.operator not in NAMES and depth(symbol) > DEEPEST_KEPT
    walked = type(symbol) is Initial or type(symbol) is Address
    return walked and (depth(symbol) > DEEPEST or rounds(symbol) > FARTHEST_WALKED)


def _holds(symbol: Symbol, state: PathState) -> bool:
    """Whether it points to something held, or in which something is: the question `held(pointer)` of a condition."""
    base = base_of(symbol)
    return any(h.symbol == base or (type(h.symbol) is Address and h.symbol.cell.base == base) for h in state.held)


def is_mapping(symbol: Symbol, state: PathState) -> bool:
    """Whether steps of this pointer are followed: it is, or was, a resource."""
    base = base_of(symbol)
    return any(h.symbol == base for h in state.held) or any(s == base for _, s in state.gone)


def _compound(operator: str, operands: tuple[Symbol, ...], state: PathState, site: int) -> Symbol:
    """What the operator makes of the operands: 0 or 1 where the state decides a question."""
    symbol = _formed(operator, operands, state, site)
    if type(symbol) is not Operator or symbol.operator not in QUESTIONS:
        return symbol
    truth = state.truth(symbol)
    return symbol if truth is None else Literal(int(truth))


def _formed(operator: str, operands: tuple[Symbol, ...], state: PathState, site: int) -> Symbol:
    if operator in ("+", "-") and len(operands) == 2:
        return _moved(operator, operands[0], operands[1], state, site)
    if operator in PLAIN:
        return bounded(Operator(operator, operands), site)
    match operator, operands:
        case "!", (Operator("!", (inner,)),) if type(inner) is Operator:
            return inner
        case "&" | "*", (left, right) if ZERO in (left, right):
            return ZERO
        case "/" | "%" | "<<" | ">>", (left, _) if left is ZERO:
            return ZERO
        case "|", (left, right) if ZERO in (left, right):
            return right if left is ZERO else left
        case "|", (Literal(left), Literal(right)):
            return Literal(left | right)
        case "&", (Literal(left), Literal(right)):
            return Literal(left & right)
        case "&", (left, _) if is_mapping(left, state):
            # rounded down it is a pointer into the same page, and only a test of its low bits may be zero
            return bounded(derived(base_of(left), Operator(operator, operands)), site)
        case "|", operands if pointers := [one for one in operands if is_mapping(one, state)]:
            # with marks in its low bits it is still a pointer into the page
            return bounded(derived(base_of(pointers[0]), Operator(operator, operands)), site)
        case "!=", (left, right):
            return Operator("!", (Operator("==", (left, right)),))
        case ">", (left, right):
            return Operator("<", (right, left))
        case "<=", (left, right):
            return Operator("!", (Operator("<", (right, left)),))
        case ">=", (left, right):
            return Operator("!", (Operator("<", (left, right)),))
    return bounded(Operator(operator, operands), site)


def _moved(operator: str, left: Symbol, right: Symbol, state: PathState, site: int) -> Symbol:
    if type(left) is Shifted or is_mapping(left, state):
        if type(right) is not Literal:
            return shift(left, None)
        return shift(left, right.value if operator == "+" else -right.value)
    if type(left) is Literal and type(right) is Literal:
        return _counted(left.value + right.value if operator == "+" else left.value - right.value, site)
    if right == Literal(0):
        return left
    return bounded(Operator(operator, (left, right)), site)


def _counted(number: int, site: int) -> Symbol:
    """The number; a fresh one where it has been added to so often that a loop would count on and on."""
    return Literal(number) if abs(number) <= FARTHEST_COUNTED else Fresh(site, "counted")


def set_once(function: Lowered) -> PathState:
    """What variables hold that are set just once, told by what there was when the function was entered."""
    given = [(op.place.name, op) for op in function.cfg.operations()
             if isinstance(op, Assign) and isinstance(op.place, Variable)]
    times = Counter(name for name, _ in given)
    state = PathState()
    for name, op in given:
        if times[name] == 1 and name not in function.parameters:
            state = state.bind(Cell(None, name), evaluate(op.value, state, op.start))
    return state


def receives(calls: Iterable[Call], symbols: Set[Symbol | None], state: PathState) -> bool:
    """Whether one of the calls gets one of the symbols as an argument, as things stand in `state`."""
    return any(evaluate(argument, state) in symbols for call in calls for argument in call.arguments)


def substitute(value: Value, arguments: dict[str, Value]) -> Value:
    """The value of a contract with its parameters replaced by a call's arguments."""
    if isinstance(value, Load):
        place = value.place
        if isinstance(place, Variable):
            return arguments.get(place.name, value)
        return Load(_substituted(place, arguments))
    if isinstance(value, Compound):
        return Compound(value.operator, tuple([substitute(o, arguments) for o in value.operands]))
    match value:
        case AddressOf(Variable(name)) if isinstance(given := arguments.get(name), Load):
            # a macro's argument that is not a pointer to the thing, but the thing
            return address(given.place)
        case AddressOf(place):
            return address(_substituted(place, arguments))
        case Invoke(function, operands):
            return Invoke(function, tuple([substitute(o, arguments) for o in operands]))
    return value


def _substituted(place: Place, arguments: dict[str, Value]) -> Place:
    if isinstance(place, Member):
        return Member(substitute(place.base, arguments), place.name)
    return target(substitute(place.pointer, arguments)) if isinstance(place, Target) else place
