"""How much the verdict on callers depends on who else is there: enough, and no more than that."""

from dataclasses import replace

import pytest

from kpatchlint.model.alphabet import ALPHABETS, Op
from kpatchlint.model.automaton import minimal, stored
from kpatchlint.model.client import construct, environment
from kpatchlint.model.fragment import FAULT_STAYS, MIGRATOR, OTHER_WAKER


def machine(name, others, **programs):
    alphabet = ALPHABETS[name]
    changed = {op: programs.get(op.name, text) for op, text in alphabet.programs.items()}
    return minimal(construct(replace(alphabet, programs=changed), others).automaton)


def differences(name, other):
    mine = stored(name)
    if len(mine.moves) != len(other.moves):
        return None
    rows = zip(mine.moves, other.moves, strict=True)
    return sum(a != b for row in rows for a, b in zip(*row, strict=True))


def test_a_waker_of_another_folio_changes_nothing():
    assert differences("v6.1", machine("v6.1", (*environment(ALPHABETS["v6.1"]), OTHER_WAKER))) == 0


def test_a_migration_that_cannot_fail_hides_violations():
    """Where nobody else takes references, a stale entry always points to a freed folio, never to one that lives on."""
    tame = MIGRATOR.replace("check_refs ->", "check_refs_alone ->")
    others = (tame, *environment(ALPHABETS["v6.1"])[1:])
    found = machine("v6.1", others)
    assert differences("v6.1", found) != 0


def test_without_anybody_there_is_no_entry_to_wait_for():
    assert differences("v6.1", machine("v6.1", ())) is None


@pytest.mark.slow
def test_a_second_fault_handler_changes_nothing():
    others = (*environment(ALPHABETS["v6.1"]), f"start:\n?nothing\n{FAULT_STAYS}\ngoto start")
    assert differences("v6.1", machine("v6.1", others)) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("name", "states"), [("v6.5", 14), ("v6.5-dst", 37)])
def test_states_where_a_map_under_the_lock_cannot_fail(name, states):
    """What the prototype counted: there the page table, which the lock keeps, was all that a map needs."""
    found = machine(name, environment(ALPHABETS[name]), **{Op.MAP.name: "map_if_linked"})
    assert len(found.moves) == states
