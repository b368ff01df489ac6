"""Bounds on time and memory: what reaches one costs that function, or the rest of that file, and is in the report.

Time is measured by a clock that ticks when it is read, so that no test depends on the machine.
"""

from itertools import count
from math import inf
from time import thread_time

import pytest

from kpatchlint.check import scan_source
from kpatchlint.examine import Text, examine
from kpatchlint.flow import clock, paths
from kpatchlint.flow.clock import Clock
from kpatchlint.loaded import Loaded
from kpatchlint.release import newest_release
from kpatchlint.source import Source

LEAK = (
    b"void %s(struct mm_struct *mm, pmd_t *pmd)\n{\n\tspinlock_t *ptl = pmd_lock(mm, pmd);\n\n"
    b"\tif (!g(pmd))\n\t\treturn;\n\tspin_unlock(ptl);\n}\n"
)
STOPPED = "takes longer than 50 s: analysis stopped"


@pytest.fixture
def ticking(monkeypatch):
    """Every look at the clock takes a second: one for each operation of a function."""
    ticks = count()
    monkeypatch.setattr(paths, "STEPS", 1)
    monkeypatch.setattr(clock, "thread_time", lambda: float(next(ticks)))
    monkeypatch.setattr(clock, "monotonic", lambda: inf)


def examined(text, **limits):
    return examine(text_of(text, **limits), lambda start, end: True)


def text_of(text, **limits):
    return Text(Source("x.c", text), Loaded().at(newest_release()), clock=Clock(**limits))


def slow(length, name=b"slow"):
    """A function of so many operations, and more."""
    return b"void %s(struct s *l)\n{\n%s}\n" % (name, b"".join(b"\tg(l->m%d);\n" % number for number in range(length)))


@pytest.mark.usefixtures("ticking")
class TestTime:
    def test_a_function_that_takes_too_long_costs_itself(self):
        found = examined(LEAK % b"a" + slow(60) + LEAK % b"b", of_function=50, of_file=10_000)
        (range_,) = found.unanalyzed
        assert (range_.line, range_.end_line, range_.reason) == (9, 71, STOPPED)
        assert [f.function for f in found.findings] == ["a", "b"]

    def test_past_the_time_of_a_file_no_function_is_begun(self):
        found = examined(LEAK % b"a" + slow(60) + LEAK % b"b" + LEAK % b"c", of_file=50)
        assert [r.line for r in found.unanalyzed] == [9, 72, 80]
        assert {r.reason for r in found.unanalyzed} == {"the file takes longer than 50 s: analysis stopped"}
        assert [f.function for f in found.findings] == ["a"]

    def test_a_callee_lives_on_its_callers_time(self):
        calls = b"".join(b"\tslow%d(l);\n" % number for number in range(6))
        callees = b"".join(slow(12, b"slow%d" % number) for number in range(6))
        found = examined(b"void caller(struct s *l)\n{\n%s}\n" % calls + callees, of_function=50, of_file=10_000)
        assert [(r.line, r.reason) for r in found.unanalyzed] == [(1, STOPPED)]

    def test_a_callee_that_was_given_up_is_tried_again(self):
        """Nobody takes it for one without effects, and the next caller may have the time."""
        text = text_of(b"void callee(spinlock_t *l)\n{\n\tspin_lock(l);\n}\n", of_function=-1)
        assert text.summary("callee") is None
        text.clock.of_function = 50
        assert text.summary("callee").outcomes[0].acquires


def test_the_time_of_the_thread_is_asked_for_only_when_it_may_be_up(monkeypatch):
    """Real time is cheaper to ask for, and no thread takes more of it."""
    asked = count()
    monkeypatch.setattr(clock, "thread_time", lambda: float(next(asked)))
    examined(slow(400), of_function=50)
    assert next(asked) < 10


def test_what_the_states_know_is_bounded(monkeypatch):
    monkeypatch.setattr(paths, "MOST_KNOWN", 100)
    branches = b"".join(b"\tif (a%d)\n\t\tspin_lock(&l->m%d);\n" % (number, number) for number in range(30))
    found = examined(b"void many(struct s *l)\n{\n%s}\n" % branches + LEAK % b"a")
    assert [r.reason for r in found.unanalyzed] == ["too many paths: analysis stopped at its bound"]
    assert [f.function for f in found.findings] == ["a"]


@pytest.mark.slow
def test_the_default_bounds_hold():
    """Each lock may be every other one: with thousands of them every statement takes long."""
    many = b"".join(b"\tspin_lock(&l->m%d);\n" % number for number in range(6000))
    began = thread_time()
    found = scan_source("x.c", b"void slow(struct s *l)\n{\n%s}\n" % many)
    assert thread_time() - began < 2 * clock.OF_FUNCTION
    assert [r.reason for r in found.unanalyzed] == [f"takes longer than {clock.OF_FUNCTION:g} s: analysis stopped"]
