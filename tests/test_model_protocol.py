"""The protocol in all its variants, the published problems it must show, and the mutants it must not survive."""

import pytest
from test_model_automata import path

from kpatchlint.model.automaton import load
from kpatchlint.model.kinds import Violation
from kpatchlint.model.mutants import MUTANTS, mutated, outcome, pairs
from kpatchlint.model.protocol import VARIANTS, strict, verdict
from kpatchlint.model.table import table

# States with one and with two waiters.  The prototype counted 390 to 2,100 and 3,000 to 16,000: here the wake-up has
# more steps, the migration repeats for ever, and beside one waiter somebody else uses the queue.
STATES = {
    "pre5.0": (1441, 18314),
    "pageref": (1753, 24428),
    "v6.1": (1342, 15701),
    "v6.5": (5127, 53715),
    "pmd": (1162, 11899),
    "hugetlb-v6.1": (12093, 185058),
    "hugetlb": (9663, 124623),
    "devpriv-spin": (510, 1403),
    "devpriv-wait": (1105, 7907),
}
EXPECTED = {"hugetlb-v6.1": {Violation.PGTABLE_UAF}, "devpriv-spin": {Violation.LIVELOCK}}
NEVER_SLEEPS = ("a waiter sleeps", "a waiter stands in the queue", "a waiter is woken")
SPIN = ("map_table", "lock_ptl", "read_entry", "test_device", "trylock_folio", "unlock_ptl", "unmap")
PAIRS = list(pairs())
# A variant stands for those that run the same wait when time is short.
CHEAP = ("pmd", "v6.1", "pageref", "pre5.0", "devpriv-wait", "v6.5", "hugetlb")


def kinds(name, waiters=1, rule=lambda variant: variant):
    return verdict(rule(VARIANTS[name]), waiters).kinds


@pytest.mark.parametrize("name", VARIANTS)
def test_one_waiter(name):
    found = verdict(VARIANTS[name])
    assert found.kinds == EXPECTED.get(name, set()) == VARIANTS[name].expect
    assert found.states == STATES[name][0]
    assert found.missed == (NEVER_SLEEPS if name == "devpriv-spin" else ())


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_two_waiters(name):
    found = verdict(VARIANTS[name], 2)
    assert (found.kinds, found.states) == (EXPECTED.get(name, set()), STATES[name][1])


def test_two_waiters_of_a_pmd():
    found = verdict(VARIANTS["pmd"], 2)
    assert (found.kinds, found.states, found.missed) == (set(), STATES["pmd"][1], ())


@pytest.mark.parametrize("name", [name for name in VARIANTS if name not in EXPECTED])
def test_only_waiters_with_a_reference_make_a_migration_fail(name):
    failed = {Violation.MIGRATION_FAILED} if name in ("pre5.0", "pageref") else set()
    assert kinds(name, rule=strict) == failed


def test_a_model_says_the_same_twice():
    assert verdict(VARIANTS["hugetlb"]) == verdict(VARIANTS["hugetlb"])


class TestPublishedProblems:
    """Each is one variant, one mutant or one word."""

    def test_3c226c637b69_waiting_on_freed_migrated_pages(self):
        found = outcome(MUTANTS["ptl-dropped-before-enqueue"], VARIANTS["pmd"])
        steps = found.counterexamples[Violation.FOLIO_UAF].steps
        assert [step.text for step in steps if step.task == "fault handler"] == [
            "lock_ptl",
            "read_direct",
            "test_entry",
            "unlock_ptl",
            "find_folio",
            "lock_queue",
            "set_waiters",
        ]
        assert [step.text for step in steps][-2:] == ["put_folio", "set_waiters"]

    def test_ffa65753c431_a_waiters_reference_fails_the_migration(self):
        assert kinds("pageref", rule=strict) == {Violation.MIGRATION_FAILED}
        assert kinds("v6.1", waiters=2, rule=strict) == set()

    def test_ad1ac596e8a8_unmap_of_a_pte_that_is_not_mapped(self):
        assert load(path("v6.1-pmd")).run(("PL", "RR", "?m", "WL")) == (3, {Violation.UNMAP_UNMAPPED})
        assert Violation.UNMAP_UNMAPPED in outcome(MUTANTS["ptep-for-unmapped"], VARIANTS["hugetlb"]).kinds

    def test_fcd48540d188_hugetlb_table_freed_under_the_waiter(self):
        assert kinds("hugetlb-v6.1") == {Violation.PGTABLE_UAF}
        assert kinds("hugetlb") == set()

    def test_9614d8bee663_local_maps_undone_out_of_order(self):
        automaton = load(path("v6.1-dst"))
        assert automaton.run(("M", "M2", "UM")) == (2, {Violation.UNMAP_ORDER})
        assert automaton.run(("M", "M2", "UM2", "UM", "RET")) == (-1, set())

    def test_uffdio_move_waits_on_a_copy_of_the_pmd(self):
        automaton = load(path("v6.5-pmd"))
        assert automaton.run(("PL", "RR", "?m", "U", "WPS")) == (4, {Violation.FOLIO_UAF})
        assert automaton.run(("PL", "RR", "?m", "U", "WPk", "RET")) == (-1, set())

    def test_hmm_range_fault_spins_on_a_device_private_folio(self):
        found = verdict(VARIANTS["devpriv-spin"])
        lasso = found.counterexamples[Violation.LIVELOCK]
        assert {step.task for step in lasso.loop} == {"fault handler"}
        assert sorted(step.text for step in lasso.loop) == sorted(SPIN)
        assert kinds("devpriv-wait") == set()


def judge(mutant, variant):
    found, expected = outcome(mutant, variant).kinds, mutant.expected(variant.name)
    assert expected in found if isinstance(expected, Violation) else not found


def cheapest(mutant):
    mine = [variant for changed, variant in PAIRS if changed is mutant]
    return min(mine, key=lambda variant: (variant.name in mutant.survives, CHEAP.index(variant.name)))


QUICK = [(mutant, cheapest(mutant)) for mutant in MUTANTS.values()]


@pytest.mark.parametrize(("mutant", "variant"), QUICK, ids=lambda value: value.name)
def test_a_mutant_is_killed_by_what_it_should_be_killed_by(mutant, variant):
    judge(mutant, variant)


@pytest.mark.slow
@pytest.mark.parametrize(("mutant", "variant"), PAIRS, ids=lambda value: value.name)
def test_every_mutant_of_every_variant(mutant, variant):
    judge(mutant, variant)


def test_the_expectations_are_complete():
    assert "no expectation is written down" not in {mutant.expected(variant.name) for mutant, variant in PAIRS}
    reached = {(mutant.name, variant.name) for mutant, variant in PAIRS}
    assert len(MUTANTS) >= 36
    assert {name for name, _ in reached} == set(MUTANTS)
    for mutant in MUTANTS.values():
        assert mutant.kills or mutant.survives
        assert all((mutant.name, name) in reached for name in set(mutant.survives) - {"*"})


def test_a_mutant_is_another_program():
    for mutant, variant in PAIRS:
        changed = mutated(mutant, variant)
        assert changed.system().programs != variant.system().programs


def test_the_table_of_mutants_is_written_down(request):
    file = path("v6.1").with_name("mutants.md")
    if request.config.getoption("--update-golden"):
        file.write_text(table())
    assert file.read_text() == table(), "pytest --update-golden tests/test_model_protocol.py"
