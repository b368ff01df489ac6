"""The small intermediate representation: values, places, operations, basic blocks, a CFG.

A place is where something is kept (`ptl`, `vmf->ptl`, `*ptlp`), a value is what is read or computed, an operation is
one step of a basic block.  Everything C has and the analysis does not need becomes `Opaque`.  Example, `*ptlp = ptl`:

    Assign(Target(Load(Variable("ptlp"))), Load(Variable("ptl")))
"""

from collections.abc import Iterator

from msgspec import Struct


class Term(Struct, frozen=True, array_like=True, tag=True, tag_field="is"):
    """A place or a value; how it is written where it is kept: as a list that begins with the name of its class."""


class Variable(Term, frozen=True):
    """A local, a parameter, a global, or (name starts with %) the result of an operation."""

    name: str

    @property
    def temporary(self) -> bool:
        """Whether lowering invented it."""
        return self.name.startswith("%")


class Member(Term, frozen=True):
    """`base->name`; `x.name` is the member of `&x`."""

    base: "Value"
    name: str


class Target(Term, frozen=True):
    """`*pointer`."""

    pointer: "Value"


Place = Variable | Member | Target


class Number(Term, frozen=True):
    """An integer constant; NULL and false are 0, true is 1."""

    value: int


class Named(Term, frozen=True):
    """A constant known by its name only: an enumerator or a macro."""

    name: str


class Load(Term, frozen=True):
    """What is kept in a place."""

    place: Place


class AddressOf(Term, frozen=True):
    """`&place`."""

    place: Place


class Cast(Term, frozen=True):
    """`(type)value`; kept because a cast between table levels is a finding."""

    type: str
    value: "Value"


class Compound(Term, frozen=True):
    """An operator and its operands: `!x`, `-x`, `a == b`, `flags & FLAG`, `p + n`."""

    operator: str
    operands: tuple["Value", ...]


class Invoke(Term, frozen=True):
    """A pure call inside a contract's place; code calls are operations."""

    function: str
    arguments: tuple["Value", ...]


class Opaque(Term, frozen=True):
    """A value nothing is known of; `site` names the place in the text that made it."""

    site: int


Value = Number | Named | Load | AddressOf | Cast | Compound | Invoke | Opaque
NULL = Number(0)


class Assign(Struct, frozen=True):
    """`place = value`."""

    place: Place
    value: Value
    start: int
    end: int


class Declare(Struct, frozen=True):
    """A local comes to life without a value."""

    variable: Variable
    start: int
    end: int


class Call(Struct, frozen=True):
    """`result = function(arguments)`; `function` is empty for a call through a pointer."""

    function: str
    arguments: tuple[Value, ...]
    result: Variable
    start: int
    end: int


class Access(Struct, frozen=True):
    """A load or store through a pointer: proof that the author takes the pointer for valid."""

    pointer: Value
    start: int
    end: int


class Assume(Struct, frozen=True):
    """Only paths on which `value` is (not) zero go on."""

    value: Value
    truth: bool
    start: int
    end: int


class LoopExit(Struct, frozen=True):
    """A loop's condition has become false; `stepped` are the places its rounds move on.

    advances  where in the loop's head something is added to one
    """

    stepped: tuple[Place, ...]
    start: int
    end: int
    advances: tuple[int, ...] = ()


class Exit(Struct, frozen=True):
    """The function returns; `value` is None for void and for the end of the body."""

    value: Value | None
    start: int
    end: int
    explicit: bool = True


class Gap(Struct, frozen=True):
    """Code that is not in this fragment, or that cannot be followed: nothing is known behind it."""

    start: int
    end: int


Operation = Assign | Declare | Call | Access | Assume | LoopExit | Exit | Gap


class BasicBlock(Struct, frozen=True):
    """Operations without a branch; `successors` are indexes into the CFG's blocks."""

    operations: tuple[Operation, ...]
    successors: tuple[int, ...]


class CFG(Struct, frozen=True):
    """The entry is block 0.  `open_blocks` may also be entered from code that is not in this fragment."""

    blocks: tuple[BasicBlock, ...]
    open_blocks: frozenset[int] = frozenset()

    def operations(self) -> Iterator[Operation]:
        """Every operation of the function, in block order."""
        return (operation for block in self.blocks for operation in block.operations)

    def calls(self) -> Iterator[Call]:
        """Every call of the function, in block order."""
        return (operation for operation in self.operations() if isinstance(operation, Call))


class Annotated(Struct, frozen=True):
    """What an annotation of the function says: `__releases(ptl)` at its offset."""

    name: str
    argument: str
    at: int


class Lowered(Struct, frozen=True):
    """One function ready for analysis.

    types  the words of the declared type of each parameter and local
    """

    name: str
    parameters: tuple[str, ...]
    types: tuple[tuple[str, str], ...]
    cfg: CFG
    returns_value: bool
    start: int
    end: int
    whole: bool = True
    returns_pointer: bool = False
    annotations: tuple[Annotated, ...] = ()

    @property
    def locals(self) -> frozenset[str]:
        """Names of locals and parameters."""
        return frozenset(name for name, _ in self.types)


def target(pointer: Value) -> Place:
    """`*pointer`, with `*&x` written as x."""
    return pointer.place if isinstance(pointer, AddressOf) else Target(pointer)


def address(place: Place) -> Value:
    """`&place`, with `&*p` written as p."""
    return place.pointer if isinstance(place, Target) else AddressOf(place)


def text(value: Value | Place) -> str:
    """The value as C, for messages: `vmf->ptl`, `*ptlp`, `pte - 1`."""
    match value:
        case Variable(name) | Named(name):
            return name
        case Number(number):
            return str(number)
        case Load(place):
            return text(place)
        case AddressOf(place):
            return "&" + text(place)
        case Target(pointer):
            return "*" + text(pointer)
        case Member(AddressOf(place), name):
            return f"{text(place)}.{name}"
        case Member(base, name):
            return f"{text(base)}->{name}"
        case Cast(type, inner):
            return f"({type}){text(inner)}"
        case Invoke(function, arguments):
            return f"{function}({', '.join(map(text, arguments))})"
        case Compound("[]", (array, index)):
            return f"{text(array)}[{text(index)}]"
        case Compound(operator, (inner,)):
            return operator + text(inner)
        case Compound(operator, operands):
            return f" {operator} ".join(map(text, operands))
    return "…"


def parts(value: Value) -> Iterator[Value]:
    """The value and every value inside it."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        yield part
        # asked of every value of every function, where a pattern takes four times as long
        if type(part) is Load or type(part) is AddressOf:
            place = part.place
            if type(place) is Member:
                waiting.append(place.base)
            elif type(place) is Target:
                waiting.append(place.pointer)
        elif type(part) is Compound:
            waiting.extend(reversed(part.operands))
        elif type(part) is Cast:
            waiting.append(part.value)
        elif type(part) is Invoke:
            waiting.extend(reversed(part.arguments))


def variables(value: Value) -> Iterator[str]:
    """The names of the variables in a value."""
    for part in parts(value):
        if isinstance(part, Load | AddressOf) and isinstance(part.place, Variable):
            yield part.place.name


def fields(value: Value) -> Iterator[str]:
    """The names of the members that a value reads."""
    for part in parts(value):
        if isinstance(part, Load) and isinstance(part.place, Member):
            yield part.place.name
