"""The header of one file in a diff: its two paths, its modes, and whether it is text.

Reads what stands between `diff --git` (or the `---` line) and the first hunk.  A path that leaves the tree is
an error, whoever wrote it.  Example: `--- a/mm/x.c~fix-wait` and `+++ a/mm/x.c`, as akpm's scripts write
them, are both `mm/x.c`; `--- /dev/null` gives no old path.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.regex import regex

# twice the longest path that Linux opens; the patterns below are quadratic in a line
LONGEST_LINE = 8 << 10

_QUOTED = regex(rb'"((?:[^"\\]|\\.)*)"')
_ESCAPE = regex(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
_TIMESTAMP = regex(rb"\t.*| +\d{4}-\d\d-\d\d .*", re.DOTALL)
_KEPT_COPY = regex(rb"(?:~[^/]*|\.orig)$")
_PREFIX = regex(rb"[abciow12]/|[^/]*(?:\.orig|\.old|\.new)/")


class Header(Struct, frozen=True):
    """A path is None on the side where the file does not exist; modes are octal text, empty when not said."""

    old_path: str | None
    new_path: str | None
    is_copy: bool = False
    is_binary: bool = False
    old_mode: str = ""
    new_mode: str = ""


def read_header(lines: Sequence[bytes], name: str, line: int) -> Header:
    """The header in `lines`, which stands on `line` of the file `name`; `UserError` for an unsafe path."""
    if any(len(text) > LONGEST_LINE for text in lines):
        what, cure = "file name is too long", "remove that file from the patch"
        raise UserError(what, path=name, line=line, cure=cure, status=UNREADABLE_PATCH)
    old, new = _paths(lines)
    for path in (old, new):
        if path is not None and (what := _unsafe(path)):
            cure = "remove that file from the patch"
            raise UserError(f"path {path!a} {what}", path=name, line=line, cure=cure, status=UNREADABLE_PATCH)
    binary = any(text.startswith((b"Binary files ", b"GIT binary patch")) for text in lines)
    both = _value(lines, b"index ").partition(b" ")[2]
    old_mode = _value(lines, b"old mode ") or _value(lines, b"deleted file mode ") or both
    new_mode = _value(lines, b"new mode ") or _value(lines, b"new file mode ") or both
    return Header(old, new, bool(_value(lines, b"copy to ")), binary, old_mode.decode("latin-1"),
                  new_mode.decode("latin-1"))


def _value(lines: Sequence[bytes], key: bytes) -> bytes:
    return next((line[len(key) :].strip() for line in lines if line.startswith(key)), b"")


def _unsafe(path: str) -> str:
    if path.startswith("/"):
        return "is absolute"
    if ".." in path.split("/"):
        return "leaves the tree"
    return "is no file name" if not path or "\0" in path else ""


def _paths(lines: Sequence[bytes]) -> tuple[str | None, str | None]:
    """Both paths, from the surest lines: rename or copy, then `---` and `+++`, then `diff --git`."""
    for verb in (b"rename ", b"copy "):
        if (old := _value(lines, verb + b"from ")) and (new := _value(lines, verb + b"to ")):
            return _text(_unquoted(old)), _text(_unquoted(new))
    old, new = _value(lines, b"--- "), _value(lines, b"+++ ")
    if old and new:
        return _stripped(_name(old), _name(new))
    both = _git_paths(_value(lines, b"diff --git "))
    old_path, new_path = _stripped(*both)
    if _value(lines, b"new file mode "):
        old_path = None
    return old_path, (None if _value(lines, b"deleted file mode ") else new_path)


def _name(value: bytes) -> bytes:
    return _unquoted(value) if value.startswith(b'"') else _TIMESTAMP.sub(b"", value)


def _unquoted(value: bytes) -> bytes:
    """A name as git prints it when it has unusual bytes: in quotes, with C escapes."""
    found = _QUOTED.match(value)
    return _ESCAPE.sub(lambda escape: _byte(escape[1]), found[1]) if found else value


def _byte(escape: bytes) -> bytes:
    return bytes([int(escape, 8) & 0xFF]) if escape.isdigit() else _ESCAPES.get(escape, escape)


def _git_paths(value: bytes) -> tuple[bytes, bytes]:
    """The two names of a `diff --git` line; without quotes, equal halves tell where the first one ends."""
    if len(quoted := list(_QUOTED.finditer(value))) == 2:
        return _unquoted(quoted[0][0]), _unquoted(quoted[1][0])
    middle = len(value) // 2
    old, new = value[:middle], value[middle + 1 :]
    if value[middle : middle + 1] == b" " and old.partition(b"/")[2] == new.partition(b"/")[2]:
        return old, new
    words = value.split(b" ")
    return words[0], words[-1]


def _stripped(old: bytes, new: bytes) -> tuple[str | None, str | None]:
    """Both paths without their first component, unless the diff was made without one (`diff.noprefix`)."""
    old, new = (name if name == b"/dev/null" else _KEPT_COPY.sub(b"", name) for name in (old, new))
    plain = [name for name in (old, new) if name != b"/dev/null"]
    bare = len(set(plain)) == 1 and not _PREFIX.match(plain[0])
    return _side(old, bare), _side(new, bare)


def _side(name: bytes, bare: bool) -> str | None:
    if name == b"/dev/null":
        return None
    # An absolute path stays what it is, so that it is refused and not made relative.
    return _text(name if bare or name.startswith(b"/") or b"/" not in name else name.partition(b"/")[2])


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
