"""The files of a tree that an index reads, in groups, and which of them are as they were when last read.

Assumption: a file whose size, inode and times of change are as before is as before, unless it changed within two
seconds of being read.  Symbolic links are not followed.  Example: `listed("/tree", "mm")` gives ("mm", files of mm/
itself), then those of the directories below.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kpatchlint.tree.cache import Store
from kpatchlint.tree.shard import PROGRAM, digest
from kpatchlint.tree.words import indexed

# Bytes of one group: what one changed file costs to read again, against what a row of the cache costs.
_GROUP = 2_000_000
# A file changed so short a time before it was read may change again without a trace in its times.
_RACY_NS = 2_000_000_000
_KIND = "seen"

# Size, inode, and times of change of contents and of inode in nanoseconds.
State = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class File:
    """A file of the tree as the directory tells it."""

    path: str
    state: State


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """A file when it was read, and the digest of its bytes."""

    state: State
    digest: bytes


_SEEN = msgspec.msgpack.Decoder(dict[str, Seen])


def listed(root: str, folder: str) -> Iterator[tuple[str, tuple[File, ...]]]:
    """The indexed files of each directory in and below `folder`, by path; none where there is no such directory."""
    try:
        with os.scandir(os.path.join(root, folder)) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    inside = [(entry, entry.name if folder == "." else f"{folder}/{entry.name}") for entry in ordered]
    files = (File(path, state_of(entry)) for entry, path in inside if _wanted(entry, path))
    yield folder, tuple(files)
    for entry, path in inside:
        if entry.is_dir(follow_symlinks=False) and entry.name != ".git":
            yield from listed(root, path)


def _wanted(entry: os.DirEntry[str], path: str) -> bool:
    return indexed(path) and entry.is_file(follow_symlinks=False)


def state_of(file: os.DirEntry[str] | Path) -> State:
    """The state of a file, or of the link by which it is called."""
    stat = file.stat(follow_symlinks=False)
    return stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns


def grouped(files: Sequence[File]) -> Iterator[tuple[File, ...]]:
    """The files of one directory in groups of about equal size, in order."""
    group: list[File] = []
    size = 0
    for file in files:
        if group and size + file.state[0] > _GROUP:
            yield tuple(group)
            group, size = [], 0
        group.append(file)
        size += file.state[0]
    if group:
        yield tuple(group)


def recall(root: str, folders: Mapping[str, Sequence[File]], store: Store) -> dict[str, bytes]:
    """The digests of the files that are as they were when last read, by path."""
    keys = {_key(root, folder): files for folder, files in folders.items()}
    known: dict[str, bytes] = {}
    for key, value in store.get(_KIND, keys).items():
        seen = _SEEN.decode(value)
        for file in keys[key]:
            if file.path in seen and seen[file.path].state == file.state:
                known[file.path] = seen[file.path].digest
    return known


def settled() -> int:
    """What changed before this time, in nanoseconds, cannot have changed again without a trace."""
    return time.time_ns() - _RACY_NS


def remember(root: str, folders: Mapping[str, Sequence[File]], digests: Mapping[str, bytes], store: Store) -> None:
    """Keep what was read now, but for files that changed a moment ago."""
    last = settled()
    store.put(
        _KIND,
        {
            _key(root, folder): msgspec.msgpack.encode(
                {f.path: Seen(f.state, digests[f.path]) for f in files if max(f.state[2:]) < last}
            )
            for folder, files in folders.items()
        },
    )


def _key(root: str, folder: str) -> bytes:
    return digest(b"\0".join((PROGRAM, os.fsencode(root), os.fsencode(folder))))
