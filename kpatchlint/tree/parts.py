"""The shards of a tree as the cache has them: by the keys of parts, and made again where they are lost.

Assumption: a key stands for what a shard says, so that whoever asks twice is told the same.  Example:
`packed(origin, store, "names", [part])` gives the part, and the names of its files as `shard.named` takes them.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from msgspec import Struct

from kpatchlint.tree.cache import Store
from kpatchlint.tree.origin import Origin
from kpatchlint.tree.shard import KINDS, Shard, make_shard

NAMES, REMARKS, PASTING = KINDS
# Shards of one query.
_ASKED = 32


class Part(Struct, frozen=True):
    """The files of one shard, and the key of what they say."""

    paths: tuple[str, ...]
    key: bytes


def packed(origin: Origin, store: Store, kind: str, parts: Sequence[Part]) -> Iterator[tuple[Part, bytes]]:
    """What the cache has of this kind of the shards of parts; what it lost in the meantime is made again."""
    for at in range(0, len(parts), _ASKED):
        some = parts[at : at + _ASKED]
        kept = store.get(kind, (part.key for part in some))
        for part in some:
            yield part, kept[part.key] if part.key in kept else getattr(_again(origin, store, part), kind)


def keep(store: Store, shards: dict[bytes, Shard]) -> None:
    """Keep shards, by their keys."""
    store.put_all({kind: {key: getattr(shard, kind) for key, shard in shards.items()} for kind in KINDS})


def _again(origin: Origin, store: Store, part: Part) -> Shard:
    shard = make_shard([(path, origin.read(path)) for path in part.paths])
    keep(store, {part.key: shard})
    return shard


@cache
def store_at(cached: Path) -> Store:
    """The cache file, once for a worker process."""
    return Store(cached)
