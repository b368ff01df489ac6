"""The terms of a contract: effects, outcomes, and the contract that they make up.

A contract comes from a file of `rules/contracts/` or from the summary of a body; both are the same values.
Example: a lookup-and-lock has two outcomes, `return != NULL` which acquires a map and a lock, and `return == NULL`
which acquires nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import replace

from kpatchlint.c.ir import Compound, Load, Named, Value, Variable, variables
from kpatchlint.flow.masks import bits
from kpatchlint.flow.place import Condition
from kpatchlint.flow.schema import Probe
from kpatchlint.release import Release


class Effect(Struct, frozen=True):
    """One resource taken or given back; a section has no place."""

    resource: str
    place: Value | None


class Outcome(Struct, frozen=True):
    """One way a call ends; `when` is asked before its effects, `then` is known after them.

    below        if it sleeps: in which callee, counted downwards from this one
    gets, drops  effects of a kind that is followed only as another kind within it, and what is made due, and done
    inside       what it takes and gives back again, so that whoever calls it must not hold it
    """

    when: tuple[Condition, ...] = ()
    acquires: tuple[Effect, ...] = ()
    releases: tuple[Effect, ...] = ()
    sets: tuple[tuple[Value, Value], ...] = ()
    then: tuple[Condition, ...] = ()
    sleeps: bool = False
    below: int = 0
    gets: tuple[Effect, ...] = ()
    drops: tuple[Effect, ...] = ()
    inside: tuple[Effect, ...] = ()


# of what says nothing of its effects, or has none
NO_EFFECT = (Outcome(),)


class Contract(Struct, frozen=True, dict=True):
    """See `rules/contracts/` and `flow/schema.py` for the fields; here places and conditions are read.

    does      of a body, the kinds of what it needs held, or does of what is due while that is held
    uses      of a body, the parameters that it goes through: what they lead to must be there
    nameless  of what a body blurs, the kinds of what it gives back and its caller has no name for: nor has that one's
    """

    name: str
    params: tuple[str, ...] = ()
    since: Release | None = None
    until: Release | None = None
    probe: Probe = field(default_factory=Probe)
    trigger: bool = False
    variadic: bool = False
    sleeps: bool = False
    faults: bool = False
    sleeps_if: Mapping[str, tuple[str, ...]] = {}
    asserts: bool = False
    spins: bool = False
    last: bool = False
    pure: bool = False
    wait: bool = False
    awaits: frozenset[str] = frozenset()
    mode: str = ""
    blocked_by: frozenset[str] = frozenset()
    noreturn: bool = False
    inferred: bool = False
    recursive: bool = False
    blurs: frozenset[str] = frozenset()
    given_if: tuple[str, ...] = ()
    does: frozenset[str] = frozenset()
    nameless: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    returns: Value | None = None
    must_hold: tuple[Effect, ...] = ()
    must_not_hold: tuple[Effect, ...] = ()
    derefs: frozenset[str] = frozenset()
    foreign: tuple[Effect, ...] = ()
    live: frozenset[str] = frozenset()
    null: frozenset[str] = frozenset()
    fresh: Mapping[str, Effect] = {}
    needs: tuple[Condition, ...] = ()
    denied: tuple[Condition, ...] = ()
    found: tuple[tuple[Condition, ...], ...] = ()
    weak: tuple[tuple[Condition, ...], ...] = ()
    strict: bool = False
    at: Mapping[str, str] = {}
    looked: tuple[Value, ...] = ()
    unmapped: frozenset[str] = frozenset()
    notes: Mapping[str, str] = {}
    outcomes: tuple[Outcome, ...] = NO_EFFECT

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Parameters that an outcome says something of, and those that are only read."""
        values: list[Value] = []
        for outcome in self.outcomes:
            values += [value for value, _ in outcome.when]
            values += [e.place for e in (*outcome.acquires, *outcome.releases) if e.place is not None]
            values += [place for place, _ in outcome.sets]
        return self.derefs.union(name for value in values for name in variables(value))

    @cached_property
    def places(self) -> tuple[Value, ...]:
        """Every value that it names."""
        values = [self.returns] if self.returns is not None else []
        values += [value for value, _ in (*self.needs, *self.denied)]
        values += self.granting
        for outcome in self.outcomes:
            values += [value for value, _ in (*outcome.when, *outcome.then)]
            values += [value for pair in outcome.sets for value in pair]
        return tuple(dict.fromkeys((*values, *self.effective)))

    @cached_property
    def divided_by(self) -> frozenset[Value]:
        """What decides whether it gives something back for its caller, if it does not always."""
        given = {frozenset(outcome.releases) for outcome in self.outcomes}
        return frozenset(value for outcome in self.outcomes for value, _ in outcome.when if len(given) > 1)

    @cached_property
    def varies(self) -> bool:
        """Whether it takes or gives back on some ways what it does not on others."""
        return len({(outcome.acquires, outcome.releases) for outcome in self.outcomes}) > 1

    @cached_property
    def retaken(self) -> frozenset[Effect]:
        """What it takes, among which is what it gives up in between."""
        return frozenset(effect for outcome in self.outcomes for effect in outcome.acquires)

    @property
    def told_by(self) -> Iterator[Value]:
        """What must have been asked, or looked at, before the call."""
        yield from (value for several in (*self.found, *self.weak) for value, _ in several)
        yield from self.looked

    @property
    def about(self) -> str:
        """The parameter that is, or leads to, what must have been asked about."""
        names = (name for value in self.told_by for name in variables(value))
        return next(name for name in names if name in self.params)

    @property
    def granting(self) -> Iterator[Value]:
        """The questions that make it sleep where the caller has found them true."""
        for name, flags in self.sleeps_if.items():
            yield from (Compound("&", (Load(Variable(name)), Named(bit))) for bit in bits(flags))

    @property
    def effective(self) -> Iterator[Value]:
        """The places of what it takes, gives back, or wants held."""
        effects = [*self.must_hold, *self.must_not_hold, *self.foreign]
        for outcome in self.outcomes:
            effects += [*outcome.acquires, *outcome.releases, *outcome.gets, *outcome.drops]
        return (effect.place for effect in effects if effect.place is not None)

    @cached_property
    def sleepless(self) -> "Contract":
        """What it says of resources alone."""
        awake = dict.fromkeys(replace(outcome, sleeps=False, below=0) for outcome in self.outcomes)
        return replace(self, wait=False, blocked_by=frozenset(), sleeps_if={}, outcomes=tuple(awake))

    @property
    def gives_back_only(self) -> bool:
        """Whether it tells nothing and takes nothing."""
        told = self.pure or self.found or self.looked or self.derefs or self.returns is not None
        return not told and not any(outcome.acquires or outcome.when for outcome in self.outcomes)

    @property
    def alias(self) -> bool:
        """Whether it is another name for a value that is computed from its arguments, and no more."""
        return self.returns is not None and not self.derefs and self.outcomes == NO_EFFECT

    @property
    def computes(self) -> bool:
        """Whether a call is a value and no more, so that its arguments must have one."""
        return self.alias or (self.pure and self.outcomes == NO_EFFECT)

    @cached_property
    def asked(self) -> frozenset[str]:
        """Every parameter that a call is judged by."""
        return self.derefs.union(self.null, self.named, *map(variables, self.places))

    @cached_property
    def named(self) -> frozenset[str]:
        """The parameters that name what it takes, gives back or asks about; not those that must only be valid."""
        values = (*self.effective, *(value for value, _ in self.needs))
        named = self.live | self.unmapped | self.awaits
        return named.union(self.sleeps_if, self.fresh, *map(variables, values))

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The parameters whose values decide what is wrong with a call."""
        named = self.null | self.unmapped | self.live | self.awaits
        return named.union(self.fresh, self.sleeps_if)

    @cached_property
    def choosing(self) -> frozenset[str]:
        """The parameters whose values decide how a call ends."""
        conditions = (value for outcome in self.outcomes for value, _ in outcome.when)
        return frozenset[str]().union(*map(variables, conditions))

    @cached_property
    def released(self) -> tuple[Value, ...]:
        """The places that it gives back."""
        return tuple(e.place for outcome in self.outcomes for e in outcome.releases if e.place is not None)

    def given(self, arguments: Sequence[Value]) -> dict[str, Value]:
        """The arguments of a call, by the names that the contract has for its parameters."""
        return dict(zip(self.params, arguments, strict=False))

    def without(self, params: frozenset[str]) -> "Contract":
        """The contract with no effect on these parameters."""
        outcomes = tuple(
            replace(o, acquires=_sparing(o.acquires, params), releases=_sparing(o.releases, params))
            for o in self.outcomes
        )
        return replace(self, outcomes=outcomes)

    def fits(self, count: int) -> bool:
        """Whether a call with `count` arguments may be a call of this."""
        return count == len(self.params) or (self.variadic and count > len(self.params))


def _sparing(effects: tuple[Effect, ...], params: frozenset[str]) -> tuple[Effect, ...]:
    return tuple(e for e in effects if e.place is None or params.isdisjoint(variables(e.place)))
