"""The transfer function against the automata: equal verdicts in every state both can reach, for callers of any length.

What stays different is counted, with its reason: `agreement.DEVIATIONS`, and what the walk alone can come to.
"""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from agreement import SLEEPS_FIRST, Difference, deviation
from walk import walk

from kpatchlint.flow.age import OLDEST
from kpatchlint.model.automaton import load

GOLDEN = Path(__file__).resolve().parent.parent / "fixtures/model"
FAST = ("v6.1-pmd", "v6.5-pmd")
SLOW = ("v6.1-paths", "v6.5-paths", "v6.5-hugetlb", "v6.1-paths-dst", "v6.5-paths-dst")
# one process walks for all of them
in_one = pytest.mark.xdist_group("walk")
# rules that say a kind where another one does, because a wait has brought it about
BY_WAIT = {"use-after-wait"}
REASONS = {
    "mapped twice": "Read through a second map of its table, an entry is another value for the linter, untested.",
    "too long ago": f"A value that one statement of a loop made {OLDEST} rounds ago shares its name with older ones.",
    "sleeps first": "The lock that may sleep is named before the sleep, the model never comes to it.",
}


def why(word, model, linter, alphabet):
    """The name of the deviation that a difference is, or nothing."""
    if deviation(Difference((), 0, word[-1], model, linter, ()), alphabet):
        return word[-1]
    if word[-1] == SLEEPS_FIRST and linter - model == {"self-deadlock"}:
        return "sleeps first"
    if model <= linter and "not-migration-entry" in linter - model and sum(op in ("M", "ML") for op in word) > 1:
        return "mapped twice"
    return "too long ago" if word.count("VL") > OLDEST else ""


@cache
def product(alphabet):
    return walk(load(GOLDEN / f"{alphabet}.json"), deviates=lambda *found: why(*found, alphabet))


def assert_equal(alphabet):
    walked = product(alphabet)
    shortest = min(walked.differences, key=lambda difference: len(difference[0]), default=None)
    assert shortest is None, f"{len(walked.differences)} differences, {shortest}"
    assert walked.pairs >= len(load(GOLDEN / f"{alphabet}.json").moves)


@pytest.mark.parametrize("alphabet", FAST)
def test_equal_in_every_reachable_state(alphabet):
    assert_equal(alphabet)


@in_one
@pytest.mark.slow
@pytest.mark.parametrize("alphabet", SLOW)
def test_equal_in_every_reachable_state_of_the_large_ones(alphabet):
    assert_equal(alphabet)


@in_one
@pytest.mark.slow
def test_every_pair_is_claimed_by_one_rule(golden):
    """The (kind, operation) pairs of all automata, and the rule whose findings are about them first."""
    claims, pairs = {}, set()
    for alphabet in (*FAST, *SLOW):
        pairs |= {(str(kind), op) for kind, op in load(GOLDEN / f"{alphabet}.json").pairs()}
        for pair, rules in product(alphabet).claims.items():
            claims.setdefault(pair, Counter()).update(rules.keys())
    lines = [f"{kind:20} {op:4} {' '.join(sorted(claims.get((kind, op), ['-'])))}\n" for kind, op in sorted(pairs)]
    golden("claims.txt", "".join(lines))
    unclaimed = sorted(pair for pair in pairs if pair not in claims)
    assert unclaimed == [("entry-unread", "WPS"), ("leak-vma-lock", "RET")]
    assert not {pair: rules for pair, rules in claims.items() if len(rules.keys() - BY_WAIT) > 1}


def test_a_wrong_automaton_differs():
    """The walk of v6.1 callers of a PMD against one more verdict than there is."""
    right = load(GOLDEN / "v6.1-pmd.json")
    assert walk(right, most=1, deviates=lambda *found: why(*found, "pmd")).differences == []
    assert walk(right, most=1, deviates=lambda *found: "").differences


@pytest.mark.parametrize("name", REASONS)
def test_deviations_have_reasons(name):
    assert len(REASONS[name].split()) > 8
