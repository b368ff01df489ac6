"""Some files of one directory, told as a whole: their names, what their comments say, and their macros.

Assumption: a shard is small enough to be read again when one of its files changes, and large enough that a tree is
under two thousand rows of a cache.  Every field is packed, because a whole tree has twelve million names.  Example:
`named(shard.names, {b"f_oo"})` is {b"f_oo"} when the code of one of its files has that word.
"""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from itertools import chain

import msgspec

from kpatchlint.tree import paste, words
from kpatchlint.tree.cache import stamp
from kpatchlint.tree.packing import pack, unpack
from kpatchlint.tree.paste import Define
from kpatchlint.tree.words import facts

PROGRAM = stamp(__file__, words.__file__, paste.__file__)
# Fewer names than this are looked for in the text of a shard; more, in a set made of it.
_FEW_NAMES = 16


class Remarks(msgspec.Struct, frozen=True, array_like=True):
    """What the comments of one file say, and what they claim that its shard does not have: names with blanks between.

    As one text, because a tree says a million names.
    """

    path: str
    said: bytes
    claimed: bytes


class Shard(msgspec.Struct, frozen=True):
    """Packed, a row of the cache each: the names, the remarks, what may paste."""

    names: bytes
    remarks: bytes
    pasting: bytes


KINDS = Shard.__struct_fields__
_REMARKS = msgspec.msgpack.Decoder(tuple[Remarks, ...])
_PASTING = msgspec.msgpack.Decoder(tuple[tuple[Define, ...], tuple[bytes, ...]])


def digest(data: bytes) -> bytes:
    """The hash that stands for bytes."""
    return sha256(data).digest()[:16]


def shard_key(files: Iterable[tuple[str, bytes]]) -> bytes:
    """What stands for a shard of files, each a path and its text; another program has other keys."""
    lines = [path.encode(errors="surrogateescape") + b"\0" + digest(text) for path, text in files]
    return digest(b"\n".join((PROGRAM, *lines)))


def make_shard(files: Sequence[tuple[str, bytes]]) -> Shard:
    """The shard of files, each a path and its text."""
    found = [(path, facts(path, text)) for path, text in files]
    # in the order of the text, which packs to two thirds of what the order of a set does
    names = dict.fromkeys(chain.from_iterable(words.words(each.code) for _, each in found))
    remarks = [
        Remarks(path, b" ".join(each.said), b" ".join([name for name in each.claimed if name not in names]))
        for path, each in found
        if (each.said or each.claimed) and _is_text(path)
    ]
    defines = {define: None for _, each in found for define in each.defines}
    calls = {call: None for _, each in found for call in each.calls}
    text = b"\n".join((b"", *names, b""))
    told = (remarks, (tuple(defines), tuple(calls)))
    return Shard(pack(text), *(pack(msgspec.msgpack.encode(each)) for each in told))


def _is_text(path: str) -> bool:
    """Whether a report can name the file; the bytes of a name need not be UTF-8."""
    return path.isascii() or path.encode(errors="ignore").decode() == path


def named(packed: bytes, names: Collection[bytes]) -> frozenset[bytes]:
    """Those of the names that the shard with these packed names has."""
    text = unpack(packed)
    if len(names) < _FEW_NAMES:
        return frozenset(name for name in names if b"\n" + name + b"\n" in text)
    return frozenset(names).intersection(text.split(b"\n"))


def names_text(packed: bytes) -> bytes:
    """The names, a line each, with a line end before the first too."""
    return unpack(packed)


def remarks_of(packed: bytes) -> tuple[Remarks, ...]:
    """What its comments say, file by file."""
    return _REMARKS.decode(unpack(packed))


def pasting_of(packed: bytes) -> tuple[tuple[Define, ...], tuple[bytes, ...]]:
    """Its macros that may paste or call others, and its calls that may be of such."""
    return _PASTING.decode(unpack(packed))
