"""The shape of `rules/contracts/*.toml`, as it stands in the files.

Strict: an unknown key is an error that names the file and the key.  Example:

    [[function]]
    name = "pmd_lock"
    params = ["mm", "pmd"]
    returns = "pmd_lockptr(mm, pmd)"
    [[function.outcome]]
    acquires = ["lock:return"]
"""

import re
from typing import Literal

import msgspec


class Probe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a tree's headers must (not) declare for a contract to hold; an entry is `name` or `name/arity`."""

    declared: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


class OutcomeData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way a call can end: the condition that tells it, and its effects in the caller."""

    when: str = ""
    acquires: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    sets: dict[str, str] = {}
    then: str = ""
    sleeps: bool = False


class FunctionData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One contract; README says what each key means."""

    name: str
    params: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    probe: Probe = Probe()
    trigger: bool = False
    variadic: bool = False
    sleeps: bool = False
    faults: bool = False
    sleeps_if: dict[str, tuple[str, ...]] = {}
    asserts: bool = False
    spins: bool = False
    last: bool = False
    pure: bool = False
    wait: bool = False
    awaits: tuple[str, ...] = ()
    mode: Literal["", "read", "write"] = ""
    blocked_by: tuple[str, ...] = ()
    blurs: tuple[str, ...] = ()
    given_if: tuple[str, ...] = ()
    noreturn: bool = False
    returns: str = ""
    must_hold: tuple[str, ...] = ()
    must_not_hold: tuple[str, ...] = ()
    derefs: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    null: tuple[str, ...] = ()
    fresh: dict[str, str] = {}
    needs: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    strict: bool = False
    at: dict[str, str] = {}
    looked: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()
    notes: dict[str, str] = {}
    source: str = ""
    outcome: tuple[OutcomeData, ...] = ()


class ContractFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of contracts; `flags` gives names to sets of flags, for `sleeps_if`."""

    flags: dict[str, tuple[str, ...]] = {}
    function: tuple[FunctionData, ...] = ()


class CallbackData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is held around a callback; `rules/callbacks.toml` says what each key means."""

    struct: str
    member: str
    by: str
    params: tuple[str, ...] = ()
    not_by: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    source: str = ""
    entry: tuple[OutcomeData, ...] = ()


class CallbackFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules/callbacks.toml`."""

    callback: tuple[CallbackData, ...] = ()


class ResourceData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of resource; `rules/resources.toml` says what each key means."""

    noun: str
    taken: str = "taken"
    given: str = "released"
    atomic: bool = False
    stack: str = ""
    nests: bool = False
    switch: bool = False
    blocks_wait: bool = False
    balanced: bool = True
    compared: bool = False
    lent: bool = False
    read: bool = False
    looking: str = ""
    said: tuple[str, ...] = ()
    taking: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    walked: bool = False
    tracked: bool = True
    no_faults: bool = False
    guarded_by: tuple[str, ...] = ()
    due: bool = False
    of: str = ""
    named: str = ""
    returned_by: tuple[str, ...] = ()
    annotated: tuple[str, ...] = ()
    owned: bool = False

    def may_be_taken_by(self, name: str) -> bool:
        """Whether a function of that name, of which no more is known, may take it; an empty name is a pointer's."""
        asked = f"_{name}_"
        for words in self.said:
            asked = asked.replace(f"_{words}_", "_")
        return not (name and self.taking) or any(word in asked for word in self.taking)

    def may_be_given_back_by(self, name: str) -> bool:
        """Whether a function of that name, of which no more is known, says that it gives it back."""
        return any(f"_{words}_" in f"_{name}_" for words in self.said)

    def only_looks(self, name: str) -> bool:
        """Whether a function of that name, of which no more is known, only looks at what it gets."""
        return bool(self.looking) and re.fullmatch(self.looking, name) is not None


class ResourceFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules/resources.toml`."""

    resource: dict[str, ResourceData]


class GuardFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules/guards.toml`: the function that takes and the one that gives back, by class; macros that define more."""

    guard: dict[str, tuple[str, str]]
    definitions: tuple[str, ...] = ()


class ProbeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules/probes.toml`."""

    headers: tuple[str, ...]
