"""Some files of one directory, told as a whole: their names, what their comments say, and their macros.

Assumption: a shard is small enough to be read again when one of its files changes, and large enough that a tree is
under two thousand rows of a cache.  Every field is packed, because a whole tree has twelve million names.  Example:
`named(shard, {b"f_oo"})` is {b"f_oo"} when the code of one of its files has that word.
"""

import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain

import msgspec

from kpatchlint.tree import paste, words
from kpatchlint.tree.cache import stamp
from kpatchlint.tree.paste import Call, Macro
from kpatchlint.tree.words import facts

PROGRAM = stamp(__file__, words.__file__, paste.__file__)
# Fewer names than this are looked for in the text of a shard; more, in a set made of it.
_FEW_NAMES = 16
_FASTEST = 1


class Remarks(msgspec.Struct, frozen=True, array_like=True):
    """What the comments of one file say, and what they claim that its shard does not have."""

    path: str
    said: tuple[bytes, ...]
    claimed: tuple[bytes, ...]


class Shard(msgspec.Struct, frozen=True, array_like=True):
    """Packed: the names, the remarks, the macros, the calls that may paste."""

    names: bytes
    remarks: bytes
    macros: bytes
    calls: bytes


_REMARKS = msgspec.msgpack.Decoder(tuple[Remarks, ...])
_MACROS = msgspec.msgpack.Decoder(tuple[Macro, ...])
_CALLS = msgspec.msgpack.Decoder(tuple[Call, ...])
_SHARD = msgspec.msgpack.Decoder(Shard)


def digest(data: bytes) -> bytes:
    """The hash that stands for bytes."""
    return blake2b(data, digest_size=16).digest()


def shard_key(files: Iterable[tuple[str, bytes]]) -> bytes:
    """What stands for a shard of files, each a path and the digest of its text; another program has other keys."""
    lines = [path.encode(errors="surrogateescape") + b"\0" + seen for path, seen in files]
    return digest(b"\n".join((PROGRAM, *lines)))


def make_shard(files: Sequence[tuple[str, bytes]]) -> Shard:
    """The shard of files, each a path and its text."""
    told = [(path, facts(path, text)) for path, text in files]
    names = dict.fromkeys(chain.from_iterable(each.names for _, each in told))
    remarks = [
        Remarks(path, tuple(each.said), tuple(name for name in each.claimed if name not in names))
        for path, each in told
        if each.said or each.claimed
    ]
    macros = {macro for _, each in told for macro in each.macros}
    calls = {call for _, each in told for call in each.calls}
    text = b"\n".join((b"", *names, b""))
    return Shard(_packed(text), *(_packed(msgspec.msgpack.encode(x)) for x in (remarks, list(macros), list(calls))))


def pack(shard: Shard) -> bytes:
    """The shard as a value of the cache."""
    return msgspec.msgpack.encode(shard)


def unpack(value: bytes) -> Shard:
    """What `pack` packed."""
    return _SHARD.decode(value)


def names_text(shard: Shard) -> bytes:
    """The names, a line each, with a line end before the first too."""
    return zlib.decompress(shard.names)


def named(shard: Shard, names: Collection[bytes]) -> frozenset[bytes]:
    """Those of the names that the shard has."""
    text = names_text(shard)
    if len(names) < _FEW_NAMES:
        return frozenset(name for name in names if b"\n" + name + b"\n" in text)
    return frozenset(names).intersection(text.split(b"\n"))


def remarks_of(shard: Shard) -> Iterator[Remarks]:
    """What its comments say, file by file."""
    return iter(_REMARKS.decode(zlib.decompress(shard.remarks)))


def macros_of(shard: Shard) -> tuple[Macro, ...]:
    """Its macros that paste or call others."""
    return _MACROS.decode(zlib.decompress(shard.macros))


def calls_of(shard: Shard) -> tuple[Call, ...]:
    """Its calls that may be of pasting macros."""
    return _CALLS.decode(zlib.decompress(shard.calls))


def _packed(data: bytes) -> bytes:
    return zlib.compress(data, _FASTEST)
