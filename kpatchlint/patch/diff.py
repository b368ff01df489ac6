"""The files and hunks of the diff in a mail, each line with the line of the mail it stands on.

A small scanner decides which lines of a mail are diff: it counts each hunk's lines against its header, so
that neither a commit message above nor a signature below is taken for code, and a hunk that was cut or
wrapped is an error that names its line.  unidiff then reads the hunks.  Example: in a mail of
`git format-patch`, everything above `diff --git a/mm/x.c b/mm/x.c` and from `-- ` on is left out.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct
from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk as ParsedHunk
from unidiff.patch import PatchSet

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.patch.header import Header, read_header
from kpatchlint.patch.inbody import is_scissors
from kpatchlint.patch.mail import Mail
from kpatchlint.regex import regex

# Ten digits are more lines than any file has; an unbounded number would be the sender's to choose.
HUNK = regex(rb"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)")
_EXTENDED = regex(
    rb"(?:index|old mode|new mode|deleted file mode|new file mode|copy from|copy to|rename from|rename to"
    rb"|similarity index|dissimilarity index) |Binary files .* differ|GIT binary patch"
)
_COMBINED = regex(rb"diff --(?:cc|combined) ")
_VERSION = regex(rb"\d+\.\d+[\w.() -]*$")
_NO_NEWLINE = b"\\ No newline at end of file"


class HunkLine(Struct, frozen=True):
    """One line of a hunk: `kind` is ` `, `+` or `-`, `text` has no line end."""

    kind: str
    text: bytes
    mail_line: int


class Hunk(Struct, frozen=True):
    """One hunk.  Both starts are 0 when they are not known, which happens in quoted replies only.

    line            line of the mail its header stands on
    heading         what git printed behind the second @@
    old_no_newline  the old file ends with this hunk, without a newline; new_no_newline likewise
    """

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    heading: str
    lines: tuple[HunkLine, ...]
    line: int
    old_no_newline: bool = False
    new_no_newline: bool = False

    @property
    def before(self) -> tuple[HunkLine, ...]:
        """Its lines of the old file."""
        return tuple(line for line in self.lines if line.kind != "+")

    @property
    def after(self) -> tuple[HunkLine, ...]:
        """Its lines of the new file."""
        return tuple(line for line in self.lines if line.kind != "-")


class FileDiff(Struct, frozen=True):
    """What a patch does to one file.

    A path is None on the side where the file does not exist; `line` is the line of the mail it starts on.
    """

    old_path: str | None
    new_path: str | None
    hunks: tuple[Hunk, ...]
    line: int
    is_binary: bool = False
    is_copy: bool = False
    old_mode: str = ""
    new_mode: str = ""

    @property
    def path(self) -> str:
        """The new path, or the old one of a file that is deleted; empty when a quoted reply does not say."""
        return self.new_path or self.old_path or ""

    @property
    def is_rename(self) -> bool:
        """The same file under another path; a copy is none."""
        both = self.old_path is not None and self.new_path is not None
        return both and self.old_path != self.new_path and not self.is_copy


class _Section(Struct, frozen=True):
    """Rows of one file: its header is rows start to end, its hunks are half-open ranges."""

    start: int
    end: int
    hunks: tuple[tuple[int, int], ...]


def changes(mail: Mail) -> tuple[FileDiff, ...]:
    """What the diff in `mail` does to each file, in its order; nothing for a mail without a diff.

    Raises `UserError` with the line of the mail for a hunk that was cut or wrapped, a combined diff, or a
    path that leaves the tree.
    """
    return tuple(_file_diff(mail, section) for section in _sections(mail, _first_row(mail)))


def _file_diff(mail: Mail, section: _Section) -> FileDiff:
    line = mail.first_line + section.start
    header = read_header(mail.lines[section.start : section.end], mail.name, line)
    header = _as_git_reads(header, mail, section)
    hunks = tuple(_hunks(mail, section)) if section.hunks else ()
    return FileDiff(header.old_path, header.new_path, hunks, line, header.is_binary, header.is_copy,
                    header.old_mode, header.new_mode)


def _as_git_reads(header: Header, mail: Mail, section: _Section) -> Header:
    """Plain `diff -N` says by an empty range, and not by /dev/null, that a file is new or gone."""
    found = HUNK.match(mail.lines[section.hunks[0][0]]) if len(section.hunks) == 1 else None
    if not found or mail.lines[section.start].startswith(b"diff --git "):
        return header
    old = None if (found[1], found[2]) == (b"0", b"0") else header.old_path
    new = None if (found[3], found[4]) == (b"0", b"0") else header.new_path
    return Header(old, new, header.is_copy, header.is_binary, header.old_mode, header.new_mode)


def _hunks(mail: Mail, section: _Section) -> Iterator[Hunk]:
    rows = range(section.hunks[0][0], section.hunks[-1][1])
    # Bytes pass through unidiff as Latin-1, one character a byte; the file names are read in `header`.
    feed = ["--- a\n", "+++ a\n", *(_feed(mail.lines[row]) for row in rows)]
    try:
        (parsed,) = PatchSet(feed)
    except UnidiffParseError as error:
        raise _unreadable(mail, rows[0], str(error), "send the patch as git format-patch wrote it") from error
    for (start, _), hunk in zip(section.hunks, parsed, strict=True):
        yield _hunk(hunk, mail.first_line + start)


def _feed(line: bytes) -> str:
    # The marker may be in another language; unidiff knows the English one.
    return (_NO_NEWLINE if line.startswith(b"\\") else line).decode("latin-1") + "\n"


def _hunk(hunk: ParsedHunk, line: int) -> Hunk:
    numbered = list(enumerate(hunk, line + 1))
    lines = tuple(HunkLine(text.line_type, text.value[:-1].encode("latin-1"), at) for at, text in numbered
                  if text.line_type != "\\")
    ended = {before.line_type for before, marker in pairwise(hunk) if marker.line_type == "\\"}
    heading = hunk.section_header.encode("latin-1").decode("utf-8", "replace")
    old, new = (hunk.source_start, hunk.source_length), (hunk.target_start, hunk.target_length)
    return Hunk(*old, *new, heading, lines, line, bool(ended & {" ", "-"}), bool(ended & {" ", "+"}))


def _first_row(mail: Mail) -> int:
    """The row to look for a diff from: in a mail, below its `---` or scissors, if that is no line of the diff."""
    start = _next_start(mail.lines, 0)
    marks = (row for row in range(start, len(mail.lines)) if _ends_text(mail.lines[row]))
    row = next(marks, len(mail.lines)) if mail.subject else len(mail.lines)
    below = _next_start(mail.lines, row)
    return start if below == len(mail.lines) or _inside(mail, start, row) else below


def _ends_text(line: bytes) -> bool:
    return line.rstrip() == b"---" or is_scissors(line)


def _inside(mail: Mail, start: int, row: int) -> bool:
    try:
        return any(at < row < end for section in _sections(mail, start) for at, end in section.hunks)
    except UserError:
        # What stands above the `---` line is an extract that somebody pasted into the message.
        return False


def _sections(mail: Mail, row: int) -> Iterator[_Section]:
    lines = mail.lines
    row = _next_start(lines, row)
    while row < len(lines):
        end = _header_end(mail, row)
        ranges = tuple(_ranges(mail, end))
        _check_end(mail, row, end, ranges)
        yield _Section(row, end, ranges)
        row = _next_start(lines, ranges[-1][1] if ranges else end, until_signature=True)


def _next_start(lines: Sequence[bytes], row: int, until_signature: bool = False) -> int:
    for at in range(row, len(lines)):
        if _starts_file(lines, at):
            return at
        if until_signature and lines[at] == b"-- ":
            break
    return len(lines)


def _starts_file(lines: Sequence[bytes], row: int) -> bool:
    line = lines[row]
    if not line.startswith((b"diff --", b"--- ")):
        return False
    following = [*lines[row + 1 : row + 4], b"", b"", b""]
    if line.startswith(b"diff --git "):
        return bool(_EXTENDED.match(following[0]) or following[0].startswith(b"--- "))
    if _COMBINED.match(line):
        return following[0].startswith((b"index ", b"--- ", b"mode "))
    return line.startswith(b"--- ") and following[0].startswith(b"+++ ") and following[1].startswith(b"@@")


def _header_end(mail: Mail, row: int) -> int:
    lines = mail.lines
    end = row
    if lines[row].startswith(b"diff --"):
        end = row + 1
        while end < len(lines) and _EXTENDED.match(lines[end]):
            end += 1
    if end + 1 < len(lines) and lines[end].startswith(b"--- ") and lines[end + 1].startswith(b"+++ "):
        end += 2
    if _COMBINED.match(lines[row]) or (end < len(lines) and lines[end].startswith(b"@@@")):
        raise _unreadable(mail, row, "is a combined diff of a merge", "send the diff against one parent")
    return end


def _ranges(mail: Mail, row: int) -> Iterator[tuple[int, int]]:
    while row < len(mail.lines) and mail.lines[row].startswith(b"@@"):
        end = _hunk_end(mail, row)
        yield row, end
        row = end


def _check_end(mail: Mail, row: int, end: int, ranges: Sequence[tuple[int, int]]) -> None:
    """Refuse a file whose hunks are missing, and a last hunk that goes on after its header says it ends."""
    if not ranges and mail.lines[end - 1].startswith(b"+++ "):
        raise _unreadable(mail, end - 1, "has no hunk", "send the whole patch")
    after = mail.lines[ranges[-1][1]] if ranges and ranges[-1][1] < len(mail.lines) else b""
    goes_on = after.startswith(b"+") and not after.startswith(b"+++ ")
    # A line with one blank before it is context, or the rest of a line that was wrapped.
    goes_on = goes_on or (after.startswith(b" ") and bool(after.strip()))
    if goes_on or (after.startswith(b"-") and after[1:2] not in (b"-", b"")):
        raise _unreadable(mail, ranges[-1][0], "hunk is longer than its header says", "regenerate the patch")


def _hunk_end(mail: Mail, row: int) -> int:
    """The row behind a hunk, found by counting its lines against its header."""
    found = HUNK.match(mail.lines[row])
    if not found:
        raise _unreadable(mail, row, "hunk header cannot be read", "regenerate the patch")
    old, new = (int(count or 1) for count in (found[2], found[4]))
    if not old + new:
        raise _unreadable(mail, row, "hunk is empty", "regenerate the patch")
    at = row + 1
    while old > 0 or new > 0:
        kind = _kind(mail, row, at)
        old, new, at = old - (kind in b" -"), new - (kind in b" +"), at + 1
    if old or new:
        raise _unreadable(mail, row, "hunk does not fit its header", "regenerate the patch")
    return at + (at < len(mail.lines) and mail.lines[at].startswith(b"\\ "))


def _kind(mail: Mail, start: int, row: int) -> bytes:
    """What the line at `row` is in the hunk that starts at `start`: ` `, `+`, `-` or the no-newline mark."""
    line = mail.lines[row] if row < len(mail.lines) else b"diff "
    below = mail.lines[row + 1] if row + 1 < len(mail.lines) else b""
    if line.startswith((b"diff ", b"@@ ", b"From ")) or (line == b"-- " and _VERSION.match(below)):
        raise _unreadable(mail, start, "hunk is shorter than its header says", "send the whole patch")
    if line[:1] not in (b"", b" ", b"+", b"-", b"\\"):
        what = "line is no part of a diff: wrapped by a mail program, or text in a hunk"
        raise _unreadable(mail, row, what, "send the patch with git send-email")
    return line[:1] or b" "


def _unreadable(mail: Mail, row: int, what: str, cure: str) -> UserError:
    return UserError(what, path=mail.name, line=mail.first_line + row, cure=cure, status=UNREADABLE_PATCH)
