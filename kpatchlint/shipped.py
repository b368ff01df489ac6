"""Rule files, parsed and checked once: what a file says is kept in the user's cache by the hash of its text.

Assumption: what a file says depends on its text, on what else the caller names, and on the module of the kind of value.
The cache is one file beside that of `tree/cache.py`; one that is torn, foreign or cannot be written is done without.
Example: `shipped(path, ContractFile)` parses TOML the first time, and from then on decodes MessagePack.
"""

import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import source_hash
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from kpatchlint.data import read, unreadable
from kpatchlint.files import versions
from kpatchlint.seldom import user_directory

T = TypeVar("T")
U = TypeVar("U")
# more texts than a few sets of rules have; all that are kept are read at each start, 50 of one set in 0.5 ms
_MOST = 250


class _Shelf(Struct, frozen=True):
    """The values that are kept, encoded, by their keys; `new` are those that the file at `path` does not have."""

    path: Path
    kept: dict[str, bytes | memoryview]
    new: dict[str, bytes] = {}


def default_path() -> Path:
    """Where the values are kept: beside or, if it is a directory, in `KPATCHLINT_CACHE`; or in the user's cache."""
    named = os.environ.get("KPATCHLINT_CACHE")
    if named and not os.path.isdir(named):
        return Path(f"{named}.rules")
    return (Path(named) if named else user_directory("cache")) / "rules.msgpack"


def shipped(path: Path, kind: type[T], check: Callable[[T], None] | None = None, also: bytes = b"") -> T:
    """The file at `path` as a `kind`; `UserError` when it is broken, or `check` raises it.

    also  what the check depends on besides the file
    """

    def checked(value: T) -> T:
        if check is not None:
            check(value)
        return value

    return _kept(path, kind, kind, checked, _key(path, (kind,), check, also))


def made(path: Path, kind: type[T], into: type[U], make: Callable[[T], U], also: bytes = b"") -> U:
    """What `make` makes of the file at `path`, a `kind`; `UserError` when it is broken, or `make` raises it.

    also  what `make` depends on besides the file
    """
    return _kept(path, kind, into, make, _key(path, (kind, into), make, also))


def _kept(path: Path, kind: type[T], into: type[U], make: Callable[[T], U], key: str) -> U:
    shelf = _shelf(_place(os.environ.get("KPATCHLINT_CACHE")))
    with contextlib.suppress(KeyError, msgspec.DecodeError):
        return msgspec.msgpack.decode(shelf.kept[key], type=into)
    value = make(read(path, kind))
    shelf.kept[key] = shelf.new[key] = msgspec.msgpack.encode(value)
    return value


def keep() -> None:
    """Write what was parsed since the last time, for the next run; best called when everything is read."""
    shelf = _shelf(_place(os.environ.get("KPATCHLINT_CACHE")))
    if not shelf.new:
        return
    old = {} if len(shelf.kept) > _MOST else shelf.kept
    beside = shelf.path.with_name(f"{shelf.path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        shelf.path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(msgspec.msgpack.encode({**old, **shelf.new}))
        beside.replace(shelf.path)
    shelf.new.clear()


@cache
def _place(named: str | None) -> Path:
    """`default_path`, looked for once, while `KPATCHLINT_CACHE` says `named`."""
    return default_path()


@cache
def _shelf(path: Path) -> _Shelf:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        return _Shelf(path, msgspec.msgpack.decode(path.read_bytes(), type=dict[str, memoryview]))
    return _Shelf(path, {})


def _key(path: Path, kinds: Sequence[type], check: Callable[[T], object] | None, also: bytes) -> str:
    with unreadable(path), open(path, "rb", buffering=0) as file:
        text = file.readall()
    above, name = os.path.split(path)
    checks = _program(check.__module__) if check else ""
    told = (text for kind in kinds for text in (kind.__qualname__, _program(kind.__module__)))
    about = "\0".join((os.path.basename(above), name, *told, checks))
    # what Python keeps its own compiled files by; hashlib would take longer to load than to hash
    return source_hash(about.encode("utf-8", "surrogateescape") + also + b"\0" + text).hex()


@cache
def _program(module: str) -> str:
    """What changes when the module does."""
    return f"{module} {versions([Path(sys.modules[module].__file__ or '')])}"
