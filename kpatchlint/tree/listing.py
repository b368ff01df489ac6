"""The files of a tree that an index reads, in groups, and which of them are as they were when last read.

Assumption: a file whose size, inode and times of change are as before is as before, unless it changed within two
seconds of being read.  Symbolic links are not followed.  Example: `listed("/tree", "mm")` gives ("mm", files of mm/
itself), then those of the directories below.
"""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import msgspec

from kpatchlint.errors import UserError
from kpatchlint.tree.cache import Store
from kpatchlint.tree.shard import PROGRAM, digest
from kpatchlint.tree.words import indexed

# Bytes of one group: what one changed file costs to read again, against what a row of the cache costs.
_GROUP = 2_000_000
# A file changed so short a time before it was read may change again without a trace in its times.
_RACY_NS = 2_000_000_000
_KIND = "seen"
# Bytes that are read at once: more than nearly any file has.
_READ = 1 << 18

# Size, inode, and times of change of contents and of inode in nanoseconds.
State = tuple[int, int, int, int]


# Of a file of a commit: its size, and its id.
Blob = tuple[int, str]
# A file of the tree as the directory or the commit tells it: its path, and its state, of which the size is first.
File = tuple[str, State | Blob]
Group = tuple[File, ...]

_STATES: ContextVar[dict[str, State] | None] = ContextVar("states", default=None)
_KNOWN = msgspec.msgpack.Decoder(dict[bytes, bytes])


def listed(root: str, folder: str) -> Iterator[tuple[str, list[File]]]:
    """The indexed files of each directory in and below `folder`, by path; none where there is no such directory."""
    try:
        with os.scandir(os.path.join(root, folder)) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    inside = [(entry.name if folder == "." else f"{folder}/{entry.name}", entry) for entry in ordered]
    yield folder, [(path, state_of(entry)) for path, entry in inside if _wanted(path, entry)]
    for path, entry in inside:
        if entry.is_dir(follow_symlinks=False) and entry.name != ".git":
            yield from listed(root, path)


def _wanted(path: str, entry: os.DirEntry[str]) -> bool:
    return indexed(path) and entry.is_file(follow_symlinks=False)


@contextmanager
def looked_at_once() -> Iterator[None]:
    """Inside, no file is looked at twice: what lists a tree a second time takes the states from the first."""
    before = _STATES.set({})
    try:
        yield
    finally:
        _STATES.reset(before)


def state_of(file: os.DirEntry[str] | Path) -> State:
    """The state of a file, or of the link by which it is called."""
    states = _STATES.get()
    if states is None:
        return _looked_at(file)
    path = os.fspath(file)
    if path not in states:
        states[path] = _looked_at(file)
    return states[path]


def _looked_at(file: os.DirEntry[str] | Path) -> State:
    stat = file.stat(follow_symlinks=False)
    return stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns


def contents(root: str, path: str) -> bytes:
    """The bytes of a listed file; none of one that has vanished since.  Raises `UserError` for one that cannot be read.

    Three calls of the system, where a file object makes seven: sixty thousand files are read so.
    """
    whole = os.path.join(root, path)
    try:
        file = os.open(whole, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            parts = [os.read(file, _READ)]
            while len(parts[-1]) == _READ:
                parts.append(os.read(file, _READ))
        finally:
            os.close(file)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", path=whole) from error
    return parts[0] if len(parts) == 1 else b"".join(parts)


def grouped(files: Sequence[File]) -> Iterator[Group]:
    """The files of one directory in groups of about equal size, in order."""
    group: list[File] = []
    size = 0
    for file in files:
        here = file[1][0]
        if group and size + here > _GROUP:
            yield tuple(group)
            group, size = [], 0
        group.append(file)
        size += here
    if group:
        yield tuple(group)


def mark(group: Group) -> bytes:
    """A hash of the paths and states of some files: what it stood for once, it stands for as long as they are so."""
    return digest(msgspec.msgpack.encode([(os.fsencode(path), state) for path, state in group]))


def recall(root: str, folders: Sequence[str], store: Store) -> dict[bytes, bytes]:
    """What was read of these folders at last: the shard of each group by its mark."""
    key = _key(root, folders)
    kept = store.get(_KIND, [key]).get(key)
    return _KNOWN.decode(kept) if kept is not None else {}


def settled() -> int:
    """What changed before this time, in nanoseconds, cannot have changed again without a trace."""
    return time.time_ns() - _RACY_NS


def remember(
    root: str, folders: Sequence[str], groups: Iterable[tuple[Group, bytes, bytes]], last: int, store: Store
) -> None:
    """Keep the shard of each group, unless a file of it changed a moment ago.

    groups  each with its mark and the key of its shard
    last    what had settled when the reading began, as `settled` says it
    """
    kept = {name: key for group, name, key in groups if all(_latest(state) < last for _, state in group)}
    store.put(_KIND, {_key(root, folders): msgspec.msgpack.encode(kept)})


def _latest(state: State | Blob) -> int:
    """When a file of a directory changed; one of a commit never does."""
    return max(state[2], state[3]) if len(state) == 4 else 0


def _key(root: str, folders: Sequence[str]) -> bytes:
    return digest(b"\0".join((PROGRAM, os.fsencode(root), *map(os.fsencode, folders))))
