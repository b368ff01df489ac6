"""Contracts: what a call needs, takes, gives up and returns, as a list of outcomes.

A contract comes from a file of `rules/contracts/` or from the summary of a body; both are the same values.  Where one
name has several contracts, the tree's headers decide (`probe`), without a tree the number of arguments and the release.
Example: a lookup-and-lock has two outcomes, `return != NULL` which acquires a map and a lock, and `return == NULL`
which acquires nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from kpatchlint.c.ir import Value, variables
from kpatchlint.data import read
from kpatchlint.errors import UserError
from kpatchlint.flow.place import Condition, read_condition, read_place
from kpatchlint.flow.schema import (
    CallbackData,
    CallbackFile,
    ContractFile,
    FunctionData,
    GuardFile,
    Probe,
    ProbeFile,
    ResourceData,
    ResourceFile,
)
from kpatchlint.release import Release, parse_release

Declared = Callable[[str], frozenset[int] | None]


@dataclass(frozen=True, slots=True)
class Effect:
    """One resource taken or given back; a section has no place."""

    resource: str
    place: Value | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way a call ends; `when` is asked before its effects, `then` is known after them.

    below  if it sleeps: in which callee, counted downwards from this one
    """

    when: tuple[Condition, ...] = ()
    acquires: tuple[Effect, ...] = ()
    releases: tuple[Effect, ...] = ()
    sets: tuple[tuple[Value, Value], ...] = ()
    then: tuple[Condition, ...] = ()
    sleeps: bool = False
    below: int = 0


@dataclass(frozen=True)
class Contract:
    """See `rules/contracts/` and `flow/schema.py` for the fields; here places and conditions are read."""

    name: str
    params: tuple[str, ...] = ()
    since: Release | None = None
    until: Release | None = None
    probe: Probe = field(default_factory=Probe)
    trigger: bool = False
    variadic: bool = False
    sleeps: bool = False
    faults: bool = False
    sleeps_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asserts: bool = False
    pure: bool = False
    wait: bool = False
    blocked_by: frozenset[str] = frozenset()
    noreturn: bool = False
    inferred: bool = False
    recursive: bool = False
    blurs: frozenset[str] = frozenset()
    returns: Value | None = None
    must_hold: tuple[Effect, ...] = ()
    must_not_hold: tuple[Effect, ...] = ()
    derefs: frozenset[str] = frozenset()
    live: frozenset[str] = frozenset()
    null: frozenset[str] = frozenset()
    fresh: Mapping[str, Effect] = field(default_factory=dict)
    needs: tuple[Condition, ...] = ()
    unmapped: frozenset[str] = frozenset()
    notes: Mapping[str, str] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = (Outcome(),)

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
        effects = [*self.must_hold, *self.must_not_hold]
        values = [self.returns] if self.returns is not None else []
        values += [value for value, _ in self.needs]
        for outcome in self.outcomes:
            effects += [*outcome.acquires, *outcome.releases]
            values += [value for value, _ in (*outcome.when, *outcome.then)]
            values += [value for pair in outcome.sets for value in pair]
        return tuple(dict.fromkeys((*values, *(e.place for e in effects if e.place is not None))))

    @property
    def alias(self) -> bool:
        """Whether it is another name for a value that is computed from its arguments, and no more."""
        return self.returns is not None and not self.derefs and self.outcomes == (Outcome(),)

    @cached_property
    def asked(self) -> frozenset[str]:
        """Every parameter that a call is judged by."""
        named = self.derefs | self.live | self.null | self.unmapped | self.sleeps_if.keys() | self.fresh.keys()
        return named.union(name for value in self.places for name in variables(value))

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


@dataclass(frozen=True)
class Callback:
    """A function in a member of a table: `entry` says by its outcomes what its caller holds around it.

    not_by  functions that, given the table, call it without
    """

    struct: str
    member: str
    not_by: frozenset[str]
    entry: Contract


@dataclass(frozen=True)
class Knowledge:
    """Everything the rule data says of functions: contracts by name, kinds of resources, classes of guards, callbacks,
    the headers to probe; and where contracts come from that no file has: bodies of the same text (`inferred`), and of
    other files, which are looked for only where that may matter (`distant`)."""

    contracts: Mapping[str, tuple[Contract, ...]]
    resources: Mapping[str, ResourceData]
    guards: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    inferred: Callable[[str, int], Contract | None] = field(default=lambda name, count: None, compare=False)
    distant: Callable[[str, int], Contract | None] = field(default=lambda name, count: None, compare=False)

    def contract(self, name: str, count: int) -> Contract | None:
        """The contract for a call of `name` with `count` arguments: that of the rule data, else the inferred one."""
        return self.stated(name, count) if name in self.contracts else self.inferred(name, count)

    def stated(self, name: str, count: int) -> Contract | None:
        """The contract that the rule data has for a function with `count` parameters."""
        return next((c for c in self.contracts.get(name, ()) if c.fits(count)), None)

    def chosen(self, release: Release | None, declared: Declared | None = None) -> "Knowledge":
        """The contracts of a tree: its declarations decide, then its release.

        Without a tree the number of arguments decides first, so contracts of other releases stay as a second choice.
        """
        kept = {}
        for name, several in self.contracts.items():
            holding = tuple(c for c in several if _holds(c, release, declared))
            if not holding and declared:
                holding = tuple(c for c in several if _backported(c, declared))
            kept[name] = holding if declared else holding + tuple(c for c in several if c not in holding)
        called = tuple(c for c in self.callbacks if _holds(c.entry, release, None))
        return replace(self, contracts={n: c for n, c in kept.items() if c}, callbacks=called)

    @cached_property
    def effectful(self) -> frozenset[bytes]:
        """Names of functions that take, give back or sleep."""
        return frozenset(
            name.encode()
            for name, several in self.contracts.items()
            if any(c.sleeps or c.sleeps_if or any(o.acquires or o.releases for o in c.outcomes) for c in several)
        )

    @cached_property
    def stacks(self) -> frozenset[str]:
        """Kinds of resources that are given back in reverse order: maps."""
        return frozenset(name for name, kind in self.resources.items() if kind.stack)

    @cached_property
    def passing(self) -> frozenset[str]:
        """Kinds of resources that a function need not give back."""
        return frozenset(kind for kind, data in self.resources.items() if not data.balanced)

    @property
    def triggers(self) -> frozenset[str]:
        """Names that make a body worth analysing in a scan."""
        return frozenset(n for n, several in self.contracts.items() if any(c.trigger for c in several))


def load_knowledge(rules: Path) -> Knowledge:
    """The contracts and resource kinds of a rules directory; `UserError` for a broken file."""
    resources = read(rules / "resources.toml", ResourceFile).resource
    contracts: dict[str, list[Contract]] = {}
    for path in sorted((rules / "contracts").glob("*.toml")):
        for data in read(path, ContractFile).function:
            contracts.setdefault(data.name, []).append(_compiled(data, path, resources))
    newest = {name: tuple(sorted(several, key=_age)) for name, several in contracts.items()}
    guards = read(rules / "guards.toml", GuardFile).guard
    path = rules / "callbacks.toml"
    callbacks = tuple(_callback(data, path, resources) for data in read(path, CallbackFile).callback)
    return Knowledge(newest, resources, guards, read(rules / "probes.toml", ProbeFile).headers, callbacks)


def _callback(data: CallbackData, path: Path, resources: Mapping[str, ResourceData]) -> Callback:
    entry = FunctionData(data.by, data.params, data.since, data.until, outcome=data.entry)
    return Callback(data.struct, data.member, frozenset(data.not_by), _compiled(entry, path, resources))


def _sparing(effects: tuple[Effect, ...], params: frozenset[str]) -> tuple[Effect, ...]:
    return tuple(e for e in effects if e.place is None or params.isdisjoint(variables(e.place)))


def _age(contract: Contract) -> tuple[int, ...]:
    since = contract.since
    return (0,) if since is None else tuple(-part for part in (since.major, since.minor))


def _probed(probe: Probe, declared: Declared) -> bool:
    return all(_declared(entry, declared) for entry in probe.declared) and not any(
        _declared(entry, declared) for entry in probe.absent
    )


def _declared(entry: str, declared: Declared) -> bool:
    name, _, arity = entry.partition("/")
    found = declared(name)
    return found is not None and (not arity or int(arity) in found)


def _holds(contract: Contract, release: Release | None, declared: Declared | None) -> bool:
    """Stable kernels backport API changes, so what a probe says of the tree beats the number of its release."""
    if declared is not None and (contract.probe.declared or contract.probe.absent):
        return _probed(contract.probe, declared)
    if release is None:
        return True
    begun = contract.since is None or contract.since <= release
    return begun and (contract.until is None or release < contract.until)


def _backported(contract: Contract, declared: Declared) -> bool:
    """A tree that declares a function has it, whatever its release says."""
    arities = declared(contract.name)
    return not contract.probe.declared and arities is not None and len(contract.params) in arities


def _compiled(data: FunctionData, path: Path, resources: Mapping[str, ResourceData]) -> Contract:
    try:
        return Contract(
            name=data.name,
            params=data.params,
            since=parse_release(data.since) if data.since else None,
            until=parse_release(data.until) if data.until else None,
            probe=data.probe,
            trigger=data.trigger,
            variadic=data.variadic,
            sleeps=data.sleeps or data.faults,
            faults=data.faults,
            sleeps_if=data.sleeps_if,
            asserts=data.asserts,
            pure=data.pure,
            wait=data.wait,
            blocked_by=_kinds(data.blocked_by, resources),
            noreturn=data.noreturn,
            returns=read_place(data.returns) if data.returns else None,
            must_hold=_effects(data.must_hold, resources),
            must_not_hold=_effects(data.must_not_hold, resources),
            derefs=frozenset(data.derefs),
            live=frozenset(data.live),
            null=frozenset(data.null),
            fresh={name: _effect(text, resources) for name, text in data.fresh.items()},
            needs=tuple(condition for text in data.needs for condition in read_condition(text)),
            unmapped=frozenset(data.unmapped),
            notes=data.notes,
            outcomes=tuple(
                Outcome(
                    read_condition(outcome.when),
                    _effects(outcome.acquires, resources),
                    _effects(outcome.releases, resources),
                    tuple((read_place(place), read_place(value)) for place, value in outcome.sets.items()),
                )
                for outcome in data.outcome
            )
            or (Outcome(),),
        )
    except UserError as error:
        raise UserError(f"function {data.name}: {error.what}", path=str(path), cure=error.cure) from error


def _effects(texts: Iterable[str], resources: Mapping[str, ResourceData]) -> tuple[Effect, ...]:
    effects = (_effect(text, resources) for text in texts)
    return tuple(effect for effect in effects if resources[effect.resource].tracked)


def _effect(text: str, resources: Mapping[str, ResourceData]) -> Effect:
    kind, _, place = text.partition(":")
    _kinds((kind,), resources)
    return Effect(kind, read_place(place) if place else None)


def _kinds(names: Iterable[str], resources: Mapping[str, ResourceData]) -> frozenset[str]:
    for kind in names:
        if kind not in resources:
            raise UserError(f"unknown resource {kind!r}", cure=f"one of {', '.join(sorted(resources))}")
    return frozenset(names)
