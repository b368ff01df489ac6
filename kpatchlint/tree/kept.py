"""Answers about a tree that are kept for the next run: rows of the cache, each asked for by names.

A row is read once in a run, and written once, at its end.  Assumption: the key of a row is a hash of everything that
its answers depend on, the program included.  Example:

    kept = Kept(Store(path)); kept.row("declared", key).put("f", b"1"); kept.save()
    Kept(Store(path)).row("declared", key).get("f")         b"1"
"""

import contextlib
from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from kpatchlint.seldom import blake2

_ROW = msgspec.msgpack.Decoder(dict[str, bytes])


class Store(Protocol):
    """`kpatchlint.tree.cache.Store`, which a run without a tree does not import."""

    def get(self, kind: str, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The entries that are there."""

    def put(self, kind: str, entries: Mapping[bytes, bytes]) -> None:
        """Keep entries."""


def digest(parts: Iterable[bytes]) -> bytes:
    """16 bytes that name these parts."""
    return blake2(b"".join(b"%d %b" % (len(part), part) for part in parts), 16)


class Row:
    """What is known under one key, by name; `new` is what the cache has not yet."""

    def __init__(self, known: dict[str, bytes]) -> None:
        self.known, self.new = known, dict[str, bytes]()

    def get(self, name: str) -> bytes | None:
        """The answer of that name, if it is known."""
        found = self.new.get(name)
        return self.known.get(name) if found is None else found

    def put(self, name: str, answer: bytes) -> None:
        """Know an answer."""
        self.new[name] = answer


class Kept:
    """The rows of one run; without a store they last as long as it."""

    def __init__(self, store: Store | None = None) -> None:
        self.store = store
        self._rows: dict[tuple[str, bytes], Row] = {}
        self._lasting: set[tuple[str, bytes]] = set()

    def row(self, kind: str, key: bytes, *, lasting: bool = True) -> Row:
        """The row with that key; only a lasting one is kept for the next run."""
        place = kind, key
        if place not in self._rows:
            self._rows[place] = Row(self._read(kind, key) if lasting else {})
        if lasting:
            self._lasting.add(place)
        return self._rows[place]

    def save(self) -> None:
        """Write what is new, beside what other processes have written since."""
        for kind, key in self._lasting if self.store else ():
            row = self._rows[kind, key]
            if self.store and row.new:
                whole = {**self._read(kind, key), **row.new}
                self.store.put(kind, {key: msgspec.msgpack.encode(whole)})
                row.known, row.new = whole, {}

    def _read(self, kind: str, key: bytes) -> dict[str, bytes]:
        kept = self.store.get(kind, [key]) if self.store else {}
        with contextlib.suppress(msgspec.DecodeError):
            return _ROW.decode(kept[key]) if kept else {}
        return {}
