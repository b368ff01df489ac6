"""What was computed once, kept by the hash of what it was computed from: one SQLite file in the user's cache directory.

Assumption: a key is a hash of everything an answer depends on, the program included, so that an entry is never wrong,
only unused.  Several processes may read and write at once.  A file that is torn, foreign or of another version is
thrown away and begun anew; where none can be written the run does without.  Example:

    store = Store(default_path()); store.put("shard", {key: value}); store.get("shard", [key])     {key: value}
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from kpatchlint.seldom import blake2, user_directory

_APPLICATION = 0x6B706C69
_VERSION = 2
_PATIENCE = 30.0
_DAY = 24 * 3600
# Entries nobody asked for this long are dropped when something is written.
_KEPT_DAYS = 30
_MOST_ASKED = 500
# An index of its own: what is looked for is compared with keys, and where values stand beside them SQLite reads each of
# those as a whole.
_SCHEMA = "CREATE TABLE entry (kind TEXT, key BLOB, used INTEGER, value BLOB, UNIQUE (kind, key))"


def default_path() -> Path:
    """Where the cache lies: `KPATCHLINT_CACHE`, in it if that is a directory, or the user's cache directory."""
    named = os.environ.get("KPATCHLINT_CACHE")
    if named and not os.path.isdir(named):
        return Path(named)
    return (Path(named) if named else user_directory("cache")) / "trees.sqlite"


def unkept(path: Path) -> tuple[str, ...]:
    """A line for the user where a cache file can be neither opened nor made; else none."""
    folder = next(above for above in path.absolute().parents if os.path.lexists(above))
    usable = os.path.isfile(path) and os.access(path, os.R_OK | os.W_OK)
    if usable or (os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK) and not os.path.isdir(path)):
        return ()
    return (f"nothing is kept for the next run: {path} cannot be written (cure: name another with KPATCHLINT_CACHE)",)


def stamp(*files: str) -> bytes:
    """A hash of program files: what an old program computed is no answer of the new one."""
    return blake2(b"".join(Path(file).read_bytes() for file in files), 16)


class Store(Struct, frozen=True, dict=True):
    """The cache file at `path`; kinds keep keys apart."""

    path: Path

    def get(self, kind: str, keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """The entries that are there."""
        try:
            return dict(self._found(kind, tuple(keys)))
        except sqlite3.DatabaseError:
            self._begin_anew()
            return {}

    def has(self, kind: str, keys: Iterable[bytes]) -> frozenset[bytes]:
        """The keys that are there."""
        try:
            return frozenset(key for key, *_ in self._asked("key, used", kind, tuple(keys)))
        except sqlite3.DatabaseError:
            self._begin_anew()
            return frozenset()

    def has_any(self, kind: str) -> bool:
        """Whether an entry of the kind is there."""
        try:
            return any(self._connection.execute("SELECT 1 FROM entry WHERE kind = ? LIMIT 1", (kind,)))
        except sqlite3.DatabaseError:
            self._begin_anew()
            return False

    def put(self, kind: str, entries: Mapping[bytes, bytes]) -> None:
        """Keep entries; a full or read-only disk keeps none."""
        self.put_all({kind: entries})

    def put_all(self, kinds: Mapping[str, Mapping[bytes, bytes]]) -> None:
        """Keep entries of several kinds, at once."""
        now = int(time.time())
        rows = [(kind, key, now, value) for kind, entries in kinds.items() for key, value in entries.items()]
        with contextlib.suppress(sqlite3.OperationalError), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)", rows)
            self._sweep()

    def _sweep(self) -> None:
        """Drop what was not asked for in a long time: once, because all that is there has to be looked through."""
        if "_swept" not in self.__dict__:
            self.__dict__["_swept"] = True
            long_ago = int(time.time()) - _KEPT_DAYS * _DAY
            self._connection.execute("DELETE FROM entry WHERE used < ?", (long_ago,))

    def _found(self, kind: str, keys: tuple[bytes, ...]) -> Iterator[tuple[bytes, bytes]]:
        return ((key, value) for key, value, _ in self._asked("key, value, used", kind, keys))

    def _asked(self, columns: str, kind: str, keys: tuple[bytes, ...]) -> Iterator[tuple[bytes, ...]]:
        """Rows of these columns, of which the first is the key and the last the day of use."""
        old = int(time.time()) - _DAY
        worn: list[bytes] = []
        for at in range(0, len(keys), _MOST_ASKED):
            some = keys[at : at + _MOST_ASKED]
            marks = ",".join("?" * len(some))
            query = f"SELECT {columns} FROM entry WHERE kind = ? AND key IN ({marks})"
            for row in self._connection.execute(query, (kind, *some)):
                worn += [row[0]] if row[-1] < old else []
                yield row
        if worn:
            self._touch(kind, worn)

    def _touch(self, kind: str, keys: Iterable[bytes]) -> None:
        now = int(time.time())
        with contextlib.suppress(sqlite3.OperationalError), self._connection:
            rows = [(now, kind, key) for key in keys]
            self._connection.executemany("UPDATE entry SET used = ? WHERE kind = ? AND key = ?", rows)

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        try:
            return _opened(self.path)
        except sqlite3.DatabaseError:
            return self._opened_anew()

    def _opened_anew(self) -> sqlite3.Connection:
        """A new file where a bad one was; one in memory where none can be written."""
        try:
            for name in (self.path, *self.path.parent.glob(f"{self.path.name}-*")):
                name.unlink(missing_ok=True)
            return _opened(self.path)
        except (OSError, sqlite3.DatabaseError):
            return _opened(None)

    def _begin_anew(self) -> None:
        self.__dict__.pop("_connection").close()
        self.__dict__["_connection"] = self._opened_anew()


def _opened(path: Path | None) -> sqlite3.Connection:
    """A connection to a file of this version; `sqlite3.DatabaseError` for any other."""
    if path is not None:
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path or ":memory:", timeout=_PATIENCE)
    try:
        with connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("BEGIN IMMEDIATE")
            _prepare(connection)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    """Lay out an empty file; `sqlite3.DatabaseError` for what is not ours."""
    found = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    if found == [_APPLICATION, _VERSION]:
        return
    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise sqlite3.DatabaseError("foreign")
    connection.execute(_SCHEMA)
    connection.execute(f"PRAGMA application_id = {_APPLICATION}")
    connection.execute(f"PRAGMA user_version = {_VERSION}")
