"""What the rule data says of functions: which contract a call has, and what kinds of resources there are.

Where one name has several contracts, the tree's headers decide (`probe`), without a tree the number of arguments and
the release.  Example:

    load_knowledge(rules_directory()).chosen(parse_release("v6.12")).stated("pte_unmap", 1)
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.ir import Call, Invoke, parts
from kpatchlint.flow.schema import (
    CallbackData,
    CallbackFile,
    ContractFile,
    FunctionData,
    GuardFile,
    ProbeFile,
    ResourceData,
    ResourceFile,
)
from kpatchlint.flow.stated import Choice, Contracts, Declared, Entry, EntryFile, Stated, compiled, entry_of, spelled
from kpatchlint.flow.terms import NO_EFFECT as NO_EFFECT
from kpatchlint.flow.terms import Contract as Contract
from kpatchlint.flow.terms import Effect as Effect
from kpatchlint.flow.terms import Outcome as Outcome
from kpatchlint.release import Release
from kpatchlint.shipped import made, shipped
from kpatchlint.value import Alike


class Callback(Struct, frozen=True):
    """A function in a member of a table: `entry` says by its outcomes what its caller holds around it.

    not_by  functions that, given the table, call it without
    """

    struct: str
    member: str
    not_by: frozenset[str]
    stated: Stated

    @property
    def entry(self) -> Contract:
        """What its caller holds, as the contract of a function that takes it."""
        return self.stated.contract


class Knowledge(Alike, frozen=True, dict=True):
    """Everything the rule data says of functions: contracts by name, kinds of resources, classes of guards, macros
    that define more of those, callbacks, the headers to probe; and where contracts come from that no file
    has: bodies of the same text (`inferred`), and of other files, which are looked for only where that
    may matter (`distant`); `asking` is whether it is noted what was found out about entries before they are read."""

    contracts: Contracts
    resources: Mapping[str, ResourceData]
    guards: Mapping[str, tuple[str, str]] = {}
    guard_definitions: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    callbacks: tuple[Callback, ...] = ()
    inferred: Callable[[str, int], Contract | None] = lambda name, count: None
    distant: Callable[[str, int], Contract | None] = lambda name, count: None
    asking: bool = False

    @property
    def essence(self) -> Hashable:
        """What the rule data says."""
        return self.contracts, self.resources, self.guards, self.headers, self.callbacks

    @cached_property
    def _stated(self) -> dict[tuple[str, int], Contract | None]:
        return {}

    def contract(self, call: Call) -> Contract | None:
        """The contract of what is called, by the number of arguments: that of the rule data, else the inferred one."""
        known = self.stated if call.function in self.contracts else self.inferred
        return known(call.function, len(call.arguments))

    def stated(self, name: str, count: int) -> Contract | None:
        """The contract that the rule data has for a function with `count` parameters."""
        asked = name, count
        if asked not in self._stated:
            self._stated[asked] = next((c for c in self.contracts.get(name, ()) if c.fits(count)), None)
        return self._stated[asked]

    def chosen(self, release: Release | None, declared: Declared | None = None) -> "Knowledge":
        """The contracts of a tree: its declarations decide, then its release.

        Without a tree the number of arguments decides first, so contracts of other releases stay as a second choice.
        """
        return self.picked(release, self.contracts.choice(release, declared))

    def picked(self, release: Release | None, choice: Choice) -> "Knowledge":
        """The same with a choice among the contracts that was made before."""
        called = tuple(c for c in self.callbacks if c.stated.holds(release, None))
        return replace(self, contracts=self.contracts.picked(choice), callbacks=called)

    def renamed(self, names: Mapping[str, str], known: "Knowledge") -> "Knowledge":
        """What `known` says of functions by their old names, said of their new ones; old to new in `names`."""
        return replace(self, contracts=self.contracts.renamed(names, known.contracts)) if names else self

    @property
    def effectful(self) -> frozenset[bytes]:
        """Names of functions that take, give back or sleep."""
        return self.contracts.effectful

    @cached_property
    def members(self) -> frozenset[str]:
        """The names of contracts that are about a pointer to a function in a table: `->name`."""
        return frozenset(name for name in self.contracts if name.startswith("->"))

    @cached_property
    def questions(self) -> frozenset[str]:
        """The functions by which contracts tell apart what they read."""
        stated = (contract for name in self.contracts for contract in self.contracts.get(name, ()))
        asked = (part for contract in stated for value in contract.told_by for part in parts(value))
        return frozenset(part.function for part in asked if isinstance(part, Invoke))

    @cached_property
    def computed(self) -> frozenset[str]:
        """What contracts call the locks that they compute: no function of that name need be."""
        return frozenset(name for kind in self.resources.values() for name in kind.computed)

    @cached_property
    def taking(self) -> frozenset[str]:
        """Parts of the names of functions that may take something, if nobody knows them."""
        return frozenset(part for kind in self.resources.values() for part in kind.taking)

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
        return self.contracts.triggers


def load_knowledge(rules: Path, more: Sequence[Path] = ()) -> Knowledge:
    """The contracts and resource kinds of a rules directory; `UserError` for a broken file.

    more  directories whose `contracts/` take the place of what is known of functions by these names
    """
    path = rules / "resources.toml"
    resources, also = shipped(path, ResourceFile).resource, path.read_bytes()
    entries: dict[str, list[Stated]] = {}
    for directory in (rules, *more):
        entries.update(_entries(directory, resources, also))
    newest = {name: _newest(several) for name, several in entries.items()}
    guards = shipped(rules / "guards.toml", GuardFile)
    headers = shipped(rules / "probes.toml", ProbeFile).headers
    callbacks = _callbacks(rules, resources, also)
    return Knowledge(Contracts(newest), resources, guards.guard, guards.definitions, headers, callbacks)


def _newest(several: list[Stated]) -> tuple[Stated, ...]:
    return tuple(sorted(several, key=lambda each: each.age) if len(several) > 1 else several)


def _entries(directory: Path, resources: Mapping[str, ResourceData], also: bytes) -> dict[str, list[Stated]]:
    entries: dict[str, list[Stated]] = {}
    for path in sorted((directory / "contracts").glob("*.toml")):
        for name, several in made(path, ContractFile, EntryFile, _read(path, resources), also).functions.items():
            entries.setdefault(name, []).extend(Stated(entry, path, resources) for entry in several)
    return entries


def _read(path: Path, resources: Mapping[str, ResourceData]) -> Callable[[ContractFile], EntryFile]:
    """What makes the entries of a file, each of which it has tried to read."""

    def entries(file: ContractFile) -> EntryFile:
        found: dict[str, tuple[Entry, ...]] = {}
        for data in (spelled(function, file.flags) for function in file.function):
            compiled(data, path, resources)
            found[data.name] = *found.get(data.name, ()), entry_of(data, resources)
        return EntryFile(found)

    return entries


def _callbacks(rules: Path, resources: Mapping[str, ResourceData], also: bytes) -> tuple[Callback, ...]:
    path = rules / "callbacks.toml"

    def check(file: CallbackFile) -> None:
        for data in file.callback:
            compiled(_entry(data), path, resources)

    found = shipped(path, CallbackFile, check, also).callback
    return tuple(
        Callback(data.struct, data.member, frozenset(data.not_by), _stated(_entry(data), path, resources))
        for data in found
    )


def _entry(data: CallbackData) -> FunctionData:
    return FunctionData(data.by, data.params, data.since, data.until, outcome=data.entry)


def _stated(data: FunctionData, path: Path, resources: Mapping[str, ResourceData]) -> Stated:
    return Stated(entry_of(data, resources), path, resources)
