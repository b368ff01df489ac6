"""The stale names of whole trees against what a reader says of them: tests/trees/stale-<version>.toml.

Judged by reading each comment and looking for the name in the tree.  The sample is the findings whose hash with the
seed is lowest, so that a finding more or less changes one place of it.  Seen with 6.1.192 and 6.12.117.
"""

import os
import tomllib
from collections import Counter
from hashlib import blake2b
from pathlib import Path

import msgspec
import pytest

from kpatchlint.rule import load_rules
from kpatchlint.scan import Scan, scan_paths

TREES = Path(__file__).resolve().parent / "trees"
RULE = "stale-reference"
SEED, SAMPLE, PRECISION = 2026, 200, 0.9
VERSIONS = ("6.1", "6.12")
# names in comments of mm/ of 6.12 that a reader confirmed to be stale, how often, and names that are none
CONFIRMED = {
    "__page_set_anon_rmap": 1,
    "compound_mapcount": 2,
    "folio_try_share_anon_rmap": 1,
    "gup_pte_range": 1,
    "__lock_page_retry": 1,
    "reuse_ksm_page": 1,
    "ksm_migrate_page": 1,
    "unmap_and_move_page": 1,
    "move_to_new_page": 1,
    "find_extend_vma": 1,
    "shrink_zone": 1,
    "swap_entry_free": 1,
    "madvise_dontneed": 1,
    "shift_arg_pages": 1,
    "put_and_wait_on_page_locked": 1,
}
NOT_STALE = {"folio_test_clear_reclaim", "vm_normal_page_pud", "_range_rev", "memblock_alloc_xx", "alloca"}
each_version = pytest.mark.parametrize("version", VERSIONS)
# one process asks all questions about one scan
each_scan = pytest.mark.parametrize(
    "version", [pytest.param(version, marks=pytest.mark.xdist_group(f"stale-{version}")) for version in VERSIONS]
)
of_6_12 = pytest.mark.xdist_group("stale-6.12")
nightly = pytest.mark.skipif(
    not os.environ.get("KPATCHLINT_NIGHTLY"), reason="minutes for every file of a tree: set KPATCHLINT_NIGHTLY"
)


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a reader says of a name in the comments of a file; a false one has a reason."""

    path: str
    name: str
    true: bool
    nth: int = 0
    count: int = 1
    why: str = ""


class Verdicts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One tree: the point release that was read, and how many findings it has in all."""

    release: str
    findings: int
    sample: tuple[Verdict, ...]
    mm: tuple[Verdict, ...]


def verdicts(version):
    return msgspec.convert(tomllib.loads((TREES / f"stale-{version}.toml").read_text()), Verdicts)


def precision(judged):
    return sum(v.count for v in judged if v.true) / sum(v.count for v in judged)


def numbered(findings):
    """Path, name, and how many equal ones stand above, of each finding."""
    seen = Counter()
    for finding in findings:
        key = finding.position.path, finding.code
        yield (*key, seen[key])
        seen[key] += 1


def rank(key):
    return blake2b(" ".join(map(str, (SEED, *key))).encode()).digest()


@pytest.fixture(scope="module")
def found(request):
    """The findings of a tree, or of a directory of it, scanned once."""
    known = {}

    def of(version, inside=""):
        if (version, inside) not in known:
            root = request.getfixturevalue(f"tree_{version.replace('.', '_')}")
            report = scan_paths([str(root / inside)], Scan(jobs=2, chosen=frozenset((RULE,))))
            known[version, inside] = report.findings
        return known[version, inside]

    return of


def test_nine_of_ten_are_true():
    assert len(verdicts("6.12").sample) == SAMPLE
    assert precision(verdicts("6.12").sample) >= PRECISION


@each_version
def test_nine_of_ten_in_mm_are_true(version):
    assert precision(verdicts(version).mm) >= PRECISION


@each_version
def test_what_is_false_has_a_reason(version):
    judged = (*verdicts(version).sample, *verdicts(version).mm)
    assert all(bool(verdict.why) != verdict.true for verdict in judged)


def test_the_rule_says_what_the_verdicts_say():
    rule = next(rule for rule in load_rules() if rule.id == RULE)
    sample, mm = verdicts("6.12").sample, [v for version in VERSIONS for v in verdicts(version).mm]
    assert rule.stage == "default"
    assert f"{sum(v.true for v in sample)} of {len(sample)} sampled findings" in rule.evidence
    assert f"{sum(v.count for v in mm if v.true)} of {sum(v.count for v in mm)} in mm/" in rule.evidence


@pytest.mark.tree
@pytest.mark.slow
@nightly
@each_scan
def test_how_many_there_are(version, found):
    assert len(found(version)) == verdicts(version).findings


@pytest.mark.tree
@pytest.mark.slow
@nightly
@of_6_12
def test_every_finding_of_the_sample_was_judged(found):
    drawn = sorted(sorted(numbered(found("6.12")), key=rank)[:SAMPLE])
    judged = sorted((v.path, v.name, v.nth) for v in verdicts("6.12").sample)
    assert drawn == judged, "read what is new and give a verdict"


@pytest.mark.tree
@pytest.mark.slow
@each_scan
def test_every_finding_in_mm_was_judged(version, found):
    counted = Counter((f.position.path, f.code) for f in found(version, "mm"))
    judged = Counter()
    for verdict in verdicts(version).mm:
        judged[verdict.path, verdict.name] += verdict.count
    assert counted == judged, "read what is new and give a verdict"


@pytest.mark.tree
@pytest.mark.slow
@of_6_12
def test_names_that_a_reader_confirmed(found):
    mm = found("6.12", "mm")
    counted = Counter(f.code for f in mm)
    assert {name: counted[name] for name in CONFIRMED} == CONFIRMED
    assert not NOT_STALE & {f.code for f in mm}
    (wait,) = (f for f in mm if f.code == "put_and_wait_on_page_locked")
    assert "folio_put_wait_locked()" in wait.message


@pytest.mark.tree
@pytest.mark.slow
@nightly
@of_6_12
def test_names_that_are_none_are_never_found(found):
    assert not NOT_STALE & {f.code for f in found("6.12")}
