"""Mutated mails and C files through the whole program: a report or a clear refusal, never a traceback.

Hypothesis drives the mutations, so that a failure is made small and named by its seed.  Many more than by default:

    pytest tests/test_fuzz.py --fuzz 20000 --hypothesis-seed=1
"""

import re
from random import Random

import pytest
from command import ROOT
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from mutation import TRAPS, mutant
from patching import MINI, PATCHES

from kpatchlint.check import check_patches
from kpatchlint.examine import Text, examine
from kpatchlint.loaded import Loaded
from kpatchlint.release import newest_release
from kpatchlint.report import FORMATS
from kpatchlint.report.run import PLAIN
from kpatchlint.source import Source
from kpatchlint.tree.checkout import Checkout

MAILS = [path.read_bytes() for path in sorted(PATCHES.rglob("*")) if path.is_file() and path.suffix != ".expected"]
FIXTURES = [path.read_bytes() for path in sorted(ROOT.glob("fixtures/*/*.c"))]
# definitions with the comment above them: small texts are mutated where it hurts, and are quick
FUNCTIONS = [text for data in FIXTURES for text in re.split(rb"(?<=\n}\n)\n", data)]
SETUP = Loaded().at(newest_release())
LOADED = {False: Loaded(), True: Loaded((), Checkout(MINI))}


@pytest.fixture
def count(request):
    """How many examples to try."""
    return request.config.getoption("--fuzz")


def tried(count, check):
    """Let hypothesis run `check` that often, without a memory of earlier runs; how often it did."""
    ran = []
    plan = settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )

    @plan
    @given(st.randoms(use_true_random=False))
    def run(choose):
        ran.append(None)
        check(choose)

    run()
    return len(ran)


def test_mails(count):
    def check(choose):
        report = check_patches([("m", mutant(choose, MAILS))], LOADED[choose.random() < 0.5])
        assert report.patches or report.errors or report.notices
        FORMATS[choose.choice(sorted(FORMATS))](report, PLAIN)
        assert all(error.startswith("m") for error in report.errors)

    assert tried(count, check) >= count


def test_c_files(count):
    def check(choose):
        text = mutant(choose, FUNCTIONS)
        report = examine(Text(Source("x.c", text), SETUP), lambda start, end: True)
        lines = text.count(b"\n") + 1
        assert all(1 <= finding.position.line <= lines for finding in report.findings)
        assert all(1 <= r.line <= r.end_line <= lines for r in report.unanalyzed)

    assert tried(count, check) >= count


def test_the_same_seed_gives_the_same_mutant():
    assert [mutant(Random(seed), MAILS) for seed in range(40)] == [mutant(Random(seed), MAILS) for seed in range(40)]
    assert len({mutant(Random(seed), FUNCTIONS) for seed in range(40)}) > 35
    assert any(TRAPS[0] in mutant(Random(seed), MAILS) for seed in range(200))
