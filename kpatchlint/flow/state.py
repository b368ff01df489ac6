"""One path state: what one set of paths knows at one point of a function.

A path state binds cells to symbols, knows facts about symbols, and lists in order what is held and what was given up,
each with the operation that did it.  Values do not change: every method returns a new state.  Two states are equal
when what they know is equal; where something was taken is told, not compared.  Example: on the branch `ptl != pml`
the pair {ptl, pml} joins `unequal`; on the other branch one symbol replaces the other everywhere.
"""

from collections.abc import Callable, Hashable, Mapping

from msgspec import Struct, structs

from kpatchlint.flow.held import Gone as Gone
from kpatchlint.flow.held import Held as Held
from kpatchlint.flow.held import Resource as Resource
from kpatchlint.flow.held import taken_again
from kpatchlint.flow.lazy import lazy
from kpatchlint.flow.symbol import (
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
    is_doubted,
    is_outdated,
    less,
    made_in,
    negative,
    parts_of,
    rewrite,
    rewrite_cell,
    ways_to,
)
from kpatchlint.flow.symbol import is_constant as is_constant
from kpatchlint.flow.symbol import is_negative as is_negative
from kpatchlint.flow.trail import ENTRY, Trail

# what is known: that a symbol is (not) zero, that the symbols of a pair differ
Known = frozenset[tuple[Symbol | frozenset[Symbol], bool]]
# who holds what this function only asserts, in place of a function's name
CALLER = ""
# the site of a symbol for any value, which goes by the cell that alone holds it
ANY = -1
# the same, of the counter of a loop: that it has moved at all is known
MOVED = -2
# what a declared variable holds before it is set
UNSET = "uninitialised"
# of these nothing is known but what the facts say
_OPEN = (Initial, Fresh, Pure)
# a section entered in every round of a loop and never left must not make states without end
DEEPEST_NESTING = 3


class PathState(Struct, frozen=True, dict=True):
    """See the module's text.  Mappings are never changed in place."""

    store: Mapping[Cell, Symbol] = {}
    facts: Mapping[Symbol, bool] = {}
    unequal: frozenset[frozenset[Symbol]] = frozenset()
    held: tuple[Held, ...] = ()
    gone: Mapping[Resource, Gone] = {}
    trail: Trail = ENTRY

    @property
    def size(self) -> int:
        """How many things it knows."""
        return len(self.store) + len(self.facts) + len(self.unequal) + len(self.held) + len(self.gone)

    @lazy
    def key(self) -> Hashable:
        """Equal for states that know the same; a set, because it keeps its hash, which is asked for again and again."""
        return frozenset((self._stored, self.resources, self.known))

    @lazy
    def _stored(self) -> frozenset[tuple[Cell, Symbol]]:
        return frozenset(self.store.items())

    @lazy
    def core(self) -> Hashable:
        """Equal for states with the same store, any values left out, and the same resources."""
        if not self.changed:
            return self._stored, self.resources
        changed = self.changed
        return frozenset([item for item in self.store.items() if item[0] not in changed]), self.resources

    @lazy
    def changed(self) -> Mapping[Cell, Symbol]:
        """The cells that hold any value, named by their cell."""
        return {c: s for c, s in self.store.items() if type(s) is Fresh and s.site == ANY}

    def also_changed(self, cells: Mapping[Cell, Symbol]) -> "PathState":
        """The state in which these cells may hold any value, too."""
        return structs.replace(self, store={**self.store, **cells}) if cells.keys() - self.store.keys() else self

    @lazy
    def known(self) -> Known:
        """The facts, and the pairs that differ, as one set."""
        facts = self.facts.items()
        return frozenset((*facts, *[(pair, True) for pair in self.unequal])) if self.unequal else frozenset(facts)

    def knowing(self, known: Known) -> "PathState":
        """The state with only these of its facts."""
        facts = {what: truth for what, truth in self.facts.items() if (what, truth) in known}
        unequal = frozenset(pair for pair in self.unequal if (pair, True) in known)
        return structs.replace(self, facts=facts, unequal=unequal)

    @lazy
    def constants(self) -> Mapping[Symbol, Symbol]:
        """The constant that a symbol was found equal to."""
        if not self.facts:
            return {}
        equal = [s.operands for s, t in self.facts.items() if t and type(s) is Operator and s.operator == "=="]
        return {symbol: constant for symbol, constant in equal if is_constant(constant)}

    def settled(self, symbol: Symbol) -> Symbol:
        """The constant that the symbol is known to be, or the symbol."""
        return self.constants.get(symbol, symbol)

    @lazy
    def resources(self) -> Hashable:
        """Equal for states that hold and gave up the same."""
        gone = [(r, (g.waits, g.never, g.failed, g.maybe, g.entry, g.some, g.ways)) for r, g in self.gone.items()]
        return tuple([(h.resource, h.symbol, h.again, h.mode) for h in self.held]), frozenset(gone)

    @lazy
    def owned(self) -> frozenset[Symbol | None]:
        """The symbols of what is held, and of what was given up."""
        return frozenset([h.symbol for h in self.held] + [symbol for _, symbol in self.gone])

    @lazy
    def handles(self) -> frozenset[tuple[Cell, Symbol]]:
        """The cells by which something held can be reached."""
        held = {h.symbol for h in self.held}
        return frozenset([item for item in self.store.items() if not held.isdisjoint(ways_to(item[1]))] if held else ())

    @lazy
    def kinds(self) -> frozenset[tuple[Cell, Hashable]]:
        """What merged states must agree about: constants and addresses in the store, and whether the rest is NULL."""
        return frozenset((c, self.kind(s)) for c, s in self.store.items() if c not in self.changed)

    def kind(self, symbol: Symbol) -> Hashable:
        """The symbol if it is a constant, an address, the caller's or held; else whether it is NULL."""
        symbol = self.settled(symbol)
        known = type(symbol) is Initial or type(symbol) is Address or is_constant(symbol)
        return symbol if known or base_of(symbol) in self.owned else self.truth(symbol)

    @lazy
    def of_caller(self) -> frozenset[tuple[Symbol, bool]]:
        """What is known of values that the caller knows too."""
        return frozenset((symbol, truth) for symbol, truth in self.facts.items() if not made_here(symbol))

    def bind(self, cell: Cell, symbol: Symbol) -> "PathState":
        """`cell` now holds `symbol`; what was known of the members behind an overwritten variable stays."""
        return structs.replace(self, store={**self.store, cell: symbol})

    def learn(self, symbol: Symbol, truth: bool) -> "PathState":
        """`symbol` is (not) zero."""
        return structs.replace(self, facts={**self.facts, symbol: truth})

    def take(self, held: Held) -> "PathState":
        """Hold one more thing."""
        gone = {r: g for r, g in self.gone.items() if r != (held.resource, held.symbol)}
        more = (held,) if self.held.count(held) < DEEPEST_NESTING else ()
        return structs.replace(self, held=self.held + more, gone=gone)

    def give(self, resource: str, symbol: Symbol | None, gone: Gone) -> "PathState":
        """Hold it no more: the newest such thing goes."""
        held = list(self.held)
        for index in range(len(held) - 1, -1, -1):
            if (held[index].resource, held[index].symbol) == (resource, symbol):
                del held[index]
                break
        return structs.replace(self, held=tuple(held), gone={**self.gone, (resource, symbol): gone})

    def find(self, resource: str, symbol: Symbol | None) -> Held | None:
        """The newest thing of that kind and symbol that is held."""
        return next((h for h in reversed(self.held) if (h.resource, h.symbol) == (resource, symbol)), None)

    def rename(self, change: Callable[[Symbol], Symbol | None], but: Symbol | None = None) -> "PathState":
        """The state with symbols replaced everywhere, except in the fact about `but`."""
        held = tuple(h.renamed(h.symbol and rewrite(h.symbol, change)) for h in self.held)
        return PathState(
            {rewrite_cell(c, change): rewrite(s, change) for c, s in self.store.items()},
            {s if s is but else rewrite(s, change): t for s, t in self.facts.items()},
            frozenset(frozenset(rewrite(s, change) for s in pair) for pair in self.unequal),
            _without_twins(held),
            {(r, s and rewrite(s, change)): g for (r, s), g in self.gone.items()},
            self.trail,
        )

    def truth(self, symbol: Symbol) -> bool | None:
        """Whether the symbol is known to be not zero (True), zero (False), or neither."""
        known = self.facts.get(symbol)
        if known is not None:
            return known
        settled = self.constants.get(symbol, symbol)
        kind = type(settled)
        if kind in _OPEN:
            return None
        if type(settled) is Operator:
            return self._truth_of(settled)
        if type(settled) is Literal:
            return settled.value != 0
        if type(settled) is Shifted:
            return self.truth(settled.base)
        return True if kind is Address else self.facts.get(settled)

    def _truth_of(self, symbol: Operator) -> bool | None:
        match symbol.operator, symbol.operands:
            case "-", (inner,):
                return True if type(inner) is Constant else self.truth(inner)
            case "!", (inner,):
                inside = self.truth(inner)
                return None if inside is None else not inside
            case "==", (left, right):
                return self.equal(left, right)
            case "<", (left, right):
                return self._less(left, right)
            case "&", (Operator("|", flags), Constant() as flag) if flag in flags:
                return True
            case "derived", (_, Operator("&", (Operator("derived", (_, Operator("|", marks))), Constant() as mark))):
                return True if mark in marks else None
            case "derived", (pointer, Operator("|")):
                return self.truth(pointer) or None
            case "&", (Constant() as flag, Constant() as asked) if flag is asked:
                return True
        return None

    def is_unset(self, symbol: Symbol) -> bool:
        """Whether it was never set, or to NULL perhaps, for all that an early look knows."""
        never = type(symbol) is Fresh and symbol.what == UNSET
        return never or (is_doubted(symbol) and self.truth(symbol) is None)

    def equal(self, left: Symbol, right: Symbol) -> bool | None:
        """Whether the two are known to be equal (True), different (False), or neither."""
        known = self.facts.get(_equation(left, right), self.facts.get(_equation(right, left)))
        if known is not None:
            return known
        left, right = self.settled(left), self.settled(right)
        if left == right:
            return True
        if frozenset((left, right)) in self.unequal:
            return False
        if any(_is_storage(one) and self._holds(other) for one, other in ((left, right), (right, left))):
            return False
        signs = self.truth(left), self.truth(right)
        if signs == (False, False):
            return True
        if None not in signs and signs[0] != signs[1]:
            return False
        pairs = (left, right), (right, left)
        if any(is_negative(one) and self.facts.get(negative(other)) is False for one, other in pairs):
            return False
        return False if is_constant(left) and is_constant(right) and type(left) is type(right) else None

    def _holds(self, symbol: Symbol) -> bool:
        base = base_of(symbol)
        return type(base) is Fresh and any(h.symbol is base for h in self.held)

    def is_below_zero(self, symbol: Symbol) -> bool:
        """Whether it is known to be negative."""
        settled = self.settled(symbol)
        number = type(settled) is Literal or type(settled) is Operator
        return is_negative(settled) if number else self.facts.get(negative(symbol), False)

    def _less(self, left: Symbol, right: Symbol) -> bool | None:
        left, right = self._number(left), self._number(right)
        if (known := less(left, right)) is not None:
            return known
        if left == right or self.facts.get(Operator("<", (right, left))):
            return False
        return None

    def _number(self, symbol: Symbol) -> Symbol:
        """The constant that the symbol is known to be, or the symbol."""
        return Literal(0) if self.truth(symbol) is False else self.settled(symbol)

    def canonical(self, symbol: Symbol) -> Symbol:
        """The symbol by which this state knows what was `symbol` before it was found equal to another."""
        same = {f.operands[0]: f.operands[1] for f in self.facts if type(f) is Operator and f.operator == "same"}
        seen: set[Symbol] = set()
        while symbol in same and symbol not in seen:
            seen.add(symbol)
            symbol = same[symbol]
        return symbol

    def assume(self, symbol: Symbol, truth: bool) -> "PathState | None":
        """The state in which `symbol` is (not) zero; None when it cannot be."""
        known = self.truth(symbol)
        if known is not None:
            return self if known == truth else None
        if type(symbol) is Operator:
            return self._assume_of(symbol, truth)
        return self.assume(symbol.base, truth) if type(symbol) is Shifted else self.learn(symbol, truth)

    def _assume_of(self, symbol: Operator, truth: bool) -> "PathState | None":
        match symbol.operator, symbol.operands:
            case "!", (inner,):
                return self.assume(inner, not truth)
            case "==", (left, right):
                return self._unify(left, right) if truth else self._separate(left, right)
            case "<", (left, right) if truth and right is ZERO:
                positive = self.assume(left, True)
                return positive and positive.learn(symbol, True)
        return self.learn(symbol, truth)

    def _unify(self, left: Symbol, right: Symbol) -> "PathState | None":
        left, right = self.canonical(left), self.canonical(right)
        if left == right:
            return self
        for one, other in ((left, right), (right, left)):
            if self.truth(other) is False:
                return self.assume(one, False)
        if not self._one_thing(left, right):
            return self.learn(_equation(left, right), True)
        # what was read under the lock is the newer of two equal reads
        old, new = (right, left) if is_outdated(right) and not is_outdated(left) else (left, right)
        state = self
        for known in (self.truth(old), self.truth(new)):
            settled = state.assume(new, known) if known is not None else state
            if settled is None:
                return None
            state = settled
        if old in parts_of(new):
            return state
        state = state.learn(Operator("same", (old, new)), True)
        if type(old) is Initial:
            state = state.bind(old.cell, new)
        return state._renamed_fact_by_fact(old, new)

    def _renamed_fact_by_fact(self, old: Symbol, new: Symbol) -> "PathState | None":
        """The state with `new` for `old`; None where what was known of the two does not go together."""
        known: dict[Symbol, bool] = {}
        for symbol, truth in self.facts.items():
            renamed = rewrite(symbol, lambda s: new if s is old else None)
            if known.setdefault(renamed, truth) != truth:
                return None
        if frozenset((old, new)) in self.unequal:
            return None
        same = Operator("same", (old, new))
        known_as_two = structs.replace(self, gone={r: g for r, g in self.gone.items() if not _tried(r, g, old, new)})
        one = known_as_two.rename(lambda symbol: new if symbol is old else None, but=same)
        held, gone = taken_again(one.held, one.gone)
        return one if held is one.held else structs.replace(one, held=held, gone=gone)

    def _one_thing(self, left: Symbol, right: Symbol) -> bool:
        """Whether being equal is more than a fact: one may be held, or something is known of what is made of one."""
        if is_constant(left) or is_constant(right):
            return False
        if any(type(s) is Pure or base_of(s) in self.owned or is_outdated(s) for s in (left, right)):
            return True
        made = (*[fact for fact in self.facts if type(fact) is Pure], *self.owned)
        return any(s in parts_of(one) for one in made for s in (left, right))

    def _separate(self, left: Symbol, right: Symbol) -> "PathState | None":
        for one, other in ((left, right), (right, left)):
            if self.truth(other) is False:
                return self.assume(one, True)
        if not self._one_thing(left, right):
            return self.learn(_equation(left, right), False)
        return structs.replace(self, unequal=self.unequal | {frozenset((left, right))})


def _equation(left: Symbol, right: Symbol) -> Operator:
    """`left == right` as it is kept among the facts: a constant stands on the right."""
    return Operator("==", (right, left) if is_constant(left) else (left, right))


def _without_twins(held: tuple[Held, ...]) -> tuple[Held, ...]:
    """Two symbols that turned out to be one are one thing held; sections, which have no symbol, are counted."""
    return tuple(h for i, h in enumerate(held) if h.symbol is None or h not in held[:i])


def _tried(resource: Resource, gone: Gone, old: Symbol, new: Symbol) -> bool:
    """Whether taking it was refused, or it was only named: the caller may hold what it turned out to be."""
    named = gone.never and any(type(one) is Initial or type(one) is Address for one in (resource[1], old, new))
    return named and not parts_of(resource[1]).isdisjoint((old, new))


def _is_storage(symbol: Symbol) -> bool:
    """Whether it is the address of a variable, or an error: what a callee handed out to be held is another one."""
    made = symbol.arguments if type(symbol) is Pure else ()
    return all(map(is_constant, made)) if made else type(symbol) is Address and symbol.cell.base is None


def made_here(symbol: Symbol | None) -> bool:
    """Whether an operation of this function made it, so that it cannot be the caller's."""
    return bool(made_in(symbol))


def is_merged(symbol: Symbol | None) -> bool:
    """Whether a merge has made it of several values, so that it may be any of them."""
    return type(symbol) is Fresh and symbol.site < MOVED
