"""What a patch changes: the text before and after, with the lines of the file and of the mail.

Without a tree each side of each hunk is a fragment (`fragments`); with one, whole files are built in memory
(`applied`): of what a reply quotes, that which has a place in its file, however it was trimmed.  Both sides carry the
path after the patch, so that a file which only moves keeps its findings.
Example: a patch with two hunks for `mm/x.c` is two changes without a tree, and one with it.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.patch.apply import Applied, HunkError, apply, new_lines, old_lines, touched_rows
from kpatchlint.patch.diff import FileDiff, Hunk, changes
from kpatchlint.patch.mail import Mail
from kpatchlint.patch.place import place
from kpatchlint.patch.quoted import quoted_changes
from kpatchlint.source import Source, line_count

# git's modes of what is in a tree, but is no text: symbolic links and submodules.
_NO_TEXT = frozenset(("120000", "160000"))


class Files(Protocol):
    """A tree to apply patches to."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a file, None when there is none."""


class Change(Struct, frozen=True, dict=True):
    """One file, or one hunk of it, before and after a patch; a side is None where the file does not exist.

    `path` is empty when a quoted reply does not say which file it is about; the sources are then called after
    the mail and numbered by its lines.  `notice` is what the user should know of how the change was found.
    Of a whole file `old_path` is the name before, `origins` the line of `before` for each line of `after`, or 0.
    """

    path: str
    before: Source | None
    after: Source | None
    mail: Mail
    notice: str = ""
    old_path: str = ""
    origins: tuple[int, ...] = ()

    @cached_property
    def gone(self) -> frozenset[int]:
        """Of a whole file that stays the lines of `before`, from 1, that the patch takes out."""
        text = self.before.text if self.before else b""
        last = line_count(text)
        if len(self.origins) - self.origins.count(0) == last:
            return frozenset()
        return frozenset(range(1, last + 1)).difference(self.origins)


def fragments(mail: Mail) -> tuple[Change, ...]:
    """Each hunk of the mail, or of the patch that it quotes, as a change of its own; none without a diff.

    A new or deleted file is complete, unless it was quoted.  Raises `UserError` for an unreadable diff.
    """
    files = changes(mail)
    return _fragments(mail, files, whole=True) if files else _fragments(mail, quoted_changes(mail), whole=False)


def _fragments(mail: Mail, files: Iterable[FileDiff], *, whole: bool) -> tuple[Change, ...]:
    return tuple(_fragment(mail, file, hunk, whole) for file in files if _is_text(file) for hunk in file.hunks)


def _is_text(file: FileDiff) -> bool:
    return not file.is_binary and not {file.old_mode, file.new_mode} & _NO_TEXT


def _fragment(mail: Mail, file: FileDiff, hunk: Hunk, whole: bool) -> Change:
    """One hunk as a change; `whole` says that the hunk of a new or deleted file holds all of that file."""
    before = after = None
    if file.old_path is not None:
        before = _before(mail, file, hunk, complete=whole and file.new_path is None)
    if file.new_path is not None:
        after = _after(mail, file, hunk, complete=whole and file.old_path is None)
    return Change(file.path, before, after, mail)


def _before(mail: Mail, file: FileDiff, hunk: Hunk, complete: bool) -> Source:
    mail_lines = tuple(line.mail_line for line in hunk.before)
    path, lines = _numbering(mail, file, hunk, hunk.old_start, mail_lines)
    text = b"".join(old_lines(hunk))
    return Source(path, text, () if complete else lines, mail_lines, complete, heading=hunk.heading)


def _after(mail: Mail, file: FileDiff, hunk: Hunk, complete: bool) -> Source:
    mail_lines = tuple(line.mail_line for line in hunk.after)
    path, lines = _numbering(mail, file, hunk, hunk.new_start, mail_lines)
    touched = frozenset(row for row, near in enumerate(touched_rows(hunk), 1) if near)
    text = b"".join(new_lines(hunk))
    return Source(path, text, () if complete else lines, mail_lines, complete, touched, hunk.heading)


def _numbering(
    mail: Mail, file: FileDiff, hunk: Hunk, start: int, mail_lines: tuple[int, ...]
) -> tuple[str, tuple[int, ...]]:
    """Path and line numbers of one side: those of the mail where the hunk's own are not known."""
    if file.path and (hunk.old_start or hunk.new_start):
        return file.path, tuple(range(start, start + len(mail_lines)))
    return mail.name, mail_lines


class _Stage(Struct, frozen=True):
    """The tree while one patch is applied: `state` is what stood before, `removed` and `written` what it did.

    `leaving` are the old paths of its renames and deletions, which new files may take.
    """

    tree: Files
    state: Mapping[str, bytes | None]
    leaving: frozenset[str]
    removed: set[str] = set()
    written: dict[str, bytes | None] = {}

    def original(self, path: str) -> bytes | None:
        return self.state[path] if path in self.state else self.tree.read(path)

    def current(self, path: str) -> bytes | None:
        if path in self.written:
            return self.written[path]
        return None if path in self.removed else self.original(path)

    def old(self, file: FileDiff) -> bytes | None:
        """What a file's hunks are made against, None when it is not there."""
        if file.old_path is None:
            return b""
        # git takes what is renamed or copied as it was before the patch, whatever the order of the files.
        moved = file.new_path is not None and file.old_path != file.new_path
        return self.original(file.old_path) if moved else self.current(file.old_path)


def applied(
    mail: Mail, tree: Files, state: Mapping[str, bytes | None]
) -> tuple[tuple[Change, ...], dict[str, bytes | None]]:
    """Each file the mail changes, whole, before and after; and the state that the next patch meets.

    A reply that quotes a patch changes no state; what of it has no place in the tree comes back as fragments.

    `state` holds the files as earlier patches left them, None for a deleted one; it is not changed.  Raises
    `UserError` for a diff that cannot be read and for one that does not apply.
    """
    listed = changes(mail)
    if not listed:
        return _quoted(mail, _Stage(tree, state, frozenset())), dict(state)
    files = [file for file in listed if _is_text(file)]
    stage = _Stage(tree, state, frozenset(file.old_path for file in files if file.old_path and _leaves(file)))
    changed = (file for file in files if file.hunks or file.old_path != file.new_path)
    found = tuple(_applied(mail, file, stage) for file in changed)
    return found, {**state, **dict.fromkeys(stage.removed), **stage.written}


def _applied(mail: Mail, file: FileDiff, stage: _Stage) -> Change:
    old = stage.old(file)
    if old is None:
        raise _failed(mail, file.line, f"{file.old_path} is not in the tree")
    if file.new_path and file.new_path != file.old_path and file.new_path not in stage.leaving:
        _refuse_existing(mail, file, stage)
    result = _patched(mail, file, old)
    if file.new_path is None and file.hunks and result.text:
        raise _failed(mail, file.line, f"{file.old_path} is to be deleted, but has other lines too")
    if file.old_path and _leaves(file):
        stage.removed.add(file.old_path)
    # A rename leaves alone what another one of the same patch has put in its old place.
    if file.new_path is None:
        stage.written.pop(file.path, None)
    else:
        stage.written[file.new_path] = result.text
    return _whole(mail, file, old, result)


def _quoted(mail: Mail, stage: _Stage) -> tuple[Change, ...]:
    """The files that a reply quotes, as far as the tree has them, or else the quoted fragments."""
    found: list[Change] = []
    for file in quoted_changes(mail):
        old = next((text for path in (file.old_path, file.new_path) if path and (text := stage.original(path))), b"")
        placed = place(old, file.hunks)
        if len(placed.left) < len(file.hunks):
            found.append(_whole(mail, file, placed.before, placed.after))
        alone = _fragments(mail, [replace(file, hunks=placed.left)], whole=False)
        found += [replace(change, notice=_alone(mail, file, change)) for change in alone]
    return tuple(found)


def _alone(mail: Mail, file: FileDiff, change: Change) -> str:
    """What to say of a fragment that has no place in the tree; nothing when it does not say which file it is of."""
    lines = (source.mail_lines[0] for source in (change.after, change.before) if source and source.mail_lines)
    known = file.old_path and file.new_path
    what = f"what is quoted here has no place in the tree's {file.path}, and is checked alone"
    return f"{mail.name}:{next(lines)}: {what}" if known else ""


def _leaves(file: FileDiff) -> bool:
    return file.is_rename or file.new_path is None


def _refuse_existing(mail: Mail, file: FileDiff, stage: _Stage) -> None:
    if file.new_path and stage.current(file.new_path) is not None:
        raise _failed(mail, file.line, f"{file.new_path} is already in the tree")


def _patched(mail: Mail, file: FileDiff, old: bytes) -> Applied:
    try:
        return apply(old, file.hunks)
    except HunkError as error:
        hunk = file.hunks[error.number - 1]
        what = f"{error} to {file.old_path or file.path}:{hunk.old_start}"
        if error.mangled:
            what += f" because {error.mangled}"
            raise _failed(mail, hunk.line, what, "take the raw mail, not a copy from a web page") from error
        raise _failed(mail, hunk.line, what) from error


def _failed(mail: Mail, line: int, what: str, cure: str = "give the tree it was made for") -> UserError:
    return UserError(what, path=mail.name, line=line, cure=cure, status=UNREADABLE_PATCH)


def _whole(mail: Mail, file: FileDiff, old: bytes, result: Applied) -> Change:
    before = after = None
    if file.old_path is not None:
        named = [0] * line_count(old)
        for row, line in result.before.items():
            named[row - 1] = line
        before = Source(file.path, old, mail_lines=tuple(named))
    if file.new_path is not None:
        after = Source(file.path, result.text, mail_lines=tuple(result.image.mail_lines), touched=result.touched)
    origins = tuple(result.image.origins)
    return Change(file.path, before, after, mail, old_path=file.old_path or "", origins=origins)
