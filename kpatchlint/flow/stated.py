"""Contracts as the rule data states them: read into places and conditions only when somebody asks for a name.

Which of several contracts of one name holds is decided before that: a tree's headers decide (`probe`), without a tree
the number of arguments and the release.  Example:

    stated = Stated(entry_of(data, resources), path, resources)
    stated.holds(parse_release("v6.12"), None); stated.contract
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from kpatchlint.data import line_of
from kpatchlint.errors import UserError
from kpatchlint.flow.place import read_condition, read_place
from kpatchlint.flow.schema import FunctionData, OutcomeData, Probe, ResourceData
from kpatchlint.flow.terms import Contract, Effect, Outcome
from kpatchlint.release import Release, parse_release
from kpatchlint.value import Abstract

Declared = Callable[[str], frozenset[int] | None]
# the places of the entries that are chosen of several, by the names of which not all are, in the order they stand in
Choice = Mapping[str, tuple[int, ...]]


class Entry(Struct, frozen=True, array_like=True):
    """One entry of a file of contracts as it is kept, with what is asked of all; the rest is read when it is asked for.

    effectful  whether a call takes, gives back, asserts or may sleep
    """

    since: str
    effectful: bool
    trigger: bool
    data: Raw


class EntryFile(Struct, frozen=True):
    """The entries of a file of contracts by the names of the functions."""

    functions: dict[str, tuple[Entry, ...]]


class Stated(Struct, frozen=True, dict=True):
    """One entry of a file of contracts."""

    entry: Entry
    path: Path
    resources: Mapping[str, ResourceData]

    @cached_property
    def data(self) -> FunctionData:
        """The entry as the file says it."""
        return msgspec.msgpack.decode(self.entry.data, type=FunctionData)

    @cached_property
    def contract(self) -> Contract:
        """The entry, read."""
        return compiled(self.data, self.path, self.resources)

    @cached_property
    def since(self) -> Release | None:
        """The first release it holds in; None for any."""
        return parse_release(self.entry.since) if self.entry.since else None

    @cached_property
    def until(self) -> Release | None:
        """The first release it does not hold in any more; None for never."""
        return parse_release(self.data.until) if self.data.until else None

    @property
    def age(self) -> tuple[int, ...]:
        """Orders the entries of one name: without a release first, then the newest."""
        return (0,) if self.since is None else (-self.since.major, -self.since.minor)

    @property
    def effectful(self) -> bool:
        """Whether a call takes, gives back or may sleep."""
        return self.entry.effectful

    def holds(self, release: Release | None, declared: Declared | None) -> bool:
        """Stable kernels backport API changes, so what a probe says of the tree beats the number of its release."""
        if declared is not None and (self.data.probe.declared or self.data.probe.absent):
            return _probed(self.data.probe, declared)
        if release is None:
            return True
        begun = self.since is None or self.since <= release
        return begun and (self.until is None or release < self.until)

    def backported(self, declared: Declared) -> bool:
        """A tree that declares a function has it, whatever its release says."""
        arities = declared(self.data.name)
        return not self.data.probe.declared and arities is not None and len(self.data.params) in arities


class Contracts(Struct, Mapping[str, tuple[Contract, ...]], frozen=True, dict=True, metaclass=Abstract):
    """The contracts of each name, read when they are asked for."""

    entries: Mapping[str, tuple[Stated, ...]] = {}

    @cached_property
    def _read(self) -> dict[str, tuple[Contract, ...]]:
        return {}

    def __getitem__(self, name: str) -> tuple[Contract, ...]:
        if name not in self._read:
            self._read[name] = tuple(stated.contract for stated in self.entries[name])
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def choice(self, release: Release | None, declared: Declared | None = None) -> Choice:
        """Which entries `Knowledge.chosen` chooses."""
        chosen = ((name, several, _chosen(several, release, declared)) for name, several in self.entries.items())
        return {name: places for name, several, places in chosen if places != tuple(range(len(several)))}

    def picked(self, choice: Choice) -> "Contracts":
        """The entries of a choice."""
        told = self.entries
        changed = {name: tuple(told[name][place] for place in places) for name, places in choice.items()}
        return Contracts({name: several for name in told if (several := changed.get(name, told[name]))})

    def renamed(self, names: Mapping[str, str], known: "Contracts") -> "Contracts":
        """The same, and what `known` says of functions by their old names under the new ones, old to new in `names`."""
        word = re.compile(rb"\b(?:" + b"|".join(map(re.escape, map(str.encode, names))) + rb")\b")
        told = {new: known.entries.get(old, ()) for old, new in names.items()} | dict(self.entries)
        here = {name: tuple(_renamed(each, names, word) for each in several) for name, several in told.items()}
        return Contracts({name: several for name, several in here.items() if several})

    @cached_property
    def effectful(self) -> frozenset[bytes]:
        """Names of functions that take, give back or sleep."""
        return frozenset(n.encode() for n, several in self.entries.items() if any(each.effectful for each in several))

    @cached_property
    def triggers(self) -> frozenset[str]:
        """Names that make a body worth analysing in a scan."""
        return frozenset(n for n, several in self.entries.items() if any(each.entry.trigger for each in several))


def _renamed(stated: Stated, names: Mapping[str, str], word: re.Pattern[bytes]) -> Stated:
    """The entry with every old name that stands in it replaced."""
    told = msgspec.json.encode(stated.data)
    if not word.search(told):
        return stated
    now = word.sub(lambda match: names[match[0].decode()].encode(), told)
    return replace(stated, entry=entry_of(msgspec.json.decode(now, type=FunctionData), stated.resources))


def _chosen(several: tuple[Stated, ...], release: Release | None, declared: Declared | None) -> tuple[int, ...]:
    """The places of those that are chosen, in their new order."""
    # without a tree to ask only the order of several entries is chosen
    if not declared and len(several) == 1:
        return (0,)
    holding = tuple(place for place, stated in enumerate(several) if stated.holds(release, declared))
    if declared:
        return holding or tuple(place for place, stated in enumerate(several) if stated.backported(declared))
    return holding + tuple(place for place in range(len(several)) if place not in holding)


def _probed(probe: Probe, declared: Declared) -> bool:
    return all(_declared(entry, declared) for entry in probe.declared) and not any(
        _declared(entry, declared) for entry in probe.absent
    )


def _declared(entry: str, declared: Declared) -> bool:
    name, _, arity = entry.partition("/")
    found = declared(name)
    return found is not None and (not arity or int(arity) in found)


def entry_of(data: FunctionData, resources: Mapping[str, ResourceData]) -> Entry:
    """The entry as it is kept; it must be one that can be compiled."""
    effects = (effect for outcome in data.outcome for effect in (*outcome.acquires, *outcome.releases))
    kinds = (resources[effect.partition(":")[0]] for effect in effects)
    sleeps = data.sleeps or data.faults or data.sleeps_if or any(outcome.sleeps for outcome in data.outcome)
    effectful = bool(sleeps) or data.asserts or any(kind.tracked for kind in kinds)
    return Entry(data.since, effectful, data.trigger, Raw(msgspec.msgpack.encode(data)))


def spelled(data: FunctionData, sets: Mapping[str, tuple[str, ...]]) -> FunctionData:
    """The entry with the flags of every set that `sleeps_if` names by its name."""
    if not data.sleeps_if:
        return data
    flags = {name: tuple(f for flag in some for f in sets.get(flag, (flag,))) for name, some in data.sleeps_if.items()}
    return replace(data, sleeps_if=flags)


def compiled(data: FunctionData, path: Path, resources: Mapping[str, ResourceData]) -> Contract:
    """The contract of an entry; `UserError` for an unknown resource, or what is no place or condition."""
    try:
        outcomes = tuple(_outcome(outcome, resources) for outcome in data.outcome) or (Outcome(),)
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
            spins=data.spins,
            last=data.last,
            pure=data.pure,
            wait=data.wait,
            awaits=frozenset(data.awaits),
            mode=data.mode,
            blocked_by=_kinds(data.blocked_by, resources),
            blurs=_kinds(data.blurs, resources),
            given_if=data.given_if,
            noreturn=data.noreturn,
            returns=read_place(data.returns) if data.returns else None,
            must_hold=_effects(data.must_hold, resources),
            must_not_hold=_effects(data.must_not_hold, resources),
            derefs=frozenset(data.derefs),
            foreign=_effects(data.foreign, resources),
            live=frozenset(data.live),
            null=frozenset(data.null),
            fresh={name: _effect(text, resources) for name, text in data.fresh.items()},
            needs=tuple(condition for text in data.needs for condition in read_condition(text)),
            denied=tuple(condition for text in data.denied for condition in read_condition(text)),
            found=tuple(map(read_condition, data.found)),
            weak=tuple(map(read_condition, data.weak)),
            strict=data.strict,
            at=data.at,
            looked=tuple(map(read_place, data.looked)),
            unmapped=frozenset(data.unmapped),
            notes=data.notes,
            outcomes=outcomes,
        )
    except UserError as error:
        line = line_of(path, "name", saying=f'"{data.name}"')
        raise UserError(f"function {data.name}: {error.what}", path=str(path), line=line, cure=error.cure) from error


def _outcome(data: OutcomeData, resources: Mapping[str, ResourceData]) -> Outcome:
    return Outcome(
        read_condition(data.when),
        _effects(data.acquires, resources),
        _effects(data.releases, resources),
        tuple((read_place(place), read_place(value)) for place, value in data.sets.items()),
        then=read_condition(data.then),
        sleeps=data.sleeps,
        gets=_within(data.acquires, resources),
        drops=_within(data.releases, resources),
    )


def _effects(texts: Iterable[str], resources: Mapping[str, ResourceData]) -> tuple[Effect, ...]:
    effects = (_effect(text, resources) for text in texts)
    return tuple(effect for effect in effects if resources[effect.resource].tracked)


def _within(texts: Iterable[str], resources: Mapping[str, ResourceData]) -> tuple[Effect, ...]:
    """Effects on a kind that is followed only as another one within it, or that only says what is due."""
    whole = {data.of for data in resources.values() if data.of and not resources[data.of].tracked}
    whole |= {kind for kind, data in resources.items() if data.due}
    return tuple(effect for effect in (_effect(text, resources) for text in texts) if effect.resource in whole)


def _effect(text: str, resources: Mapping[str, ResourceData]) -> Effect:
    kind, _, place = text.partition(":")
    _kinds((kind,), resources)
    return Effect(kind, read_place(place) if place else None)


def _kinds(names: Iterable[str], resources: Mapping[str, ResourceData]) -> frozenset[str]:
    for kind in names:
        if kind not in resources:
            raise UserError(f"unknown resource {kind!r}", cure=f"one of {', '.join(sorted(resources))}")
    return frozenset(names)
