"""What is imported only when it is asked for does what the library does."""

from difflib import get_close_matches
from hashlib import blake2b

import platformdirs
import pytest

from kpatchlint.patch.words import words
from kpatchlint.report.plain import safe
from kpatchlint.seldom import blake2, close_matches, user_directory

WORDS = ("lock", "unlock", "unlocked", "wait")


def test_close_matches_are_those_of_difflib():
    for word in (*WORDS, "unlocks", "xyz"):
        assert close_matches(word, WORDS, 2, 0.5) == get_close_matches(word, WORDS, 2, 0.5)
        assert close_matches(word, WORDS) == get_close_matches(word, WORDS)


def test_digests_are_those_of_hashlib():
    assert blake2(b"x") == blake2b(b"x").digest()
    assert blake2(b"x", 8, b"key") == blake2b(b"x", digest_size=8, key=b"key").digest()


@pytest.mark.parametrize("named", [None, "", "  ", "/somewhere/else", "relative"])
@pytest.mark.parametrize(("kind", "theirs"), [("cache", "user_cache_path"), ("config", "user_config_path")])
def test_the_users_directories_are_those_of_platformdirs(monkeypatch, kind, theirs, named):
    variable = f"XDG_{kind.upper()}_HOME"
    monkeypatch.delenv(variable, raising=False)
    if named is not None:
        monkeypatch.setenv(variable, named)
    assert user_directory(kind) == getattr(platformdirs, theirs)("kpatchlint")


def test_other_systems_have_other_directories(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: f"Library/Caches/{name}")
    assert user_directory("cache") == "Library/Caches/kpatchlint"


@pytest.mark.parametrize(
    ("header", "text"),
    [("a  b\n c", "a b c"), ("=?utf-8?q?a_b?=", "a b"), ("=?utf-8?b?zzz", "=?utf-8?b?zzz"), ("", "")],
)
def test_words_of_a_header(header, text):
    assert words(header) == text


@pytest.mark.parametrize(("text", "said"), [("caf\u00e9", "caf\u00e9"), ("a\x1b", "a\\x1b"), ("\u3000", "\u3000")])
def test_only_what_is_not_printable_is_looked_at(text, said):
    assert safe(text) == said
