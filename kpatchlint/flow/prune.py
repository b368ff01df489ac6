"""What of a path state is worth keeping at the start of a block: what is read again, named, or must be given back.

Dead cells go, and facts about values that nobody can name any more.  A value made by an operation that one cell alone
holds, and of which nothing is known, is any value: it goes by the cell, so states that differ only in which operation
made it are equal.  Assumes what liveness says of names.  Example: `nr = a();` on one path and `nr = b();` on the other
give one state behind the join, unless `nr` was tested in between.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Set
from functools import lru_cache, partial
from itertools import chain

from msgspec import Struct, structs

from kpatchlint.flow.age import OLDEST
from kpatchlint.flow.evaluate import cleared
from kpatchlint.flow.liveness import Names
from kpatchlint.flow.schema import ResourceData
from kpatchlint.flow.state import ANY, MOVED, UNSET, Gone, Held, PathState, Resource, made_here
from kpatchlint.flow.symbol import (
    DOUBTED,
    ZERO,
    Address,
    Cell,
    Constant,
    Fresh,
    Initial,
    Operator,
    Pure,
    Shifted,
    Symbol,
    base_of,
    is_doubted,
    loads,
    made_in,
    parts_of,
    rewrite,
    root_of,
)

# whether a fact is asked for again; perhaps: it hangs on what the state holds
_NEVER, _PERHAPS, _ALWAYS = "never", "perhaps", "always"
SOME_ERROR = Operator("-", (Constant("any"),))


class Pruner(Struct, frozen=True):
    """What one function keeps.

    locals, parameters  names of its variables
    counters            variables that are stepped in loops which give something back
    small               whether every fact about what its arguments point to is kept, for its callers' sake
    passing             kinds of resources that need not be given back: what earlier rounds of a loop did is not kept
    kinds               the kinds of resources: what must be given back, what paths are compared by, what keeps another
    elsewhere           whether a function of another file may compute the same again, for all that contracts say
    taken               whether a value comes of a call that may take something: when it fails, that call is named
    entries             whether of facts only those about entries of tables, and what is computed, are kept
    read                whether a value may be an entry that a call has read: when that was is asked; None: it is not
    told                what was found out about facts, by the names that were alive
    """

    locals: frozenset[str]
    parameters: frozenset[str]
    counters: frozenset[str]
    small: bool
    passing: frozenset[str]
    kinds: Mapping[str, ResourceData]
    elsewhere: Callable[[Pure], bool]
    taken: Callable[[Fresh], bool]
    entries: bool = False
    read: Callable[[Fresh], bool] | None = None
    told: dict[Names, dict[tuple[Symbol, bool], str]] = {}

    def lasts(self, held: Held) -> bool:
        """Whether it must be given back, named or not."""
        return self.kinds[held.resource].balanced

    def pruned(self, names: Names, state: PathState, again: bool = False) -> PathState:
        """The state without what nobody needs where `names` are alive.

        again  whether the place may be reached again, in a loop: what paths are compared by is kept behind those
        """
        store = self._store(names, state)
        bases = {cell.base for cell in store if cell.base is not None}
        held, gone = state.held, state.gone
        if held or gone:
            alive = frozenset[Symbol]().union(*map(parts_of, store.values()), *map(parts_of, bases))
            held = self._held(held, alive, again)
            gone = self._gone(names, state, {h.at for h in held}, alive)
        resources = [*(s for _, s in gone), *(h.symbol for h in held)]
        direct = bases.union(*map(_direct, store.values()), *map(_direct, resources))
        overwritten = frozenset(cell for cell in store if cell.base is not None and self._in_local(cell))
        facts = self._facts(names, state.facts, direct, overwritten)
        useful = partial(self._useful, names, direct, overwritten)
        unequal = frozenset([pair for pair in state.unequal if all(map(useful, pair))])
        return self._anonymous(names, PathState(store, facts, unequal, held, gone, state.trail))

    def _store(self, names: Names, state: PathState) -> dict[Cell, Symbol]:
        """The cells that can be named again, or by which something must be given back, with what is known of them."""
        owed: set[Symbol] = {h.symbol for h in state.held if type(h.symbol) is Fresh and self.lasts(h)}
        numbers = {s for s, t in state.facts.items() if not t} | state.constants.keys()
        roots: Set[Symbol] | None = None
        store: dict[Cell, Symbol] = {}
        for cell, symbol in state.store.items():
            if cell.base is None:
                kept = cell.name in names or self._outer(cell.name)
            else:
                roots = self._roots(names, state) if roots is None else roots
                kept = self._kept(cell.base, names, roots)
            if kept or (owed and _names(cell, symbol, owed)):
                store[cell] = self._constant(symbol, state) if type(symbol) is Fresh and symbol in numbers else symbol
        return store

    def _roots(self, names: Names, state: PathState) -> Set[Symbol]:
        """What the values of the variables that are alive are made of."""
        live = (symbol for cell, symbol in state.store.items() if cell.base is None and cell.name in names)
        return frozenset[Symbol]().union(*map(parts_of, live))

    def _gone(
        self, names: Names, state: PathState, owed_at: Set[int], alive: Set[Symbol]
    ) -> dict[Resource, Gone]:
        """What was given up and can be named again."""
        return {
            r: g
            for r, g in state.gone.items()
            if _named(r[1], alive)
            and (g.entry or g.taken_at in owed_at or self._again(r[1], names, alive) or _guarded(r[1], names, state))
            and not (r[0] in self.passing and aged(r[1]))
        }

    def _facts(
        self, names: Names, facts: Mapping[Symbol, bool], direct: Set[Symbol], overwritten: frozenset[Cell]
    ) -> dict[Symbol, bool]:
        """What is known and can be asked for again."""
        told = self.told.get(names)
        if told is None:
            told = self.told[names] = {}
        kept: dict[Symbol, bool] = {}
        for fact in facts.items():
            symbol, truth = fact
            verdict = told.get(fact)
            if verdict is None:
                verdict = told[fact] = self._verdict(names, symbol, truth)
            if verdict is not _NEVER and (
                symbol in direct
                or (verdict is _ALWAYS and not overwritten)
                or self._useful(names, direct, overwritten, symbol)
            ):
                kept[symbol] = truth
        return kept

    def _verdict(self, names: Names, symbol: Symbol, truth: bool) -> str:
        """Whether a fact can be asked for again, as far as that hangs on the names alone."""
        if not (_is_constant(symbol, truth) or self._asked(symbol, names)) or (self.entries and self._apart(symbol)):
            return _NEVER
        return _ALWAYS if self._useful(names, frozenset(), frozenset(), symbol) else _PERHAPS

    def _apart(self, symbol: Symbol) -> bool:
        """Whether it is neither about an entry, nor says whether something was taken."""
        return not (_of_entry(symbol) or (type(symbol) is Fresh and self.taken(symbol)))

    def _held(self, held: tuple[Held, ...], alive: Set[Symbol], again: bool) -> tuple[Held, ...]:
        """What must be given back, what can be named or compared, and what guards that."""
        kept = tuple(h for h in held if self.lasts(h) or self._stays(h, alive, again))
        guards = {guard for h in kept for guard in self.kinds[h.resource].guarded_by}
        if guards:
            kept = tuple(h for h in held if h in kept or (h.resource in guards and not aged(h.symbol)))
        if len(kept) == len(held):
            return kept
        left = dict.fromkeys(self._left(h) for h in held if again and self._outlasts(h) and h not in kept)
        return (*(h for h in left if h is not None and h not in kept), *kept)

    def _stays(self, held: Held, alive: Set[Symbol], again: bool) -> bool:
        """Whether something that need not be given back can be named, or compared; with other rounds of a loop, if
        it is of an earlier one."""
        if aged(held.symbol):
            return self._outlasts(held)
        return _named(held.symbol, alive) or (not again and self.kinds[held.resource].compared)

    def _outlasts(self, held: Held) -> bool:
        """Whether a round of a loop that leaves it is compared with the others: many a folio is left locked so."""
        kind = self.kinds[held.resource]
        return kind.compared and not kind.lent

    @staticmethod
    def _left(held: Held) -> Held | None:
        """What a round of a loop leaves behind that nobody can name any more, as one of an earlier round."""
        made = held.symbol is not None and made_here(held.symbol) and not aged(held.symbol)
        return held.renamed(rewrite(held.symbol, _older)) if made and held.symbol is not None else None

    def _constant(self, symbol: Fresh, state: PathState) -> Symbol:
        """The number that a value made here is known to be: which operation made it matters for what is held only."""
        constant = ZERO if state.facts.get(symbol) is False else state.settled(symbol)
        return symbol if constant is symbol or symbol in state.owned or self.taken(symbol) else constant

    def _again(self, symbol: Symbol | None, names: Names, alive: Set[Symbol]) -> bool:
        """Whether something that was taken and given back here can be named again."""
        if type(symbol) is not Pure or symbol in alive or symbol.function + "()" in names:
            return True
        return self.elsewhere(symbol) and not made_in(symbol)

    def _useful(self, names: Names, direct: Set[Symbol], overwritten: frozenset[Cell], symbol: Symbol) -> bool:
        """Whether what is known of the symbol can be asked for again, here or by a caller."""
        if symbol in direct:
            return True
        if type(symbol) is Initial:
            cell = symbol.cell
            matters = cell not in overwritten and self._matters(cell, names)
            return matters and (cell.base is None or self._useful(names, direct, overwritten, cell.base))
        if type(symbol) is Pure:
            known = symbol.function + "()" in names or self.small or not made_here(symbol)
            return known and all(self._useful(names, direct, overwritten, o) for o in symbol.arguments)
        if type(symbol) is Operator:
            return all(self._useful(names, direct, overwritten, o) for o in symbol.operands)
        if type(symbol) is Shifted:
            return self._useful(names, direct, overwritten, symbol.base)
        return type(symbol) is not Fresh

    def _asked(self, symbol: Symbol, names: Names) -> bool:
        """Whether a comparison with the constants in it may come again, here or in a caller."""
        operands = symbol.operands if type(symbol) is Operator else ()
        if self.small or all(type(o) is Constant or self._parameter(o) for o in operands):
            return True
        return all("#" + o.name in names for o in operands if type(o) is Constant)

    def _parameter(self, symbol: Symbol) -> bool:
        return type(symbol) is Initial and symbol.cell.base is None

    def _outer(self, name: str) -> bool:
        return not (name in self.locals or name.startswith("%"))

    def _kept(self, base: Symbol, names: Names, roots: Set[Symbol]) -> bool:
        if not made_in(base) <= roots:
            return False
        match base_of(base):
            case Address(Cell(None, name)):
                return name in names or name not in self.locals
            case Pure() | Operator() as made:
                return made in roots
        return True

    def _matters(self, cell: Cell, names: Names) -> bool:
        """Facts about parameters stay: at the end they tell which call of the function took this path."""
        if cell.base is None:
            return cell.name in names or cell.name in self.parameters or cell.name not in self.locals
        return "." + cell.name in names or self.small

    def _anonymous(self, names: Names, state: PathState) -> PathState:
        """Values that only one cell holds, and of which nothing is known, by the name of their cell."""
        store: dict[Cell, Symbol] = {}
        renamed: dict[Cell, Fresh] = {}
        for cell, value in state.store.items():
            symbol = store[cell] = value if self.small else self._forgotten(cell, value, names, state)
            if type(symbol) is Fresh and symbol.what != UNSET and not (self.read and self.read(symbol)):
                name = self._named(cell)
                name = doubted(cell) if name is not symbol and is_doubted(symbol) else name
                if name is not symbol or self._own(cell, state):
                    renamed[cell] = name
        if renamed:
            self._rename(renamed, state, store)
        return structs.replace(state, store=store)

    def _rename(self, names: Mapping[Cell, Fresh], state: PathState, store: dict[Cell, Symbol]) -> None:
        """Give these values the names of their cells where no other one goes by them."""
        used: Counter[Symbol] = Counter(chain.from_iterable(map(made_in, state.store.values())))
        others = _others(state)
        spared = frozenset[Symbol]().union(*map(made_in, others))
        for cell, name in names.items():
            symbol = store[cell]
            if used[symbol] > 1 or symbol in spared or (name is not symbol and (name in used or name in spared)):
                continue
            if self._own(cell, state) and not is_doubted(symbol) and not _mentions(others, Initial(cell)):
                del store[cell]
            else:
                store[cell] = name

    def _named(self, cell: Cell) -> Fresh:
        return moved(cell) if cell.base is None and cell.name in self.counters else any_of(cell)

    def _forgotten(self, cell: Cell, symbol: Symbol, names: Names, state: PathState) -> Symbol:
        """A member that is not read again holds anything, unless a caller would ask for it; so does an error number."""
        if cell.base is not None and symbol is not ZERO and cell.name != "*" and "." + cell.name not in names:
            return symbol if base_of(symbol) in state.owned else any_of(cell)
        return _error(symbol, names) if type(symbol) is Operator and symbol.operator == "-" else symbol

    def _own(self, cell: Cell, state: PathState) -> bool:
        """Whether it is a member of a local: what nobody stored there is any value, too, unless the whole is zero."""
        return self._in_local(cell) and not cleared(cell, state)

    def _in_local(self, cell: Cell) -> bool:
        """Whether it is a member of a variable of the function's own."""
        root = root_of(cell.base) if cell.base is not None else None
        return root is not None and root.name in self.locals and root.name not in self.parameters


def _error(symbol: Operator, names: Names) -> Symbol:
    """An error number that nobody asks for by name again is any error."""
    match symbol.operands:
        case (Constant(name),) if "#" + name not in names:
            return SOME_ERROR
    return symbol


def _names(cell: Cell, symbol: Symbol, owed: set[Symbol]) -> bool:
    """Whether it is a variable by which something can be given back: that it is overwritten is a mistake."""
    pointer = symbol.base if type(symbol) is Shifted else symbol
    return cell.base is None and not cell.name.startswith("%") and pointer in owed


def _others(state: PathState) -> list[Symbol | None]:
    """Everything that names values, but for being the value of a cell."""
    values = [symbol for symbol in state.store.values() if type(symbol) is not Fresh]
    bases = {cell.base for cell in state.store}
    return [*values, *bases, *state.facts, *chain.from_iterable(state.unequal), *state.owned]


def _mentions(symbols: Iterable[Symbol | None], part: Symbol) -> bool:
    return any(part in parts_of(symbol) for symbol in symbols)


def _guarded(symbol: Symbol | None, names: Names, state: PathState) -> bool:
    """Whether it is the lock of a table from which something was read, and pointers are read through again: without
    the lock that read gives another value."""
    if ".*" not in names or type(symbol) is not Pure:
        return False
    values = chain(state.facts, state.store.values())
    return any(load.cell.base in parts_of(symbol) for value in values for load in loads(value))


def _of_entry(symbol: Symbol) -> bool:
    return bool(loads(symbol)) or any(type(part) is Pure for part in parts_of(symbol))


def _is_constant(symbol: Symbol, truth: bool) -> bool:
    """Whether the fact says which constant something is: that answers a comparison with any other, too."""
    return truth and type(symbol) is Operator and symbol.operator == "=="


@lru_cache(maxsize=1 << 16)
def _direct(symbol: Symbol | None) -> frozenset[Symbol]:
    """The symbol, and what a comparison of it would be about."""
    match symbol:
        case None:
            return frozenset()
        case Operator(_, operands):
            return frozenset({symbol}).union(*map(_direct, operands))
        case Shifted(base):
            return frozenset({symbol, base})
    return frozenset({symbol})


@lru_cache(maxsize=1 << 14)
def aged(symbol: Symbol | None) -> bool:
    """Whether an earlier round of a loop made it."""
    return any(part.age > 0 for part in made_in(symbol))


def _older(symbol: Symbol) -> Symbol | None:
    return Fresh(symbol.site, symbol.what, OLDEST) if type(symbol) is Fresh else None


def _named(symbol: Symbol | None, alive: Set[Symbol]) -> bool:
    return made_in(symbol) <= alive


@lru_cache(maxsize=1 << 12)
def any_of(cell: Cell) -> Fresh:
    """Any value that only this cell holds."""
    return Fresh(ANY, f"any {_text(cell)}")


@lru_cache(maxsize=1 << 12)
def moved(cell: Cell) -> Fresh:
    """Any value of a counter that has been stepped, or set, since the function was entered."""
    return Fresh(MOVED, f"any {_text(cell)}")


@lru_cache(maxsize=1 << 12)
def doubted(cell: Cell) -> Fresh:
    """The same of a value that may be NULL, for all that is known of who has set it."""
    return Fresh(MOVED, f"{DOUBTED}{_text(cell)}")


def _text(cell: Cell) -> str:
    """The cell in words; two cells never have the same."""
    match cell.base:
        case None:
            return cell.name
        case Address(inner):
            return f"{_text(inner)}.{cell.name}"
        case Initial(inner):
            return f"{_text(inner)}->{cell.name}"
    return f"{cell.base!r}->{cell.name}"
