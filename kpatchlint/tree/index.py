"""What a whole tree has: every name of its code, and which file's comments speak of which name.

Built once and kept in the cache by content, so that only directories with changed files are read again.  Assumption:
names in headers of a configuration that is not built exist too.  Example:

    index = open_index(Directory(root), Store(default_path()))
    index.missing({b"f_oo"})       those of the names that no code of the tree has
    index.claims                   path to names: what comments claim and the code around does not have
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.pool import local, spread
from kpatchlint.tree.cache import Store
from kpatchlint.tree.listing import Group, mark, settled
from kpatchlint.tree.origin import Origin
from kpatchlint.tree.packing import pack, unpack
from kpatchlint.tree.parts import NAMES, PASTING, REMARKS, Part, keep, packed, store_at
from kpatchlint.tree.paste import Pasters, generated, pasters
from kpatchlint.tree.pasted import pasted, pasting
from kpatchlint.tree.shard import (
    PROGRAM,
    Remarks,
    Shard,
    digest,
    make_shard,
    named,
    names_text,
    pasting_of,
    remarks_of,
    shard_key,
)
from kpatchlint.tree.table import there
from kpatchlint.tree.words import indexed, is_program

# Groups of one task that reads files: so many are in memory at once.
_BATCH = 32
# Shards of one task that looks for names.
_SHARE = 400
# Names that are looked for one by one, more than a patch asks for, and as many as a scan does.
_FEW, _SOME, _MANY = 16, 100, 1000
_PASTERS = "pasters"
_PASTERS_KEPT = msgspec.msgpack.Decoder(Pasters)


# A group with its mark.
Marked = tuple[bytes, Group]
# Origin, cache unless it is empty, and each group by its mark.
Work = tuple[Origin, Path | None, dict[bytes, Group]]
# Keys of shards by the marks of their groups, and shards by key.
Result = tuple[dict[bytes, bytes], dict[bytes, Shard]]
Watch = Callable[[Iterator[Result], int], Iterator[Result]]


class Index(Struct, frozen=True, dict=True):
    """A tree as it stands; `own` and `texts` are the shards and files of it that exist in memory only.

    `base` is the tree below these, and None for one that no patch has changed.
    """

    origin: Origin
    parts: tuple[Part, ...]
    store: Store
    jobs: int = 1
    own: Mapping[bytes, Shard] = {}
    texts: Mapping[str, bytes] = {}
    base: "Index | None" = None

    @cached_property
    def state(self) -> bytes:
        """A hash of all that it says."""
        return digest(b"".join((PROGRAM, *(part.key for part in self.parts))))

    def missing(self, names: Iterable[bytes], kernel: bool = False) -> frozenset[bytes]:
        """Those of the names that no code of the tree has; what is pasted together counts.

        kernel  leave programs out that are kept with the kernel
        """
        left = frozenset(names)
        for shard in self.own.values():
            left -= named(shard.names, left)
        if left and len(left) < _SOME:
            below = self.base.parts if self.base else self.parts
            apart = tuple(part for part in below if kernel and is_program(part.paths[0]))
            left -= there(self.origin, self.store, below, left, self.jobs, (*self._gone, *apart))
        elif left:
            left = self._looked_through(left, kernel)
        return left - self._generated(left) if left else left

    def _looked_through(self, names: frozenset[bytes], kernel: bool) -> frozenset[bytes]:
        """What is left of many names behind a look at all that is kept."""
        mine = (part for part in self.parts if not (kernel and is_program(part.paths[0])))
        kept = [part for part in mine if part.key not in self.own]
        shares = [tuple(kept[at : at + _SHARE]) for at in range(0, len(kept), _SHARE)]
        with local(self.jobs, len(shares)) as executor:
            found = spread(executor, _there, ((self.origin, self.store.path, share, names) for share in shares))
            if executor and len(names) >= _MANY:
                # of so many some are left, so that this process need not wait until it is known which
                _ = self._pasters
            return names.difference(*found)

    def _generated(self, names: frozenset[bytes]) -> frozenset[bytes]:
        """Those of the names that are pasted together."""
        if self.base is None:
            return generated(self._pasters, names)
        old = pasting(kept for _, kept in self._of(PASTING, self._gone))
        new = pasting(shard.pasting for shard in self.own.values())
        return pasted(self.base._pasters, old, new, names, lambda: self._pasters)

    @cached_property
    def _gone(self) -> tuple[Part, ...]:
        """The parts of the tree below that are not as they were."""
        here = {part.key for part in self.parts}
        return tuple(part for part in (self.base.parts if self.base else ()) if part.key not in here)

    def near(self, path: str) -> bytes:
        """The names of the code around a file, a line each with a line end before it; empty for an unknown file."""
        part = self._parts.get(path)
        return b"".join(names_text(packed) for _, packed in self._of(NAMES, [part] if part else []))

    @cached_property
    def _parts(self) -> Mapping[str, Part]:
        return {path: part for part in self.parts for path in part.paths}

    @property
    def paths(self) -> Iterable[str]:
        """The files that are known."""
        return self._parts

    def only(self, paths: Iterable[str]) -> "Index":
        """The index of the parts that these files stand in, to be handed to another process."""
        parts = dict.fromkeys(self._parts[path] for path in paths)
        own = {part.key: self.own[part.key] for part in parts if part.key in self.own}
        texts = {path: self.texts[path] for part in parts for path in part.paths if path in self.texts}
        return replace(self, parts=tuple(parts), store=replace(self.store), own=own, texts=texts, base=None)

    def around(self) -> Iterator[tuple[bytes, tuple[str, ...]]]:
        """What `near` says, and of which files it does."""
        return ((names_text(packed), part.paths) for part, packed in self._of(NAMES, self.parts))

    @cached_property
    def claims(self) -> Mapping[str, tuple[bytes, ...]]:
        """By path, the names that comments claim and the code around does not have."""
        return {each.path: tuple(each.claimed.split()) for each in self._remarks() if each.claimed}

    def saying(self, names: Collection[bytes]) -> Mapping[str, frozenset[bytes]]:
        """By path, those of the names that the comments of a file speak of."""
        wanted = frozenset(names)
        kept = (kept for _, kept in self._of(REMARKS, self.parts)) if wanted else ()
        if len(wanted) < _FEW:
            kept = (each for each in kept if _any_of(wanted, names_text(each)))
        found = ((each.path, wanted.intersection(each.said.split())) for every in kept for each in remarks_of(every))
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
        own = {part.key: self.own[part.key] for part in kept if part.key in self.own}
        own.update((part.key, shard) for part, shard in made)
        return replace(new, parts=(*kept, *(part for part, _ in made)), own=own, base=self.base or self)

    def read(self, path: str) -> bytes:
        """The text of a file of the index; `UserError` when it cannot be read."""
        return self.texts[path] if path in self.texts else self.origin.read(path)

    @cached_property
    def _pasters(self) -> Pasters:
        """What builds names by pasting."""
        kept = None if self.base else self.store.get(_PASTERS, [self.state]).get(self.state)
        if kept is not None:
            return _PASTERS_KEPT.decode(unpack(kept))
        told = [pasting_of(packed) for _, packed in self._of(PASTING, self.parts)]
        known = pasters((define for defines, _ in told for define in defines), (c for _, calls in told for c in calls))
        if self.base is None:
            self.store.put(_PASTERS, {self.state: pack(msgspec.msgpack.encode(known))})
        return known

    def _remarks(self) -> Iterator[Remarks]:
        return (each for _, packed in self._of(REMARKS, self.parts) for each in remarks_of(packed))

    def _of(self, kind: str, parts: Sequence[Part]) -> Iterator[tuple[Part, bytes]]:
        """What is kept of this kind of the shards of some parts."""
        yield from ((part, getattr(self.own[part.key], kind)) for part in parts if part.key in self.own)
        yield from packed(self.origin, self.store, kind, [part for part in parts if part.key not in self.own])


def _any_of(names: Collection[bytes], text: bytes) -> bool:
    return any(name in text for name in names)


def as_they_come(items: Iterator[Result], count: int) -> Iterator[Result]:
    """Shows nothing."""
    return items


def _there(work: tuple[Origin, Path, tuple[Part, ...], frozenset[bytes]]) -> frozenset[bytes]:
    """Those of the names that one of these shards has."""
    origin, cached, parts, names = work
    found: set[bytes] = set()
    for _, kept in packed(origin, store_at(cached), NAMES, parts):
        found |= named(kept, names)
    return frozenset(found)


def _made(files: Sequence[tuple[str, bytes]]) -> tuple[Part, Shard]:
    return Part(tuple(path for path, _ in files), shard_key(files)), make_shard(files)


def open_index(
    origin: Origin, store: Store, jobs: int = 2, folders: Sequence[str] = (".",), watch: Watch = as_they_come
) -> Index:
    """The index of a tree, or of some of its folders, as they stand now.

    jobs   how many processes read what the cache does not have, and look through it
    watch  is given what is read, batch by batch, and the number of batches, and hands them on: to show how far it is
    Raises `UserError` for a file that cannot be read.
    """
    whole, last = origin.whole(folders, store), settled()
    if whole is not None:
        return Index(origin, tuple(Part(paths, key) for paths, key in whole), store, jobs)
    groups: dict[bytes, Group] = {}
    listed = _noted(((mark(group), group) for group in origin.groups(folders)), groups)
    # another checkout may have been read; where none was, nobody asks five thousand times while this process writes
    cached = store.path if store.has_any(NAMES) else None
    known, wanted = _known(origin, folders, dict(listed), store) if cached else ({}, listed)
    read: dict[bytes, bytes] = {}
    with _reading(origin, cached, wanted, jobs) as (results, count):
        for keys, shards in watch(results, count):
            read.update(keys)
            keep(store, shards)
    told = [(group, each, read.get(each) or known[each]) for each, group in groups.items()]
    origin.keep(folders, told, read.keys(), last, store)
    return Index(origin, tuple(Part(tuple(path for path, _ in group), key) for group, _, key in told), store, jobs)


def _noted(pairs: Iterable[Marked], seen: dict[bytes, Group]) -> Iterator[Marked]:
    for name, group in pairs:
        seen[name] = group
        yield name, group


def _known(
    origin: Origin, folders: Sequence[str], groups: Mapping[bytes, Group], store: Store
) -> tuple[dict[bytes, bytes], Iterable[Marked]]:
    """Keys of the shards that are kept, by the marks of their groups; and the groups that have none."""
    known = origin.known(folders, list(groups), store)
    kept = store.has(NAMES, {known[each] for each in groups if each in known})
    return known, [(each, group) for each, group in groups.items() if known.get(each) not in kept]


@contextmanager
def _reading(
    origin: Origin, cached: Path | None, wanted: Iterable[Marked], jobs: int
) -> Iterator[tuple[Iterator[Result], int]]:
    """Keys of shards by mark, and those shards by key that the cache does not have, in batches; and how many batches.

    The first are read while this process still lists the others.
    """
    groups: dict[bytes, Group] = {}
    work = _batches(origin, cached, _noted(wanted, groups))
    first = list(islice(work, 2))
    with local(jobs, len(first)) as executor:
        every = chain(first, work)
        results = spread(executor, _read_batch, every if executor else list(every))
        yield results, -(-len(groups) // _BATCH)


def _batches(origin: Origin, cached: Path | None, wanted: Iterator[Marked]) -> Iterator[Work]:
    while batch := dict(islice(wanted, _BATCH)):
        yield origin, cached, batch


def _read_batch(work: Work) -> Result:
    origin, cached, groups = work
    keys: dict[bytes, bytes] = {}
    shards: dict[bytes, Shard] = {}
    for name, group in groups.items():
        files = origin.texts(group)
        keys[name] = key = shard_key(files)
        if cached is None or not store_at(cached).has(NAMES, [key]):
            shards[key] = make_shard(files)
    return keys, shards
