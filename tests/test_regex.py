"""Regular expressions are compiled when they are first used."""

import re

import pytest

from kpatchlint.regex import regex


def test_it_does_what_a_compiled_one_does():
    late, now = regex(rb"a(b)?", re.I), re.compile(rb"a(b)?", re.I)
    assert late.findall(b"AB a") == now.findall(b"AB a")
    assert (late.pattern, late.flags, late.groups) == (now.pattern, now.flags, now.groups)


def test_nothing_is_compiled_before(monkeypatch):
    seen = []
    real = re.compile
    monkeypatch.setattr(re, "compile", lambda *given: (seen.append(given), real(*given))[1])
    late = regex("x+")
    assert late.pattern == "x+"
    assert not seen
    late.search("xx")
    late.search("xx")
    assert seen == [("x+", 0)]


def test_a_broken_one_is_told_when_it_is_used():
    late = regex("(")
    with pytest.raises(re.error):
        late.search("")
