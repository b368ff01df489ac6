"""--profile: where the time of a run goes."""

import re
from contextlib import suppress

import pytest
from command import run

from kpatchlint import phases
from kpatchlint.phases import REST, begin, measured, phase, table

PATCH = "fixtures/patches/double-unlock.patch"


@pytest.fixture
def clock(monkeypatch):
    """CPU time that passes by the hand."""
    now = [0.0]
    monkeypatch.setattr(phases, "process_time", lambda: now[0])
    yield lambda seconds: now.__setitem__(0, now[0] + seconds)
    table()


def rows(text):
    return {m[1]: (float(m[2]), int(m[3])) for m in re.finditer(r"^(.+?) +([\d.]+) +\d+% +(\d+)$", text, re.M)}


def test_an_inner_phase_is_not_counted_twice(clock):
    begin()
    clock(1)
    with phase("outer"):
        clock(2)
        with phase("inner"):
            clock(4)
        clock(8)
    assert rows(table()) == {"outer": (10.0, 1), "inner": (4.0, 1), REST: (1.0, 1)}


def test_what_fails_is_counted(clock):
    begin()
    with suppress(KeyError), phase("parse"):
        clock(1)
        raise KeyError
    clock(2)
    assert rows(table()) == {REST: (2.0, 1), "parse": (1.0, 1)}


def test_nothing_is_measured_unless_somebody_asks(clock):
    assert not measured()
    with phase("parse"):
        clock(1)
    assert rows(table()) == {REST: (1.0, 1)}


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("check", PATCH), {"rules", "parse", "flow", "report"}),
        (("scan", "-j", "2", "--no-cache", "fixtures"), {"list", "read", "parse", "lower", "flow", "report"}),
    ],
)
def test_the_table_of_a_run(arguments, wanted):
    plain, profiled = run(*arguments), run(*arguments, "--profile")
    assert (profiled.status, profiled.out) == (plain.status, plain.out)
    assert wanted <= rows(profiled.err).keys()
