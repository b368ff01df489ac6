"""Findings about comments of 6.12, outside of tools/ and of what test_trees_comments.py has, against verdicts.

They are drawn as those of test_stale_trees.py are, and stand with their verdicts in
tests/trees/comments-drawn-6.12.toml.
"""

import re
import tomllib

import msgspec
import pytest
from test_stale_trees import nightly, rank
from test_trees import PRECISION, RULES, TREES
from test_trees_comments import DIRECTORIES

from kpatchlint.scan import Scan, scan_paths

SAMPLE = {"doc-contradicts-code": 90, "undocumented-null": 60}
# in full, or no part of the kernel
JUDGED = re.compile(rf"tools/|{DIRECTORIES.pattern}")
NAME = re.compile(r'@([^: ]+)|"([^"]+)"')

each_rule = pytest.mark.parametrize("rule", SAMPLE)
# one process asks all questions about one scan
drawn_scan = pytest.mark.xdist_group("drawn-6.12")


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a reader says of a parameter, or of a claim, in the comment of a function; a false one has a reason."""

    path: str
    function: str
    name: str
    true: bool
    why: str = ""

    @property
    def key(self):
        return self.path, self.function, self.name


class Drawn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The findings of a rule: how many places have one, and the verdicts on those that were drawn."""

    findings: int
    sample: tuple[Verdict, ...]


def drawn(rule):
    read = tomllib.loads((TREES / "comments-drawn-6.12.toml").read_text())
    return msgspec.convert(read[rule], Drawn)


def keys(findings, rule):
    """Path, function and name of each finding of a rule outside of the directories that are judged in full."""
    outside = [f for f in findings if f.rule == rule and not JUDGED.match(f.position.path)]
    names = (NAME.match(f.message) for f in outside)
    return {(f.position.path, f.function, m[1] or m[2]) for f, m in zip(outside, names, strict=True)}


def scan(paths):
    return scan_paths([str(path) for path in paths], Scan(jobs=2, chosen=frozenset(SAMPLE))).findings


@pytest.fixture(scope="module")
def found(tree_6_12):
    """The findings in the files that the verdicts name, scanned once."""
    paths = sorted({tree_6_12 / verdict.path for rule in SAMPLE for verdict in drawn(rule).sample})
    return scan(paths)


@each_rule
def test_nine_of_ten_are_true(rule):
    sample = drawn(rule).sample
    assert len({verdict.key for verdict in sample}) == len(sample) == SAMPLE[rule]
    assert sum(verdict.true for verdict in sample) >= PRECISION * len(sample)


@each_rule
def test_what_is_false_has_a_reason(rule):
    assert all(bool(verdict.why) != verdict.true for verdict in drawn(rule).sample)


@each_rule
def test_evidence_says_what_the_verdicts_say(rule):
    sample = drawn(rule).sample
    said = f"{sum(verdict.true for verdict in sample)} of {len(sample)} sampled elsewhere in 6.12.117"
    assert said in RULES[rule].evidence


@pytest.mark.tree
@pytest.mark.slow
@drawn_scan
@each_rule
def test_every_judged_finding_is_there(rule, found):
    assert {verdict.key for verdict in drawn(rule).sample} - keys(found, rule) == set(), "gone: draw and judge anew"


@pytest.mark.tree
@pytest.mark.slow
@nightly
@pytest.mark.xdist_group("drawn-whole-6.12")
def test_every_finding_of_the_sample_was_judged(tree_6_12):
    findings = scan([tree_6_12])
    for rule, size in SAMPLE.items():
        there = keys(findings, rule)
        sample = {verdict.key for verdict in drawn(rule).sample}
        assert set(sorted(there, key=rank)[:size]) == sample, "read what is new and give a verdict"
        assert len(there) == drawn(rule).findings
