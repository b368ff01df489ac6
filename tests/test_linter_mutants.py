"""Faults put into contracts and transfer function are seen by the walk against the automata, or it is said why not.

Without that the agreement might be one of two parties that look at nothing.  The survivors are listed in
tests/golden/linter-mutants/; for each function in the lists there is a reason here.
"""

import re
from collections import Counter
from cProfile import Profile
from functools import cache
from itertools import product
from pathlib import Path
from types import CodeType

import pytest
from mutate import Mutant, drawn, forget, nothing, of_code, of_contracts
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
# of the mutants of code one in so many, drawn by their names, so that the run stays within minutes
STRIDE = 4
WANTED = 200
GROUPS = (*ALPHABETS, "transfer", "needed", "resources", "freshness", "lifetime")
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
    r"freshness.locked: .*h\.resource != LOCK": "It is asked of a patch, which the model has not.",
    r"freshness.check_values: .*outlived": "Nothing that a walk writes was read before its lock: fixtures.",
    r"resources.release: .*self\.blurred": "No walk counts to an element of an array: tests/test_callees.py.",
    r"transfer\._put_away: ": "No walk stores into an array: fixtures.",
    r"needed.check_sleep: .*self\.last": "No walk asks whether a reference was the last: fixtures.",
    r"transfer\._copied: ": "No walk copies a structure: fixtures.",
    r"resources.release: .*: effect in contract\.retaken": "No callee here gives up a lock and takes it again.",
    r"resources.acquire: .*: owner is None": "No pointer to an object with a lock is NULL here.",
    r"transfer._passed: .*: name in contract\.uses": "No caller here hands on what it has given up.",
    r"\(no walk enters it\)$": (
        "Steps of pointers, loops, callbacks, flags and callees nobody knows are in no caller of the model: fixtures."
    ),
    r"transfer\._assign: .*isinstance\(symbol, Initial\)": "What a walk assigns is no deeper than the lower bound.",
    r"transfer\._assign: .*in QUESTIONS": "What a walk assigns is no operator's result: it tests by a macro's call.",
    r"transfer\._released: (condition|comparison)": (
        "All that a walk gives back was taken on its path, so that there is nothing of the caller's to drop."
    ),
    r"transfer\._released: and": "It acts behind a refused release, which is a violation: there a walk's path ends.",
    "check_held: statement|statement left out: self.resources.check_held": (
        "What these callers want held they give back themselves: that is another event."
    ),
    r"transfer\._call: .*contract is None \(3\)": "What is handed to callees by reference is of kinds no walk takes.",
    r"transfer\._call: .*contract\.inferred": "No walk has a structure that was set to zero as a whole: fixtures.",
    r"transfer\._behind_null: ": "No caller of the model goes on to a member behind a pointer it found to be NULL.",
    r"transfer\._set: .*value == MERGED": "No callee of a walk has a body, so none is looked at early.",
    r"transfer\._set: .*operator == SAME": "No callee of a walk sets two places to one value: tests/test_helpers.py.",
    r"transfer\._set: .*value in \(NEW, MERGED\)": (
        "Nothing that an operation of a walk sets has members that are followed."
    ),
    r"lifetime\.ended: .*given_up": (
        "To take the VMA lock again is not to have given it up, and a lookup that never had it is wrong already."
    ),
    r"resources\.acquire: .*in_array": "No walk takes what an array, or what a variable held at entry, leads to.",
    r"resources\.acquire: .*base is None": "What is taken is not NULL by the outcome's condition, or nobody asks.",
    r"resources\.unlocked: ": "Every lock that an operation of these alphabets sets, its outcome takes, too.",
    r"resources\._failed: ": "A failed map's lock is always known in a walk, and to map with it held is wrong before.",
    r"resources\.(_not_live|check_arguments): ": "The one copy, of WPS, is a deviation; copies have fixtures.",
    r"resources\._check_pointer: ": "No caller of the model steps a pointer into a table.",
    r"resources\.(_check_unheld: .*other|_own_storage: |.*RELEASE_OTHER)": (
        "What a walk gives back unheld was given back, or never taken, before: that is said first."
    ),
    r"needed\.check_sleep: .*kind\.returned_by": "No kind that they hold is given back by whom it is waited for.",
    r"needed\.check_sleep: .*sleeps\.append": "Where it may sleep is for its callers, of which none is walked.",
    r"needed\.check_held: .*_note_due": "What is due is compared with what was before a patch.",
    r"resources\._is_element: ": "No lock of these callers lies in an array.",
    r"resources\.marked: ": "The fact is asked for where nothing was given up before: no walk comes to that.",
    r"resources\.refused: ": "Other places are locks of a failed map, which are marked unheld already.",
    r"resources\.release: .*held$": "Where it was taken is for messages, and halves of a pair: no violation.",
    r"resources\.release: .*check_order\(effect": "A walk maps what it unmaps: nothing its caller mapped is older.",
    r"transfer\._outcome: .*: sleeps$": "No walk gives flags: with none, whatever asks for them sleeps all the same.",
    r"resources\._takes: ": "What an outcome of these alphabets takes and sets is one lock.",
    r"freshness\._in_table: ": "A walk has one lock, which its table's pointer is part of, or taken with.",
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
    for mutant in of_code():
        if drawn(mutant, STRIDE) == 0:
            found[mutant.group].append((mutant, EVERY))
    return found


def in_part(group, part):
    """The mutants of a part: of code those whose names are drawn for it, which an edit elsewhere does not move."""
    if group in ALPHABETS:
        return mutants()[group][part::PARTS]
    return [pair for pair in mutants()[group] if drawn(pair[0], STRIDE * PARTS) == STRIDE * part]


def listed(group, part):
    return f"linter-mutants/{group}-{part}.txt"


def told(mutant, alphabets):
    """The survivor's name, and whether any walk comes to the function it is in."""
    asleep = mutant.own is not None and not any(mutant.own in entered(alphabet) for alphabet in alphabets)
    return f"{mutant.name} (no walk enters it)" if asleep else mutant.name


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("group", GROUPS)
def test_faults_are_seen(group, part, golden):
    every = in_part(group, part)
    survivors = [told(mutant, alphabets) for mutant, alphabets in every if not killed(mutant, alphabets)]
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
    fault = next(mutant for mutant in of_code() if mutant.name.startswith("resources.release:"))
    assert killed(fault, ["v6.5-pmd"])
    assert not walked("v6.5-pmd").differences


def test_faults_are_told_apart_by_name():
    """By the name alone the sample is drawn, so that an edit of one function changes no other one's faults."""
    faults = list(of_code())
    assert len({fault.name for fault in faults}) == len(faults)
    assert all(drawn(fault, STRIDE) == drawn(Mutant(fault.name, nothing), STRIDE) for fault in faults)


def test_a_fault_in_what_no_walk_enters_is_not_seen():
    names = {code.co_name for code in entered("v6.5-pmd")}
    fault = next(mutant for mutant in of_code() if mutant.own.co_name not in names)
    assert not killed(fault, ["v6.5-pmd"])
    assert "release" in names


@pytest.mark.parametrize("pattern", REASONS)
def test_reasons_are_said(pattern):
    assert len(REASONS[pattern].split()) > 4
