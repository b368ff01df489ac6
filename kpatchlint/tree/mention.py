"""Whether one of some words stands in a text, asked of so many texts that all words are looked for at once.

Hyperscan does that in the time that one word takes.  It is imported when it is first needed, which takes as long as a
check of a small mail; where a machine has none, or it cannot take the words, they are looked for one by one.
Assumption: both ways give the same answers.  Example:

    found = mentioning((b"f_oo", b"g_oo"))
    found(b"int ff_oof;")       True
"""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Protocol

_LIBRARY = "hyperscan"


class _Database(Protocol):
    """What is used of `hyperscan.Database`."""

    def compile(self, expressions: Sequence[bytes], ids: Sequence[int], elements: int, *, literal: bool) -> None:
        """Make it ready for these."""

    def scan(self, data: bytes, match_event_handler: Callable[..., bool], *, scratch: object) -> None:
        """Call the handler for each match, until it says that this is enough."""


@cache
def shortest(words: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Those of the words in which no other one stands: a text without these has none of the others."""
    return tuple(word for word in words if not any(other in word for other in words if other != word))


def mentioning(words: tuple[bytes, ...]) -> Callable[[bytes], bool]:
    """A function that says whether one of the words stands in a text; each thread needs its own."""
    engine = _engine()
    return (_together(engine, words) if engine else None) or _one_by_one(words)


def _one_by_one(words: tuple[bytes, ...]) -> Callable[[bytes], bool]:
    return lambda text: any(word in text for word in words)


def _together(engine: ModuleType, words: tuple[bytes, ...]) -> Callable[[bytes], bool] | None:
    """None for words that the engine cannot take: none at all, an empty one, or one that is too long."""
    # it takes a word for a string of C, which ends there
    if any(b"\0" in word for word in words):
        return None
    try:
        database = _database(engine, words)
    except engine.error:
        return None
    # what one search notes down; two at a time in one are refused
    scratch = engine.Scratch(database)

    def found(text: bytes) -> bool:
        try:
            database.scan(text, _enough, scratch=scratch)
        except engine.ScanTerminated:
            return True
        return False

    return found


def _enough(*_match: object) -> bool:
    """One match is an answer."""
    return True


@cache
def _engine() -> ModuleType | None:
    try:
        return import_module(_LIBRARY)
    except ImportError:
        return None


@cache
def _database(engine: ModuleType, words: tuple[bytes, ...]) -> _Database:
    database: _Database = engine.Database(mode=engine.HS_MODE_BLOCK)
    database.compile(expressions=words, ids=[0] * len(words), elements=len(words), literal=True)
    return database
