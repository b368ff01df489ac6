"""Faults put into contracts and transfer function are seen by the walk against the automata, or it is said why not.

Without that the agreement might be one of two parties that look at nothing.  The survivors are listed in
tests/golden/linter-mutants.txt; for each function in the list there is a reason here.
"""

import re
from pathlib import Path

import pytest
from mutate import of_code, of_contracts
from test_walk import why
from walk import walk

from kpatchlint.data import rules_directory
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.model.automaton import load

GOLDEN = Path(__file__).resolve().parent.parent / "fixtures/model"
# the alphabets a fault is looked for in, and how many pairs of states of each
ALPHABETS = {
    "v6.1": {"v6.1-paths-dst": 80},
    "v6.5": {"v6.5-paths-dst": 100},
    "v6.5-pmd": {"v6.5-pmd": 60},
    "v6.5-hugetlb": {"v6.5-hugetlb": 60},
}
EVERY = ALPHABETS["v6.5-pmd"] | ALPHABETS["v6.5"] | ALPHABETS["v6.5-hugetlb"] | ALPHABETS["v6.1"]
# of the mutants of code one in so many, so that the run stays within minutes
STRIDE = 6
WANTED = 200
CRASHES = (AttributeError, TypeError, KeyError, ValueError, IndexError, AssertionError, StopIteration, RecursionError)
# why faults in these functions, or contracts, do not show
REASONS: dict[str, str] = {}


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
