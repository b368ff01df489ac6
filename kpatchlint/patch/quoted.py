"""The patch that a reply quotes, as fragments that read like hunks.

A reviewer quotes, comments in between, and trims.  The quote level of the patch is the deepest that carries
diff lines; at that level a run of lines is code where `+` and `-` lines are, and blank-led lines are its
context where they touch them.  Unquoted comments do not end a run; `[...]`, prose of the same level and a
quoted `@@` or file header do.  Example: `> +a();`, a comment, `> +b();` is one fragment of two added lines.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from msgspec import Struct

from kpatchlint.patch.diff import HUNK, FileDiff, Hunk, HunkLine
from kpatchlint.patch.header import Header, read_header
from kpatchlint.patch.mail import Mail
from kpatchlint.patch.words import LONGEST_LINE
from kpatchlint.regex import regex

_PREFIX = regex(rb"(?:> ?)*>")
_TRIMMED = regex(
    rb"\s*(?:[\[<(]\s*(?:\.\.+|\xe2\x80\xa6|snip|cut|trim)[^\])>]*[\])>]|\.\.\.+|\xe2\x80\xa6)\s*$",
    re.IGNORECASE,
)
_FILE_HEADER = regex(
    rb"diff --git |index [0-9a-f]+\.\.|--- \S|\+\+\+ \S|(?:new|deleted) file mode |rename (?:from|to) "
)
_SEPARATOR = regex(rb"---?\s*$")
# What tells an added or removed line of C from a bullet of a list, or from "+1".
_CODE = regex(rb"[+-](?:.*[;{}]|\s*(?:#\s*\w|/\*|\*/?(?:\s|$)).*)\s*$")
# Three plain words in a row are no C, unless they begin a declaration.
_PROSE = regex(
    rb"[+-] ?(?!(?:static|extern|unsigned|const|struct|union|enum|return|else)\b)"
    rb"[A-Za-z']+,? [A-Za-z']+,? [A-Za-z']+\b"
)
_STATEMENT = regex(rb"[^>].*[;{}]\s*$|[{}]\s*$")


class _Row(Struct, frozen=True):
    """One line of the mail, without its quote marks; `line` is the line of the file."""

    text: bytes
    line: int


class _Block(Struct, frozen=True):
    """A run of diff lines, the `@@` line directly above it, and the last file header above that."""

    header: tuple[_Row, ...]
    hunk: _Row | None
    lines: tuple[HunkLine, ...]


def quoted_changes(mail: Mail) -> tuple[FileDiff, ...]:
    """The quoted patch of a reply, a hunk for each fragment of it; nothing when no patch is quoted.

    The path is empty when the reply does not tell it, and both starts of a hunk are 0 when it does not tell
    the line numbers.  Raises `UserError` for a quoted path that leaves the tree.
    """
    rows = tuple(_rows(mail))
    files = groupby(_blocks(rows, _collapsed(rows)), key=lambda block: block.header)
    found = (_file_diff(mail, header, tuple(blocks)) for header, blocks in files)
    return tuple(file for file in found if file.hunks)


def _rows(mail: Mail) -> Iterator[_Row]:
    """The lines at the patch's quote level, and the marks for what was trimmed, at whatever level."""
    split = [_split(line) for line in mail.lines]
    level = max((depth for depth, text in split if depth and _is_diff(text.removeprefix(b" "))), default=0)
    at_level = [text for depth, text in split if depth == level]
    tight = sum(map(_is_diff, at_level)) > sum(_is_diff(text[1:]) for text in at_level if text[:1] == b" ")
    for line, (depth, text) in enumerate(split, mail.first_line):
        if level and (depth == level or _is_trimmed(text)):
            yield _Row(text if tight else text.removeprefix(b" "), line)


def _split(line: bytes) -> tuple[int, bytes]:
    found = _PREFIX.match(line)
    return (found[0].count(b">"), line[found.end() :]) if found else (0, line)


def _is_trimmed(text: bytes) -> bool:
    return len(text) <= LONGEST_LINE and bool(_TRIMMED.match(text))


def _is_diff(text: bytes) -> bool:
    return bool(HUNK.match(text) or text.startswith(b"diff --git ") or _is_code(text))


def _is_code(text: bytes) -> bool:
    return bool(_CODE.match(text) and not _PROSE.match(text))


def _collapsed(rows: Sequence[_Row]) -> bool:
    """Whether an archive has turned tabs into blanks; context lines may have lost their first blank then."""
    return not any(b"\t" in row.text for row in rows if row.text[:1] in (b"+", b"-"))


def _blocks(rows: Sequence[_Row], collapsed: bool) -> Iterator[_Block]:
    header: tuple[_Row, ...] = ()
    hunk: _Row | None = None
    lines: list[HunkLine] = []
    last = ""
    for row in rows:
        kind = _kind(row.text, collapsed)
        if kind in ("+", "-", " "):
            lines.append(HunkLine(kind, row.text[row.text[:1] in (b"+", b"-", b" ") :], row.line))
        elif lines:
            yield _Block(header, hunk, tuple(lines))
            lines = []
        if kind == "header":
            header = (*header, row) if last == "header" else (row,)
        if not lines:
            hunk = row if kind == "@" else None
        last = kind
    if lines:
        yield _Block(header, hunk, tuple(lines))


def _kind(text: bytes, collapsed: bool) -> str:
    """`+`, `-` or ` ` for a line of a diff, `@` for a hunk header, `header` for a file's, else empty."""
    if HUNK.match(text):
        return "@"
    if _FILE_HEADER.match(text):
        return "header"
    if _SEPARATOR.match(text) or _is_trimmed(text):
        return ""
    if text[:1] in (b"+", b"-", b" ", b""):
        return text[:1].decode() or " "
    return " " if collapsed and _STATEMENT.match(text) else ""


def _file_diff(mail: Mail, rows: tuple[_Row, ...], blocks: Sequence[_Block]) -> FileDiff:
    header = _header(mail, rows)
    hunks = tuple(hunk for block in blocks if (hunk := _hunk(block)))
    line = rows[0].line if rows else mail.first_line
    return FileDiff(header.old_path, header.new_path, hunks, line)


def _header(mail: Mail, rows: Sequence[_Row]) -> Header:
    texts = [row.text for row in rows]
    sides = [text for text in texts if text.startswith((b"--- ", b"+++ "))]
    if len(sides) == 1 and not any(text.startswith(b"diff --git ") for text in texts):
        # The reviewer has trimmed one of the two; the other one names the file.
        sides = texts = [mark + sides[0][4:] for mark in (b"--- ", b"+++ ")]
    if not sides and not any(text.startswith(b"diff --git ") for text in texts):
        return Header("", "")
    return read_header(texts, mail.name, rows[0].line)


def _hunk(block: _Block) -> Hunk | None:
    found = HUNK.match(block.hunk.text) if block.hunk else None
    if not found or not block.hunk:
        return _fragment(_without_edges(block.lines))
    counts = int(found[2] or 1), int(found[4] or 1)
    lines = _counted(block.lines, *counts)
    fragment = _fragment(lines, known=True)
    whole = fragment and (fragment.old_count, fragment.new_count) == counts
    together = all(below.mail_line == line.mail_line + 1 for line, below in pairwise(lines))
    if not fragment or not (whole or together):
        # Lines were left out, nobody knows where: better no line numbers than wrong ones.
        return fragment
    heading = found[5].decode("utf-8", "replace")
    old, new = (int(found[1]), fragment.old_count), (int(found[3]), fragment.new_count)
    return Hunk(*old, *new, heading, lines, block.hunk.line)


def _fragment(lines: tuple[HunkLine, ...], known: bool = False) -> Hunk | None:
    """A hunk without line numbers; None unless it changes something, and looks like C or is `known` to be."""
    changed = [line.kind.encode() + line.text for line in lines if line.kind != " "]
    if not changed or not (known or any(map(_is_code, changed))):
        return None
    old, new = (sum(line.kind != kind for line in lines) for kind in ("+", "-"))
    return Hunk(0, old, 0, new, "", lines, lines[0].mail_line)


def _counted(lines: Sequence[HunkLine], old: int, new: int) -> tuple[HunkLine, ...]:
    """The first lines, as many as a hunk header promises."""
    kept: list[HunkLine] = []
    for line in lines:
        if old <= 0 and new <= 0:
            break
        old, new = old - (line.kind != "+"), new - (line.kind != "-")
        kept.append(line)
    return tuple(kept)


def _without_edges(lines: tuple[HunkLine, ...]) -> tuple[HunkLine, ...]:
    """Without the empty lines at both ends, which may have stood between the code and the prose around it."""
    filled = [row for row, line in enumerate(lines) if line.kind != " " or line.text.strip()]
    return lines[filled[0] : filled[-1] + 1] if filled else ()
