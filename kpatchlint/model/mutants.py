"""Mutants: the protocol with one thing wrong, to show that the model would have noticed.

A mutant replaces statements in the program of one task.  It is tried on every variant that has these
statements, and either the violation it names is found, or a reason is written beside it why nothing can be seen.
Assumption: variants that are known to be wrong are not mutated.  Example:

    outcome(MUTANTS["no-enqueue"], VARIANTS["v6.1"]).kinds == {Violation.LOST_WAKEUP}
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from kpatchlint.model.explore import Result, explore
from kpatchlint.model.kinds import Violation
from kpatchlint.model.protocol import VARIANTS, Variant, strict
from kpatchlint.model.world import World


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One fault.

    of        whose program: waiter, or the name of another task
    edit      pairs of statements, as they are and as they become; `; ` joins lines
    kills     the violation it must lead to
    survives  for each variant in which nothing can be seen, or `*` for all, the reason
    strict    a waiter's reference that fails a migration counts as a violation
    """

    name: str
    what: str
    edit: tuple[tuple[str, str], ...]
    of: str = "waiter"
    kills: Violation | None = None
    survives: Mapping[str, str] = {}
    waiters: int = 1
    strict: bool = False

    def expected(self, variant: str) -> Violation | str:
        """The violation expected in `variant`, or the reason why there is none."""
        reason = self.survives.get(variant) or self.survives.get("*")
        return reason or self.kills or "no expectation is written down"


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mutant: tuple[Mutant, ...]


_DATA = msgspec.convert(tomllib.loads(Path(__file__).with_name("mutants.toml").read_text()), _File)
MUTANTS: Mapping[str, Mutant] = {mutant.name: mutant for mutant in _DATA.mutant}
"""Every mutant by its name."""


def mutated(mutant: Mutant, variant: Variant) -> Variant | None:
    """`variant` with the fault in it; None where it has not the statements in question."""
    base = strict(variant) if mutant.strict else variant
    program = base.waiter if mutant.of == "waiter" else base.others.get(mutant.of, "")
    lines = [line.strip() for line in program.splitlines() if line.strip()]
    for before, after in mutant.edit:
        found = _replaced(lines, before.split("; "), after.split("; ") if after else [])
        if found is None:
            return None
        lines = found
    text = "\n".join(lines)
    if mutant.of == "waiter":
        return replace(base, waiter=text)
    return replace(base, others={**base.others, mutant.of: text})


def _replaced(lines: Sequence[str], before: Sequence[str], after: Sequence[str]) -> list[str] | None:
    """`lines` with the first run of lines that equals `before` replaced; None if there is none."""
    for at in range(len(lines) - len(before) + 1):
        if list(lines[at : at + len(before)]) == list(before):
            return [*lines[:at], *after, *lines[at + len(before) :]]
    return None


def pairs() -> Iterator[tuple[Mutant, Variant]]:
    """Every mutant with every variant it changes."""
    for mutant in MUTANTS.values():
        for variant in VARIANTS.values():
            if not variant.expect and mutated(mutant, variant):
                yield mutant, variant


def outcome(mutant: Mutant, variant: Variant) -> Result[World]:
    """What exploring the mutant of `variant` finds, up to the violation that is expected."""
    changed = mutated(mutant, variant)
    if changed is None:
        raise ValueError(f"{mutant.name} does not change {variant.name}")
    expected = mutant.expected(variant.name)
    until = expected if isinstance(expected, Violation) and expected is not Violation.LIVELOCK else None
    return explore(changed.system(mutant.waiters), until=until)
