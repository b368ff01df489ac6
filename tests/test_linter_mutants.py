"""Faults put into contracts and transfer function are seen by the walk against the automata, or it is said why not.

Without that the agreement might be one of two parties that look at nothing.  The survivors are listed in
tests/golden/linter-mutants.txt; for each function in the list there is a reason here.
"""

import re
from pathlib import Path

import pytest
from mutate import Mutant, nothing, of_code, of_contracts
from test_walk import why
from walk import walk

from kpatchlint.data import rules_directory
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.model.automaton import load

GOLDEN = Path(__file__).resolve().parent.parent / "fixtures/model"
# the alphabets a fault is looked for in, and how many pairs of states of each
ALPHABETS = {
    "v6.1": {"v6.1-paths-dst": 250},
    "v6.5": {"v6.5-paths-dst": 300},
    "v6.5-pmd": {"v6.5-pmd": 120},
    "v6.5-hugetlb": {"v6.5-hugetlb": 200},
}
EVERY = ALPHABETS["v6.5-pmd"] | ALPHABETS["v6.5"] | ALPHABETS["v6.5-hugetlb"] | ALPHABETS["v6.1"]
# of the mutants of code one in so many, so that the run stays within minutes
STRIDE = 4
WANTED = 200
CRASHES = (AttributeError, TypeError, KeyError, ValueError, IndexError, AssertionError, StopIteration, RecursionError)
# why faults in these functions, or contracts, do not show
REASONS = {
    ": no derefs$": "A pmd, a VMA or a page that a caller of the model hands on is never NULL and never given back.",
    ": outcome 0 no when$": "What is taken is known not to be NULL, with the condition or without it.",
    ": no wait$": "The word decides how a message speaks of the callee, which no verdict asks for.",
    ": no live$": "Only the operation WPS hands on a copy, and what is found there is a deviation anyway.",
    "wait(_on_locked|_huge): no must_hold$": "To give back what is not held is the same finding as to need it.",
    "pmd_migration_entry_wait: no must_not_hold$": "No caller of these alphabets has the lock of a PMD.",
    "pte_present: no pure$": "Nobody asks for the result of that access.",
    "(pmd|hugetlb): .*: no sleeps$": "What forbids to sleep there is the lock, of which another kind is said first.",
    "hugetlb: .*: no unmapped$": "No caller of this alphabet unmaps anything.",
    "hugetlb_walk: (no )?outcome": "A lookup that fails ends the path: the model's never fails.",
    r"transfer\.(entered|_put_away|_stepped|_points|_moved|_unmoved|_has_moved|_blurred|_asked_to_sleep) ": (
        "Callbacks, arrays, pointers that are stepped, bodies without a summary and flags are in no caller."
    ),
    r"transfer\.(_assign 4|_passed 0)": "Ages of opaque values and arguments of helpers are in no caller of the model.",
    r"resources\.(passed|believe|_is_spinlock|hand_on|borrow|gives_back|_at_hand|_narrowed|_own_storage|_pairs) ": (
        "Unknown callees, assertions, flags, callbacks, loops and kinds within kinds are in no caller of the model."
    ),
    r"resources\.(_not_live|check_arguments 6)": "Copies and casts are told apart by fixtures, not by the model.",
    r"resources\.release (5|13)": "Steps of a pointer, and what belongs to the caller's caller, are in no caller.",
    r"resources\.acquire (3|7|15)": "What nests, is locked again behind a wait, or held by a caller is not modelled.",
    r"resources\.(unlocked|check_sleep 2)": "Locks that are only named, and summaries of what sleeps, are not modelled.",
    r"resources\._check_unheld (13|29)": "Entries that are never mapped, and maps of another kind, are in no caller.",
    r"resources\.(refused 9|_failed 2)": "Which reason is given for a lock that is not held changes no verdict.",
    r"freshness\.(_looked_up 0|_protects 2|_aged 3)": "No caller of the model has a second table with a lock of its own.",
    r"freshness\.(_read_here 1|perhaps_asked 3)": "The walk's function is whole and asks nobody unknown about entries.",
    r"lifetime\.overwritten 17": "No caller keeps a second name of a map.",
}


def killed(mutant, alphabets):
    """Whether some walk differs with the fault in place; a crash is a difference, too."""
    with mutant.alive():
        for alphabet, pairs in alphabets.items():
            automaton = load(GOLDEN / f"{alphabet}.json")
            try:
                walked = walk(automaton, 1, mutant.change, lambda *found, a=alphabet: why(*found, a), pairs)
            except CRASHES:
                return True
            if walked.differences:
                return True
    return False


def mutants():
    """Each mutant with the alphabets that may show it."""
    knowledge = load_knowledge(rules_directory())
    for api, alphabets in ALPHABETS.items():
        yield from ((mutant, alphabets) for mutant in of_contracts(api, knowledge))
    yield from ((mutant, EVERY) for number, mutant in enumerate(of_code()) if number % STRIDE == 0)


@pytest.mark.slow
def test_faults_are_seen(golden):
    every = list(mutants())
    assert len(every) >= WANTED
    survivors = [mutant.name for mutant, alphabets in every if not killed(mutant, alphabets)]
    listed = [f"{len(every)} mutants, {len(every) - len(survivors)} killed, {len(survivors)} survive", "", *survivors]
    golden("linter-mutants.txt", "\n".join([*listed, ""]))
    unexplained = [name for name in survivors if not any(re.search(pattern, name) for pattern in REASONS)]
    assert unexplained == []


def test_without_a_fault_nothing_is_seen():
    assert not killed(Mutant("none", nothing), EVERY)


def test_a_fault_is_seen():
    """An unlock that gives nothing back."""
    every = {mutant.name: mutant for mutant in of_contracts("v6.5-pmd", load_knowledge(rules_directory()))}
    assert killed(every["v6.5-pmd: spin_unlock: outcome 0 releases no lock"], {"v6.5-pmd": 20})


def test_a_fault_in_code_is_gone_afterwards():
    fault = next(mutant for mutant in of_code() if mutant.name.startswith("resources.release "))
    assert killed(fault, {"v6.5-pmd": 20})
    assert not walk(load(GOLDEN / "v6.5-pmd.json"), 1, deviates=lambda *found: why(*found, "pmd"), pairs=20).differences


@pytest.mark.parametrize("pattern", REASONS)
def test_reasons_are_said(pattern):
    assert len(REASONS[pattern].split()) > 4
