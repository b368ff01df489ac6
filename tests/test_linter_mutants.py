"""Faults put into contracts and transfer function are seen by the walk against the automata, or it is said why not.

Without that the agreement might be one of two parties that look at nothing.  The survivors are listed in
tests/golden/linter-mutants/; for each function in the lists there is a reason here.
"""

import re
from collections import Counter
from cProfile import Profile
from functools import cache
from itertools import islice, product
from pathlib import Path
from types import CodeType

import pytest
from mutate import Mutant, forget, nothing, of_code, of_contracts
from test_walk import why
from walk import unchanged, walk

from kpatchlint.data import rules_directory
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.model.automaton import load

ROOT = Path(__file__).resolve().parent.parent
MODEL, LISTS = ROOT / "fixtures/model", ROOT / "tests/golden"
# the alphabets a fault is looked for in
ALPHABETS = {
    "v6.1": ("v6.1-paths-dst",),
    "v6.5": ("v6.5-paths-dst",),
    "v6.5-pmd": ("v6.5-pmd",),
    "v6.5-hugetlb": ("v6.5-hugetlb",),
}
EVERY = ("v6.5-pmd", "v6.5-hugetlb", "v6.1-paths-dst", "v6.5-paths-dst")
# how many pairs of states are walked: of the faults that show within 300, the last does within 32
PAIRS = 80
# of the mutants of code one in so many, so that the run stays within minutes
STRIDE = 4
WANTED = 200
GROUPS = (*ALPHABETS, "transfer", "resources", "freshness", "lifetime")
# parts of a group, so that several processes share it
PARTS = 4
COUNTS = re.compile(r"(\d+) mutants, (\d+) killed, (\d+) survive")
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
    r"transfer\.(_set|_behind_null|_array|_steps) ": (
        "What is set with its members, elements, steps of numbers, paths over NULL are in no caller of the model."
    ),
    r"transfer\.(_assign 4|_passed 0)": "Ages of opaque values and arguments of helpers are in no caller of the model.",
    r"transfer\._released 0": "Callers of the model took everything themselves: nothing given back is their caller's.",
    r"resources\.(passed|believe|_is_spinlock|hand_on|borrow|gives_back|_at_hand|_narrowed|_own_storage|_pairs) ": (
        "Unknown callees, assertions, flags, callbacks, loops and kinds within kinds are in no caller of the model."
    ),
    r"resources\.(_not_live|check_arguments) ": "Copies and casts are told apart by fixtures, not by the model.",
    r"resources\.(proven|_check_pointer) ": "No caller of the model steps a pointer into a table.",
    r"resources\.release (3|5|7|11|13)": "Arrays, and what belongs to the caller's caller, are in no caller.",
    r"resources\.acquire (3|7|15)": "What nests, is locked again behind a wait, or held by a caller is not modelled.",
    r"resources\.(unlocked|check_sleep 2)": "Locks that are only named, and summaries that sleep, are not modelled.",
    r"resources\.check_held 2": "What these callers want held they give back themselves: that is another event.",
    r"resources\._check_gone 6": "Only locks are known never to have been taken, and no lock is used as a pointer.",
    r"resources\.(_check_unheld|marked) ": (
        "Every variable of a caller was taken and given back before: what is not held is known to have been given back."
    ),
    r"resources\.(refused 9|_failed 2|_check_null 7)": "Which callee or reason a message names changes no verdict.",
    r"resources\.refused 3": "What an outcome takes is held by then: to refuse it, too, changes nothing.",
    r"freshness\.(_looked_up 0|_protects 2|_aged 3)": "No caller has a second table with a lock of its own.",
    r"freshness\.(_read_here 1|perhaps_asked 3)": "The walk's function is whole and asks nobody unknown about entries.",
    r"lifetime\.overwritten 17": "No caller keeps a second name of a map.",
    # by function, not yet fault by fault
    r"^transfer\._(call|outcome|supposing) \d": "No callee of a walk is unknown, or asks about NULL.",
    r"^transfer\._released \d": "No call of a walk gives back two things of which one is refused.",
    r"^resources\.(refused|_failed) \d": "The lock of a map that failed is named by that call only in a walk.",
    r"^resources\.(_check_null|check_held|release|_check_order|_outdated) \d": "Walks hold one map and one lock.",
    r"^freshness\.(perhaps_asked|read|_older) \d": "A walk reads one entry, of which older reads are not used again.",
    r"^lifetime\.ended \d": "In a walk tables end with a wait only.",
}


def walked(alphabet, change=unchanged):
    return walk(load(MODEL / f"{alphabet}.json"), 1, change, lambda *found: why(*found, alphabet), PAIRS)


@cache
def entered(alphabet):
    """The code that a walk without a fault enters: it goes the same way until it comes to a fault.

    Nothing is known from an earlier walk then: what a cache has is not entered again.
    """
    forget()
    profile = Profile()
    profile.runcall(walked, alphabet)
    return frozenset(entry.code for entry in profile.getstats() if isinstance(entry.code, CodeType))


def differs(mutant, alphabet):
    """Whether the walk differs with the fault alive; a crash is a difference, too."""
    if mutant.own is not None and mutant.own not in entered(alphabet):
        return False
    with mutant.alive():
        try:
            return bool(walked(alphabet, mutant.change).differences)
        except CRASHES:
            return True


def killed(mutant, alphabets):
    """Whether some walk differs with the fault in place."""
    return any(differs(mutant, alphabet) for alphabet in alphabets)


@cache
def mutants():
    """Each mutant with the alphabets that may show it, by group."""
    knowledge, found = load_knowledge(rules_directory()), {group: [] for group in GROUPS}
    for api, alphabets in ALPHABETS.items():
        found[api] = [(mutant, alphabets) for mutant in of_contracts(api, knowledge)]
    for mutant in islice(of_code(), 0, None, STRIDE):
        found[mutant.group].append((mutant, EVERY))
    return found


def listed(group, part):
    return f"linter-mutants/{group}-{part}.txt"


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("group", GROUPS)
def test_faults_are_seen(group, part, golden):
    every = mutants()[group][part::PARTS]
    survivors = [mutant.name for mutant, alphabets in every if not killed(mutant, alphabets)]
    count = f"{len(every)} mutants, {len(every) - len(survivors)} killed, {len(survivors)} survive"
    golden(listed(group, part), "\n".join([count, "", *survivors, ""]))


def test_every_survivor_has_its_reason():
    counts, unexplained = Counter(), []
    for group, part in product(GROUPS, range(PARTS)):
        head, _, *survivors = (LISTS / listed(group, part)).read_text().splitlines()
        numbers = map(int, COUNTS.fullmatch(head).groups())
        counts.update(dict(zip(("mutants", "killed", "survive"), numbers, strict=True)))
        unexplained += [name for name in survivors if not any(re.search(pattern, name) for pattern in REASONS)]
    assert unexplained == []
    assert counts["mutants"] >= WANTED
    assert counts["killed"] > counts["survive"]


def test_without_a_fault_nothing_is_seen():
    assert not killed(Mutant("none", nothing), EVERY)


def test_a_fault_is_seen():
    """An unlock that gives nothing back."""
    every = {mutant.name: mutant for mutant in of_contracts("v6.5-pmd", load_knowledge(rules_directory()))}
    assert killed(every["v6.5-pmd: spin_unlock: outcome 0 releases no lock"], ["v6.5-pmd"])


def test_a_fault_in_code_is_gone_afterwards():
    fault = next(mutant for mutant in of_code() if mutant.name.startswith("resources.release "))
    assert killed(fault, ["v6.5-pmd"])
    assert not walked("v6.5-pmd").differences


def test_a_fault_in_what_no_walk_enters_is_not_seen():
    names = {code.co_name for code in entered("v6.5-pmd")}
    fault = next(mutant for mutant in of_code() if mutant.own.co_name not in names)
    assert not killed(fault, ["v6.5-pmd"])
    assert "release" in names


@pytest.mark.parametrize("pattern", REASONS)
def test_reasons_are_said(pattern):
    assert len(REASONS[pattern].split()) > 4
