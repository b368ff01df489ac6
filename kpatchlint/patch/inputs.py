"""What a user names as a patch, as bytes: a file, standard input, a Maildir, a directory of patches, a quilt series.

Every input is bounded; what cannot be read is a value, so that it does not lose the others.  Nothing outside a named
directory is read.  Example: for a Maildir with two messages `read_input("todo/")` gives two pairs, `todo/cur/1` and
`todo/new/2` with their bytes, in the order in which `git am` takes them.
"""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.regex import regex

# Room for the diff between two releases of Linux, and for a month of a busy list.
MOST_BYTES = 256 << 20

Input = tuple[str, bytes | UserError]

STANDARD_INPUT = "<stdin>"
_SUFFIXES = (".patch", ".diff", ".eml", ".mbox", ".mbx")
_GZIP = b"\x1f\x8b"
_PACKED = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip", b"\x28\xb5\x2f\xfd": "zstd"}
# an archive packs a thread in one go; many small members are somebody's trap
_MOST_MEMBERS = 64
_NAMES = "name a patch, a mail, an mbox, or commits of the repository around us"
_NUMBERS = regex(r"(\d+)")


def read_stream(stream: BinaryIO) -> Input:
    """All of standard input, or why it is refused."""
    return STANDARD_INPUT, _taken(STANDARD_INPUT, stream)


def read_input(name: str) -> Iterator[Input]:
    """The bytes of a file, or of each patch of a directory, with their names; a `UserError` for what is unreadable."""
    path = Path(name)
    if not path.is_dir():
        yield name, _read(path)
        return
    found = _maildir(path) or _quilt(path) or _listed(path)
    if not found:
        cure = "name a Maildir, a directory of patches, a mail or an mbox; kpatchlint scan is for files as they stand"
        yield name, _refused(name, "is a directory without patches", cure)
    for one in found:
        yield str(one), _read(one) if one.resolve().is_relative_to(path.resolve()) else _outside(one)


def _maildir(path: Path) -> list[Path]:
    """The messages of a Maildir; none when it is no Maildir."""
    if not all((path / part).is_dir() for part in ("cur", "new")):
        return []
    return [one for part in ("cur", "new") for one in _files(path / part) if not one.name.startswith(".")]


def _quilt(path: Path) -> list[Path]:
    """The patches that quilt's file `series` names, in its order."""
    series = path / "series"
    if not series.is_file():
        return []
    lines = (line.split("#")[0].split() for line in series.read_text(errors="replace").splitlines())
    return [path / words[0] for words in lines if words]


def _listed(path: Path) -> list[Path]:
    return [one for one in _files(path) if one.name.endswith(_SUFFIXES)]


def _files(path: Path) -> list[Path]:
    """The files of a directory; numbers in names count as numbers, as `git am` takes them."""
    return sorted((one for one in path.iterdir() if one.is_file()), key=lambda one: _natural(one.name))


def _natural(name: str) -> list[tuple[int, str]]:
    return [(int(part[:18]), "") if part.isdecimal() else (-1, part) for part in _NUMBERS.split(name)]


def _read(path: Path) -> bytes | UserError:
    try:
        with path.open("rb") as stream:
            return _taken(str(path), stream)
    except OSError as error:
        return _refused(str(path), f"cannot be read: {error.strerror}", _NAMES)


def _outside(path: Path) -> UserError:
    return _refused(str(path), "leads out of the directory", "name that file itself")


def _taken(name: str, stream: BinaryIO) -> bytes | UserError:
    data = stream.read(MOST_BYTES + 1)
    if data.startswith(_GZIP):
        try:
            data = _unpacked(data)
        except zlib.error:
            return _refused(name, "is compressed, and broken", "fetch it again")
    if len(data) > MOST_BYTES:
        return _refused(name, f"is larger than {MOST_BYTES >> 20} MB", "split it")
    packed = next((kind for magic, kind in _PACKED.items() if data.startswith(magic)), "")
    return _refused(name, f"is compressed ({packed})", "unpack it") if packed else data


def _unpacked(data: bytes) -> bytes:
    """What was packed with gzip, as far as the bound and one byte more: archives of lists give threads so."""
    parts: list[bytes] = []
    room = MOST_BYTES + 1
    while data.startswith(_GZIP) and room:
        if len(parts) == _MOST_MEMBERS:
            raise zlib.error("too many members")
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 16)
        part = unpack.decompress(data, room)
        if not unpack.eof and len(part) < room:
            raise zlib.error("the end is missing")
        parts.append(part)
        data, room = unpack.unused_data, room - len(part)
    return b"".join(parts)


def _refused(name: str, what: str, cure: str) -> UserError:
    return UserError(what, path=name, cure=cure, status=UNREADABLE_PATCH)
