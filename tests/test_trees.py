"""The findings of whole trees against verdicts that a person gave: tests/trees/<version>.toml.

A verdict goes by path, function and rule, never by line; `count` is how many findings of that kind a function has.  A
finding nobody judged, and a verdict whose finding is gone, both fail: the first is to be read and judged, the second
taken out.  Scanned are the directories in conftest.py and the `files` of the verdicts, not the whole of a tree.  Seen
with 6.1.192 and 6.12.117.
"""

import tomllib
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from kpatchlint.rule import load_rules

VERSIONS = ("6.1", "6.12")
FAMILIES = ("wait", "entry", "map")
# what is promised of the flow rules that are not in preview: nine of ten findings true; of all, how many are false in a
# tree at most
PRECISION, MOST_FALSE = 0.9, 10
# bugs that are known to be in the trees
KNOWN = {
    "6.12": [("mm/huge_memory.c", "move_pages_huge_pmd", "stack-copy-as-entry")],
    "6.1": [
        ("mm/hugetlb.c", "follow_huge_pud", "pmd-wait-needs-null-ptep"),
        ("arch/powerpc/mm/hugetlbpage.c", "follow_huge_pd", "pmd-wait-needs-null-ptep"),
    ],
}
TREES = Path(__file__).resolve().parent / "trees"
RULES = {rule.id: rule for rule in load_rules()}

each_version = pytest.mark.parametrize("version", VERSIONS)
# one process asks all questions about one scan
each_scan = pytest.mark.parametrize(
    "version", [pytest.param(version, marks=pytest.mark.xdist_group(f"scan-{version}")) for version in VERSIONS]
)


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says of the findings of one rule in one function."""

    path: str
    function: str
    rule: str
    true: bool
    why: str
    count: int = 1

    @property
    def key(self):
        return self.path, self.function, self.rule


class Verdicts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of verdicts: the point release that was read, and every finding in it.

    directories  what was read of it; all if none are named
    files        what is scanned beside the judged directories
    """

    release: str
    finding: tuple[Verdict, ...]
    directories: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


def verdicts(version):
    return msgspec.convert(tomllib.loads((TREES / f"{version}.toml").read_text()), Verdicts).finding


def precision(judged):
    count = sum(v.count for v in judged)
    return sum(v.count for v in judged if v.true) / count if count else 1.0


@each_version
def test_every_verdict_has_a_reason_and_a_rule(version):
    for verdict in verdicts(version):
        assert verdict.rule in RULES, verdict
        assert len(verdict.why.split()) >= 5, verdict
    assert len({v.key for v in verdicts(version)}) == len(verdicts(version))


def test_nine_of_ten_are_true():
    judged = [v for version in VERSIONS for v in verdicts(version) if RULES[v.rule].stage == "default"]
    assert precision(judged) >= PRECISION
    for version in VERSIONS:
        assert sum(v.count for v in verdicts(version) if not v.true) <= MOST_FALSE


@pytest.mark.parametrize("rule", sorted(r for r in RULES if RULES[r].family in FAMILIES))
def test_a_rule_is_default_only_where_it_is_right(rule):
    judged = [v for version in VERSIONS for v in verdicts(version) if v.rule == rule]
    stage = "default" if precision(judged) >= PRECISION else "preview"
    assert RULES[rule].stage == stage, f"{rule}: {len(judged)} judged, {precision(judged):.0%} true"


@pytest.mark.tree
@pytest.mark.slow
@each_scan
def test_every_finding_was_judged(version, scanned):
    """One scan answers three questions, because it takes minutes."""
    flow = [f for f in scanned(version) if f["family"] in FAMILIES]
    found = Counter((f["path"], f["function"], f["rule"]) for f in flow)
    judged = {v.key: v.count for v in verdicts(version)}
    new = {key: count for key, count in found.items() if judged.get(key, 0) < count}
    gone = {key: count for key, count in judged.items() if found[key] < count}
    assert not new, "not judged yet: read them and add a verdict"
    assert not gone, "judged, and not found any more"
    assert [key for key in KNOWN[version] if not found[key]] == [], "a known bug is not found"


@pytest.mark.parametrize("rule", sorted(r for r in RULES if RULES[r].family in FAMILIES))
def test_evidence_says_what_the_verdicts_say(rule):
    judged = [v for version in VERSIONS for v in verdicts(version) if v.rule == rule]
    count, true = sum(v.count for v in judged), sum(v.count for v in judged if v.true)
    said = f"{true} of {count} findings true" if count else "no findings"
    assert RULES[rule].stage == "preview" or said in RULES[rule].evidence
