"""Where the files of an index come from: a directory, or a commit of a git repository.

Assumption: what a commit holds never changes, so that what was read of it once is known by its ids; of a directory it
is known by size and times (`tree/listing.py`).  Symbolic links and submodules are left out of both, and equal files are
grouped alike, so that a directory and a commit share what is kept of them.  Example: where `snapshot` has the files of
`root`, `committed(snapshot)` and `Directory(root)` have groups of the same files.
"""

import os
from abc import abstractmethod
from collections.abc import Iterator, Sequence, Set
from functools import cache, cached_property
from pathlib import Path

import msgspec
from msgspec import Struct

from kpatchlint.errors import UserError
from kpatchlint.tree.cache import Store
from kpatchlint.tree.git import LINK, SUBMODULE, Repository, Snapshot, lost
from kpatchlint.tree.listing import Blob, Group, contents, grouped, listed, recall, remember
from kpatchlint.tree.packing import pack, unpack
from kpatchlint.tree.shard import PROGRAM, digest
from kpatchlint.tree.words import indexed
from kpatchlint.value import Abstract

# A group, what marks it, and the key of its shard.
Told = tuple[Group, bytes, bytes]
# The files of a shard, and its key.
Files = tuple[tuple[str, ...], bytes]

_MARKED, _WHOLE = "blobs", "commit"
_WHOLE_KEPT = msgspec.msgpack.Decoder(tuple[tuple[bytes, bytes], ...])


class Origin(Struct, frozen=True, metaclass=Abstract):
    """A tree that an index is made of; it can be handed to another process."""

    @abstractmethod
    def groups(self, folders: Sequence[str]) -> Iterator[Group]:
        """The indexed files in and below some folders, by directory, in groups; `.` is all."""

    @abstractmethod
    def texts(self, group: Group) -> list[tuple[str, bytes]]:
        """The files of a group with their bytes; none of one that vanished.  `UserError` if unreadable."""

    @abstractmethod
    def read(self, path: str) -> bytes:
        """The bytes of one file; none of one that is not there.  `UserError` if unreadable."""

    @abstractmethod
    def known(self, folders: Sequence[str], marks: Sequence[bytes], store: Store) -> dict[bytes, bytes]:
        """Keys of shards by the marks of their groups, as far as they were read before."""

    @abstractmethod
    def keep(self, folders: Sequence[str], told: Sequence[Told], new: Set[bytes], last: int, store: Store) -> None:
        """Keep the keys of all groups.

        new   the marks of those that were not known
        last  what had settled when they were listed
        """

    def whole(self, folders: Sequence[str], store: Store) -> tuple[Files, ...] | None:
        """Every shard of the folders, if that is known without a look at the files."""
        return None


class Directory(Origin, frozen=True, dict=True):
    """The directory `root`."""

    root: Path

    def groups(self, folders: Sequence[str]) -> Iterator[Group]:
        """See `Origin`."""
        return (group for folder in folders for _, files in listed(self._top, folder) for group in grouped(files))

    def texts(self, group: Group) -> list[tuple[str, bytes]]:
        """See `Origin`."""
        return [(path, contents(self._top, path)) for path, _ in group]

    def read(self, path: str) -> bytes:
        """See `Origin`."""
        return contents(self._top, path)

    def known(self, folders: Sequence[str], marks: Sequence[bytes], store: Store) -> dict[bytes, bytes]:
        """See `Origin`."""
        return recall(self._top, folders, store)

    def keep(self, folders: Sequence[str], told: Sequence[Told], new: Set[bytes], last: int, store: Store) -> None:
        """See `Origin`."""
        if new:
            remember(self._top, folders, told, last, store)

    @cached_property
    def _top(self) -> str:
        return str(self.root.resolve())


class Committed(Origin, frozen=True):
    """The tree of a commit, by its full id, in the repository with this git directory."""

    git_dir: Path
    tree: str

    def groups(self, folders: Sequence[str]) -> Iterator[Group]:
        """See `Origin`.  Raises `LostObjectError` where one is not in the repository."""
        inside: dict[tuple[str, ...], list[tuple[str, Blob]]] = {}
        for path, blob in self._listed(folders):
            inside.setdefault(tuple(path.split("/")[:-1]), []).append((path, blob))
        return (group for folder in sorted(inside) for group in grouped(sorted(inside[folder])))

    def texts(self, group: Group) -> list[tuple[str, bytes]]:
        """See `Origin`."""
        contents = self._repository.objects([str(blob[1]) for _, blob in group])
        return [(path, content) for (path, _), content in zip(group, contents, strict=True)]

    def read(self, path: str) -> bytes:
        """See `Origin`."""
        return Snapshot(self._repository, self.tree).read(path) or b""

    def known(self, folders: Sequence[str], marks: Sequence[bytes], store: Store) -> dict[bytes, bytes]:
        """See `Origin`."""
        named = {_of_program(mark): mark for mark in marks}
        return {named[name]: key for name, key in store.get(_MARKED, named).items()}

    def keep(self, folders: Sequence[str], told: Sequence[Told], new: Set[bytes], last: int, store: Store) -> None:
        """See `Origin`."""
        store.put(_MARKED, {_of_program(mark): key for _, mark, key in told if mark in new})
        rows = [(b"\0".join(os.fsencode(path) for path, _ in group), key) for group, _, key in told]
        store.put(_WHOLE, {self._key(folders): pack(msgspec.msgpack.encode(rows))})

    def whole(self, folders: Sequence[str], store: Store) -> tuple[Files, ...] | None:
        """See `Origin`."""
        key = self._key(folders)
        kept = store.get(_WHOLE, [key]).get(key)
        if kept is None:
            return None
        rows = _WHOLE_KEPT.decode(unpack(kept))
        return tuple((tuple(os.fsdecode(paths).split("\0")), key) for paths, key in rows)

    def _key(self, folders: Sequence[str]) -> bytes:
        return digest(b"\0".join((PROGRAM, self.tree.encode(), *map(os.fsencode, folders))))

    def _listed(self, folders: Sequence[str]) -> Iterator[tuple[str, Blob]]:
        """The indexed files, in no order."""
        paths = [] if "." in folders else [f"{folder}/" for folder in folders]
        try:
            lines = self._repository.run("ls-tree", "-r", "-z", "-l", "--full-tree", self.tree, "--", *paths)
        except UserError as error:
            # older gits end at the first object that they may not fetch
            raise lost(self.tree, error.what) from error
        for line in lines.decode(errors="surrogateescape").split("\0")[:-1]:
            about, _, path = line.partition("\t")
            if indexed(path):
                mode, _, id, size = about.split()
                if mode not in (LINK, SUBMODULE):
                    yield path, (_size(id, size), id)

    @property
    def _repository(self) -> Repository:
        return _opened(self.git_dir, os.getpid())


def committed(snapshot: Snapshot) -> Committed:
    """The origin for the files of a commit."""
    return Committed(snapshot.repository.git_dir, snapshot.tree)


@cache
def _opened(git_dir: Path, process: int) -> Repository:
    """The repository, once for each process: two that ask one git would read each other's answers."""
    return Repository(git_dir)


def _of_program(mark: bytes) -> bytes:
    """What a group is known by: another program says other things of it."""
    return digest(PROGRAM + mark)


def _size(id: str, said: str) -> int:
    if not said.isdecimal():
        raise lost(id)
    return int(said)
