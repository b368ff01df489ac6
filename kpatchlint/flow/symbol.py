"""Symbols: the values a path knows of, without knowing them.

Two reads of one unchanged place give the same symbol, so `pte` and its saved copy are one mapping.  A symbol made by an
operation is named by that operation and, in loops, by its age in rounds; that keeps the number of symbols finite.
Example: after `pte = pte_offset_map(pmd, addr)` the place `pte` holds `Fresh(17, "return", 0)`, and after `pte++` it
holds `Shifted(Fresh(17, "return", 0), 1, 1, past=True)`.
"""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import ClassVar, TypeVar, cast
from weakref import WeakValueDictionary

from msgspec import Struct, StructMeta, structs

DEEPEST = 6
# what is said of a value that would be nested more deeply
DEEP = "deep"
T = TypeVar("T")
# how the name of a value begins that a callee has set, and of which an early look does not know whether it is NULL
DOUBTED = "doubted "
# a pointer is at its start or somewhere behind it: nothing finer decides whether `p - 1` is inside; nor how far before
FARTHEST, EARLIEST = 1, -2


class Interned(StructMeta, type):
    """Makes equal values one object, so that comparing and hashing them, which is most of the work, costs nothing.

    `structs.replace` would make a second one; these values are made by their names only.

    One that nobody holds any more is forgotten, or a long run would keep the symbols of every function it has seen.
    """

    known: ClassVar[WeakValueDictionary[tuple[object, ...], object]] = WeakValueDictionary()

    @lru_cache(maxsize=1 << 15)  # noqa: B019 - classes stay, and `forget_symbols` empties it
    def __call__(cls: type[T], *args: object, **named: object) -> T:
        """One asked for lately is found without a line of Python: this is called more often than anything else."""
        made = StructMeta.__call__(cls, *args, **named)
        return cast(T, Interned.known.setdefault((cls, *structs.astuple(made)), made))


def forget_symbols() -> None:
    """Keep none any more because it was asked for lately: the next text has others."""
    Interned.__call__.cache_clear()


class Cell(Struct, frozen=True, eq=False, weakref=True, metaclass=Interned):
    """One place of storage: a variable (no base), or a member of what a symbol points to ("*" for the whole)."""

    base: "Symbol | None"
    name: str


class Literal(Struct, frozen=True, eq=False, weakref=True, metaclass=Interned):
    """An integer."""

    value: int


class Constant(Struct, frozen=True, eq=False, weakref=True, metaclass=Interned):
    """A named constant; two different names are taken for two different values."""

    name: str


class Initial(Struct, frozen=True, eq=False, weakref=True, metaclass=Interned):
    """What a cell held when the function (or fragment) was entered."""

    cell: Cell


class Address(Struct, frozen=True, eq=False, weakref=True, metaclass=Interned):
    """Where a cell is."""

    cell: Cell


class Fresh(Struct, frozen=True, eq=False, weakref=True, metaclass=Interned):
    """A value made by the operation at `site`; `what` tells apart several results of one operation."""

    site: int
    what: str
    age: int = 0


class Pure(Struct, frozen=True, eq=False, weakref=True, metaclass=Interned):
    """Result of a pure function: equal arguments, equal result."""

    function: str
    arguments: tuple["Symbol", ...]


class Operator(Struct, frozen=True, eq=False, weakref=True, metaclass=Interned):
    """An operator applied to symbols."""

    operator: str
    operands: tuple["Symbol", ...]


class Shifted(Struct, frozen=True, eq=False, weakref=True, metaclass=Interned):
    """A pointer `low` to `high` entries behind `base` (`high` None: unbounded).

    `past` says that it was stepped since it was last used, so it may point behind the last entry.
    """

    base: "Symbol"
    low: int
    high: int | None
    past: bool


# Where it is asked a million times what a symbol is, it is asked as `type(symbol) is Fresh`: that it is none takes
# `isinstance` four times as long, because of the metaclass.
Symbol = Literal | Constant | Initial | Address | Fresh | Pure | Operator | Shifted
ZERO = Literal(0)


def base_of(symbol: Symbol) -> Symbol:
    """The pointer that `symbol` was stepped or derived from, or itself."""
    if type(symbol) is Shifted:
        return symbol.base
    return symbol.operands[0] if type(symbol) is Operator and symbol.operator == "derived" else symbol


@lru_cache(maxsize=1 << 16)
def ways_to(symbol: Symbol | None) -> tuple[Symbol, ...]:
    """The pointer that it was stepped or derived from, and those whose member, or whose member's, that points to."""
    if symbol is None:
        return ()
    base = base_of(symbol)
    return (base, *ways_to(base.cell.base)) if type(base) is Address else (base,)


def shift(symbol: Symbol, steps: int | None) -> Symbol:
    """`symbol` moved by `steps` entries (None: by an unknown number, taken to end inside the table)."""
    old = symbol if type(symbol) is Shifted else Shifted(symbol, 0, 0, past=False)
    if steps is None:
        return Shifted(old.base, min(old.low, 0), None, past=False)
    low, high = old.low + steps, None if old.high is None else old.high + steps
    if high is not None and high >= FARTHEST:
        high = None
    past = steps > 0 or (old.past and steps == 0)
    new = Shifted(old.base, max(min(low, FARTHEST), EARLIEST), high and max(high, EARLIEST), past)
    return old.base if (new.low, new.high, new.past) == (0, 0, False) else new


def join(one: Symbol, other: Symbol) -> Symbol | None:
    """Two positions of one pointer as one, or None when they are not of one pointer."""
    if base_of(one) != base_of(other):
        return None
    left, right = (s if type(s) is Shifted else Shifted(s, 0, 0, past=False) for s in (one, other))
    high = None if left.high is None or right.high is None else max(left.high, right.high)
    return Shifted(left.base, max(left.low, right.low), high, left.past or right.past)


@lru_cache(maxsize=1 << 16)
def root_of(symbol: Symbol) -> Cell | None:
    """The variable an initial value or an address hangs on: `a->b` and `&a.b` hang on a; None for made symbols."""
    match base_of(symbol):
        case Initial(cell) | Address(cell):
            return cell if cell.base is None else root_of(cell.base)
        case Operator("+" | "[]", (array, _)):
            return root_of(array)
    return None


@lru_cache(maxsize=1 << 16)
def depth(symbol: Symbol | None) -> int:
    """How deeply symbols are nested in this one; a read is no deeper for being old, and none is more than two old."""
    match symbol:
        case Operator("before", parts):
            return max(map(depth, parts))
        case Initial(cell) | Address(cell):
            return 1 + depth(cell.base)
        case Pure(_, parts) | Operator(_, parts):
            return 1 + max(map(depth, parts), default=0)
        case Shifted(base):
            return 1 + depth(base)
    return 0


@lru_cache(maxsize=1 << 16)
def rounds(symbol: Symbol) -> int:
    """How often the path to it goes through the member that it goes through most often: a walk along a list."""
    cells = (part.cell for part in parts_of(symbol) if type(part) is Initial or type(part) is Address)
    return max(Counter(cell.name for cell in cells if cell.base is not None and cell.name != "*").values(), default=0)


def in_array(symbol: Symbol | None) -> bool:
    """Whether it was read from, or lies in, an element of an array: elements are not told apart."""
    return any(type(part) is Operator and part.operator == "[]" for part in parts_of(symbol))


def lies_in(symbol: Symbol | None, pointer: Symbol) -> bool:
    """Whether it is a member of what the pointer leads to."""
    return type(symbol) is Address and symbol.cell.base == pointer


def indexed(symbol: Symbol | None) -> bool:
    """Whether it is one of many that are not told apart: what an element of an array held, what has no name of its own
    because that would be nested too deeply."""
    return in_array(symbol) if type(symbol) is Initial else type(symbol) is Fresh and symbol.what == DEEP


def is_embedded(symbol: Symbol | None) -> bool:
    """A lock inside an object: whoever finds the object can give it back."""
    return type(symbol) is Address and symbol.cell.base is not None


def derived(base: Symbol, made: Symbol) -> Symbol:
    """What a callee nobody knows makes of a pointer: perhaps another pointer into the same page."""
    return Operator("derived", (base, made))


def outdated(read: Symbol, lock: Symbol) -> Symbol:
    """What was read before the lock was taken."""
    return Operator("before", (read, lock))


@lru_cache(maxsize=1 << 16)
def is_outdated(symbol: Symbol) -> bool:
    """Whether it, or a part of it, was read before a lock was taken that protects it."""
    return any(type(part) is Operator and part.operator == "before" for part in parts_of(symbol))


def rewrite(symbol: Symbol, change: Callable[[Symbol], Symbol | None]) -> Symbol:
    """`symbol` with every part for which `change` gives a new symbol replaced by it."""
    changed = change(symbol)
    if changed is not None:
        return changed
    if type(symbol) is Initial:
        return Initial(rewrite_cell(symbol.cell, change))
    if type(symbol) is Address:
        return Address(rewrite_cell(symbol.cell, change))
    if type(symbol) is Operator:
        return Operator(symbol.operator, tuple([rewrite(part, change) for part in symbol.operands]))
    if type(symbol) is Pure:
        return Pure(symbol.function, tuple([rewrite(part, change) for part in symbol.arguments]))
    if type(symbol) is Shifted:
        return Shifted(base_of(rewrite(symbol.base, change)), symbol.low, symbol.high, symbol.past)
    return symbol


def rewrite_cell(cell: Cell, change: Callable[[Symbol], Symbol | None]) -> Cell:
    """The cell with its base rewritten."""
    return cell if cell.base is None else Cell(rewrite(cell.base, change), cell.name)


@lru_cache(maxsize=1 << 16)
def parts_of(symbol: Symbol | None) -> frozenset[Symbol]:
    """The symbol and everything it is made of."""
    match symbol:
        case None:
            return frozenset()
        case Initial(cell) | Address(cell):
            return parts_of(cell.base) | {symbol}
        case Pure(_, operands) | Operator(_, operands):
            return frozenset({symbol}).union(*map(parts_of, operands))
        case Shifted(base):
            return parts_of(base) | {symbol}
    return frozenset({symbol})


@lru_cache(maxsize=1 << 16)
def made_in(symbol: Symbol | None) -> frozenset[Fresh]:
    """The parts of the symbol that operations of this function have made."""
    return frozenset(part for part in parts_of(symbol) if type(part) is Fresh)


def is_doubted(symbol: Symbol) -> bool:
    """Whether a callee that was looked at early has set it, to NULL on some path perhaps."""
    return type(symbol) is Fresh and symbol.what.startswith(DOUBTED)


def is_constant(symbol: Symbol) -> bool:
    """A literal, a named constant, or a negated one."""
    if type(symbol) is Operator:
        return symbol.operator == "-" and len(symbol.operands) == 1 and is_constant(symbol.operands[0])
    return type(symbol) is Literal or type(symbol) is Constant


def is_negative(symbol: Symbol) -> bool:
    """A negative literal or a negated named constant, such as -EAGAIN."""
    match symbol:
        case Literal(value):
            return value < 0
        case Operator("-", (Constant(),)):
            return True
    return False


def less(left: Symbol, right: Symbol) -> bool | None:
    """Whether a constant is less than another one, as far as that is known."""
    if type(left) is Literal and type(right) is Literal:
        return left.value < right.value
    if type(right) is Literal and right.value >= 0 and is_negative(left):
        return True
    return False if type(left) is Literal and left.value >= 0 and is_negative(right) else None


@lru_cache(maxsize=1 << 16)
def negative(symbol: Symbol) -> Symbol:
    """The question whether it is below zero."""
    return Operator("<", (symbol, ZERO))


@lru_cache(maxsize=1 << 16)
def loads(symbol: Symbol) -> frozenset[Initial]:
    """The reads through pointers in it."""
    return frozenset(p for p in parts_of(symbol) if type(p) is Initial and p.cell.name == "*")


@lru_cache(maxsize=1 << 16)
def current_loads(symbol: Symbol) -> frozenset[Initial]:
    """The reads through pointers in it that no lock has made old."""
    if isinstance(symbol, Operator) and symbol.operator == "before":
        return frozenset()
    if isinstance(symbol, Initial) and symbol.cell.name == "*":
        return frozenset((symbol,))
    parts = symbol.arguments if isinstance(symbol, Pure) else getattr(symbol, "operands", ())
    return frozenset(load for part in parts for load in current_loads(part))


def shown(symbol: Symbol | None) -> str:
    """The symbol as C writes it; `it` for what has no name."""
    match symbol:
        case Initial(cell):
            return _shown_cell(cell)
        case Address(cell):
            return "&" + _shown_cell(cell)
        case Pure(function, arguments):
            return f"{function}({', '.join(map(shown, arguments))})"
    return "it"


def _shown_cell(cell: Cell) -> str:
    if cell.base is None:
        return cell.name
    if type(cell.base) is Address:
        return f"{_shown_cell(cell.base.cell)}.{cell.name}"
    return f"*{shown(cell.base)}" if cell.name == "*" else f"{shown(cell.base)}->{cell.name}"
