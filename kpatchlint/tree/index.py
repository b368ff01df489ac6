"""What a whole tree has: every name of its code, and which file's comments speak of which name.

Built once and kept in the cache by content, so that only directories with changed files are read again.  Assumption:
names in headers of a configuration that is not built exist too.  Example:

    index = open_index(root, Store(default_path()))
    index.missing({b"f_oo"})       those of the names that no code of the tree has
    index.unknown                  path to names: what comments claim and the tree does not have
"""

import os
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path

import msgspec

from kpatchlint.errors import UserError
from kpatchlint.tree.cache import Store
from kpatchlint.tree.listing import File, grouped, listed, recall, remember
from kpatchlint.tree.paste import generated
from kpatchlint.tree.shard import (
    PROGRAM,
    Shard,
    calls_of,
    digest,
    macros_of,
    make_shard,
    named,
    names_text,
    pack,
    remarks_of,
    shard_key,
    unpack,
)
from kpatchlint.tree.words import indexed

# Below this many groups to read, a second process costs more than it saves.
_FEW = 8
# Groups of one task, and rows of one query: so many are in memory at once.
_BATCH = 32
_SHARDS, _PASTED, _UNKNOWN = "shard", "pasted", "unknown"
_UNKNOWN_NAMES = msgspec.msgpack.Decoder(dict[str, frozenset[bytes]])


@dataclass(frozen=True, slots=True)
class Part:
    """The files of one shard, and the key of what they say."""

    paths: tuple[str, ...]
    key: bytes


@dataclass(frozen=True)
class Index:
    """A tree as it stands; `own` and `texts` are the shards and files of it that exist in memory only."""

    root: Path
    parts: tuple[Part, ...]
    store: Store
    own: Mapping[bytes, Shard] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def state(self) -> bytes:
        """A hash of all that it says."""
        return digest(b"".join((PROGRAM, *(part.key for part in self.parts))))

    def missing(self, names: Iterable[bytes]) -> frozenset[bytes]:
        """Those of the names that no code of the tree has; what is pasted together counts."""
        left = set(names)
        for _, shard in self._shards() if left else ():
            left -= named(shard, left)
        return frozenset(left - self._pasted if left else left)

    def near(self, path: str) -> bytes:
        """The names of the code around a file, a line each with a line end before it; empty for an unknown file."""
        part = self._parts.get(path)
        return b"".join(names_text(shard) for _, shard in self._of([part] if part else []))

    @cached_property
    def _parts(self) -> Mapping[str, Part]:
        return {path: part for part in self.parts for path in part.paths}

    @cached_property
    def unknown(self) -> Mapping[str, frozenset[bytes]]:
        """By path, the names that comments claim and the tree does not have."""
        kept = self.store.get(_UNKNOWN, [self.state]).get(self.state)
        if kept is not None:
            return _UNKNOWN_NAMES.decode(zlib.decompress(kept))
        claims = {each.path: each.claimed for _, shard in self._shards() for each in remarks_of(shard)}
        missing = self.missing(name for claimed in claims.values() for name in claimed)
        found = {path: missing.intersection(claimed) for path, claimed in claims.items()}
        found = {path: names for path, names in found.items() if names}
        self.store.put(_UNKNOWN, {self.state: zlib.compress(msgspec.msgpack.encode(found))})
        return found

    def saying(self, names: Collection[bytes]) -> Mapping[str, frozenset[bytes]]:
        """By path, those of the names that the comments of a file speak of."""
        wanted = frozenset(names)
        remarks = (each for _, shard in self._shards() for each in remarks_of(shard)) if wanted else iter(())
        found = ((each.path, wanted.intersection(each.said)) for each in remarks)
        return {path: said for path, said in found if said}

    def patched(self, changed: Mapping[str, bytes | None]) -> "Index":
        """The same tree with these files as they are here, None for one that is gone."""
        texts = {**self.texts, **{path: text for path, text in changed.items() if text is not None}}
        groups = [
            tuple(path for path in part.paths if changed.get(path, b"") is not None)
            for part in self.parts
            if not changed.keys().isdisjoint(part.paths)
        ]
        groups.append(tuple(path for path in texts if path in changed and path not in self._parts and indexed(path)))
        new = replace(self, texts=texts, own={})
        made = [_made([(path, new.read(path)) for path in group]) for group in groups if group]
        kept = tuple(part for part in self.parts if changed.keys().isdisjoint(part.paths))
        own = {**self.own, **{part.key: shard for part, shard in made}}
        return replace(new, parts=(*kept, *(part for part, _ in made)), own=own)

    def read(self, path: str) -> bytes:
        """The text of a file of the index; `UserError` when it cannot be read."""
        return self.texts[path] if path in self.texts else _read(str(self.root), path)

    @cached_property
    def _pasted(self) -> frozenset[bytes]:
        """Every name that macros build."""
        kept = self.store.get(_PASTED, [self.state]).get(self.state)
        if kept is None:
            macros = (macro for _, shard in self._shards() for macro in macros_of(shard))
            calls = (call for _, shard in self._shards() for call in calls_of(shard))
            kept = zlib.compress(b"\n".join(generated(macros, calls)))
            self.store.put(_PASTED, {self.state: kept})
        return frozenset(zlib.decompress(kept).split(b"\n"))

    def _shards(self) -> Iterator[tuple[Part, Shard]]:
        for at in range(0, len(self.parts), _BATCH):
            yield from self._of(self.parts[at : at + _BATCH])

    def _of(self, parts: Sequence[Part]) -> Iterator[tuple[Part, Shard]]:
        """The shards of some parts; one that the cache lost in the meantime is made again."""
        kept = self.store.get(_SHARDS, (part.key for part in parts if part.key not in self.own))
        for part in parts:
            if part.key in self.own:
                yield part, self.own[part.key]
            elif part.key in kept:
                yield part, unpack(kept[part.key])
            else:
                yield part, make_shard([(path, self.read(path)) for path in part.paths])


def _made(files: Sequence[tuple[str, bytes]]) -> tuple[Part, Shard]:
    key = shard_key((path, digest(text)) for path, text in files)
    return Part(tuple(path for path, _ in files), key), make_shard(files)


def open_index(root: Path, store: Store, jobs: int = 2, folders: Sequence[str] = (".",)) -> Index:
    """The index of the tree at `root`, or of some of its folders, as they stand now.

    jobs  how many processes read what the cache does not have
    Raises `UserError` for a file that cannot be read.
    """
    top = str(root.resolve())
    found = {name: files for folder in folders for name, files in listed(top, folder)}
    groups = [group for files in found.values() for group in grouped(files)]
    known = recall(top, found, store)
    there = store.has(_SHARDS, (_key(group, known) for group in groups if _all_in(group, known)))
    wanted = [g for g in groups if not _all_in(g, known) or _key(g, known) not in there]
    for digests, rows in _read_groups(top, store.path, wanted, jobs):
        known.update(digests)
        store.put(_SHARDS, rows)
    if wanted:
        changed = {os.path.dirname(file.path) or "." for group in wanted for file in group}
        remember(top, {name: files for name, files in found.items() if name in changed}, known, store)
    return Index(root, tuple(Part(tuple(f.path for f in group), _key(group, known)) for group in groups), store)


def _all_in(group: Sequence[File], known: Mapping[str, bytes]) -> bool:
    return all(file.path in known for file in group)


def _key(group: Sequence[File], known: Mapping[str, bytes]) -> bytes:
    return shard_key((file.path, known[file.path]) for file in group)


Work = tuple[str, Path, tuple[tuple[str, ...], ...]]
Result = tuple[dict[str, bytes], dict[bytes, bytes]]


def _read_groups(root: str, cached: Path, groups: Sequence[Sequence[File]], jobs: int) -> Iterator[Result]:
    """Digests by path, and packed shards by key unless the cache has them, in batches."""
    paths = [tuple(file.path for file in group) for group in groups]
    work = [(root, cached, tuple(paths[at : at + _BATCH])) for at in range(0, len(paths), _BATCH)]
    if jobs == 1 or len(groups) < _FEW:
        yield from map(_read_batch, work)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(_read_batch, work)


def _read_batch(work: Work) -> Result:
    root, cached, groups = work
    digests: dict[str, bytes] = {}
    rows: dict[bytes, bytes] = {}
    for paths in groups:
        files = [(path, _read(root, path)) for path in paths]
        mine = {path: digest(text) for path, text in files}
        key = shard_key(mine.items())
        digests.update(mine)
        if not _store(cached).has(_SHARDS, [key]):
            rows[key] = pack(make_shard(files))
    return digests, rows


@cache
def _store(cached: Path) -> Store:
    return Store(cached)


def _read(root: str, path: str) -> bytes:
    """The bytes of a file; none of one that vanished since it was listed."""
    try:
        with open(os.path.join(root, path), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", path=os.path.join(root, path)) from error
