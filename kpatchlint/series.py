"""Where patches apply: a series is followed patch by patch, each on the state its predecessors leave.

In a plain directory, or at a commit the user names, there is one place to begin.  In a repository it is the first of
these where the patch applies: the commit of the mail's `base-commit:` line; where the patch before this one left off;
the files that its `index` lines name, if the result is the one they name, too; HEAD; the work tree.  Files are built
in memory.  Example: the second mail of a series is checked on files that the first one has changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.patch.change import Change, applied, fragments
from kpatchlint.patch.diff import FileDiff, changes
from kpatchlint.patch.mail import Mail
from kpatchlint.regex import regex
from kpatchlint.tree.checkout import Checkout
from kpatchlint.tree.files import Files, Overlay
from kpatchlint.tree.git import Commit, Repository

SHORT = 12

_BASE = regex(rb"base-commit: ([0-9a-f]{40,64})\s*")
_INDEX = regex(rb"index ([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})\b")
# `[PATCH v2 3/7]`: it goes on where the patch before it left off
_LATER = regex(r"\[[^\]]*\b0*([2-9]|[1-9]\d+)/\d+\]")


class Place(Struct, frozen=True):
    """A state of the tree that patches may apply to, and how it was found: `HEAD 1a2b3c4d5e6f`."""

    tree: Overlay
    said: str = ""
    by_ids: bool = False
    needs_proof: bool = False


class Patch(Struct, frozen=True):
    """One mail, diff or commit with the trees before and behind it, which are None where no tree is given."""

    mail: Mail
    changes: tuple[Change, ...]
    before: Overlay | None = None
    after: Overlay | None = None
    base: str = ""
    commit: str = ""
    subject: str = ""

    @property
    def paths(self) -> frozenset[str]:
        """Every file that it touches, by its old and its new name."""
        return frozenset(path for change in self.changes for path in (change.path, change.old_path) if path)


def placed(mail: Mail, tree: Files | Repository | None, stand: Place | None) -> tuple[Patch, Place | None]:
    """The patch of a mail where it applies, and the place that it leaves for the next one; `stand` is the last one.

    Raises `UserError` for a diff that cannot be read, and for one that applies nowhere.
    """
    if tree is None:
        return Patch(mail, fragments(mail)), None
    files = changes(mail)
    if not files:
        return _without_diff(mail, tree, stand)
    refused: list[tuple[str, UserError]] = []
    for place in _places(mail, files, tree, stand):
        try:
            patch, left = _at(mail, files, place)
        except UserError as error:
            if error.status != UNREADABLE_PATCH:
                raise
            refused.append((place.said, error))
            continue
        if not place.needs_proof or _proved(mail, files, left.tree.state):
            return patch, left
    raise _nowhere(refused)


def _without_diff(mail: Mail, tree: Files | Repository, stand: Place | None) -> tuple[Patch, Place | None]:
    """A cover letter, which may name the base of its series, or a reply that quotes a patch."""
    named = _named(mail, tree) if isinstance(tree, Repository) else None
    stand = named or stand
    around = stand or next(iter(_first_places(tree)), None)
    view = around.tree if around else None
    quoted = applied(mail, view, {})[0] if view else fragments(mail)
    return Patch(mail, quoted, view, view, around.said if around else ""), stand


def _at(mail: Mail, files: Sequence[FileDiff], place: Place) -> tuple[Patch, Place]:
    found, left = applied(mail, place.tree, {})
    after = replace(place.tree, state={**place.tree.state, **left})
    return Patch(mail, found, place.tree, after, place.said), replace(place, tree=after, needs_proof=False)


def _places(
    mail: Mail, files: Sequence[FileDiff], tree: Files | Repository, stand: Place | None
) -> Iterator[Place]:
    """Where the patch may apply, the likeliest first."""
    if not isinstance(tree, Repository):
        yield from [stand] if stand else _first_places(tree)
        return
    named = _named(mail, tree)
    if named and not (stand and stand.said == named.said):
        yield named
    blobs = _blobs(mail, files, tree)
    if stand:
        more = {path: text for path, text in blobs.items() if path not in stand.tree.state} if stand.by_ids else {}
        yield replace(stand, tree=replace(stand.tree, state={**stand.tree.state, **more}))
        if _LATER.search(mail.subject):
            return
    first = tuple(_first_places(tree))
    by_ids = [Place(_with(blobs, at.tree), "the files of its index lines", by_ids=True) for at in first[:1]]
    if blobs:
        yield from (replace(place, needs_proof=True) for place in by_ids)
    yield from first
    if blobs:
        yield from by_ids


def _with(files: Mapping[str, bytes], tree: Overlay) -> Overlay:
    """The tree with these files; those that it has are its own, of which more may be known."""
    return replace(tree, state={path: text for path, text in files.items() if tree.read(path) != text})


def _first_places(tree: Files | Repository) -> Iterator[Place]:
    """Where a patch may apply that says nothing of its base."""
    if not isinstance(tree, Repository):
        yield Place(Overlay(tree), tree.label)
        return
    head = tree.snapshot("HEAD")
    if head:
        yield Place(Overlay(head), f"HEAD {head.label}")
    if tree.top:
        yield Place(Overlay(Checkout(tree.top)), "the work tree")
    elif not head:
        raise UserError("has no commit to apply a patch to", path=str(tree.git_dir), cure="name one with --base")


def _named(mail: Mail, repository: Repository) -> Place | None:
    """The commit of the mail's `base-commit:` line, if the repository has it."""
    found = next((m for line in reversed(mail.lines) if (m := _BASE.fullmatch(line))), None)
    snapshot = repository.snapshot(found[1].decode()) if found else None
    return Place(Overlay(snapshot), f"base-commit {snapshot.label}") if snapshot else None


def _blobs(mail: Mail, files: Sequence[FileDiff], repository: Repository) -> Mapping[str, bytes]:
    """The files before the patch, by the ids of its `index` lines; empty when one of them is not to be had."""
    found: dict[str, bytes] = {}
    for file in files:
        ids = _ids(mail, file)
        if file.old_path is None or file.is_binary or not file.hunks:
            continue
        content = repository.blob(ids[0]) if ids else None
        if content is None:
            return {}
        found[file.old_path] = content
    return found


def _ids(mail: Mail, file: FileDiff) -> tuple[str, str] | None:
    """What its `index` line says of a file before and behind the patch."""
    rows = slice(file.line - mail.first_line, file.hunks[0].line - mail.first_line) if file.hunks else slice(0)
    found = next((m for line in mail.lines[rows] if (m := _INDEX.match(line))), None)
    return (found[1].decode(), found[2].decode()) if found else None


def _proved(mail: Mail, files: Sequence[FileDiff], state: Mapping[str, bytes | None]) -> bool:
    """Whether each file behind the patch has the id that its `index` line says."""
    for file in files:
        ids, content = _ids(mail, file), state.get(file.new_path or "")
        if ids and content is not None and not any(id.startswith(ids[1]) for id in _git_ids(content)):
            return False
    return True


def _git_ids(content: bytes) -> tuple[str, ...]:
    """The ids that git gives to a file, in a repository of either kind."""
    whole = b"blob %d\0%s" % (len(content), content)
    hashlib = import_module("hashlib")
    return hashlib.sha1(whole, usedforsecurity=False).hexdigest(), hashlib.sha256(whole).hexdigest()


def _nowhere(refused: Sequence[tuple[str, UserError]]) -> UserError:
    """One line for a patch that applies nowhere: why not at the likeliest place, and where else it was tried."""
    said, first = refused[0]
    tried = list(dict.fromkeys(other for other, _ in refused if other != said))
    where = f" at {said}" if said else ""
    also = f", nor at {', '.join(tried)}" if tried else ""
    cure = "name its base with --base" if tried else first.cure
    return UserError(f"{first.what}{where}{also}", path=first.path, line=first.line, cure=cure, status=UNREADABLE_PATCH)


def committed(commit: Commit, repository: Repository, last: Patch | None) -> Patch:
    """A commit as a patch on its parent; `last` is the one before it, whose trees go on when it is the parent."""
    # without a subject, because no line of a diff is the end of a commit message
    mail = Mail(f"commit {commit.id[:SHORT]}", 0, "", "", commit.day, commit.diff, 1)
    follows = last is not None and last.commit == commit.parent
    tree = last.after if last and follows and last.after else Overlay(repository.files_of(commit))
    found, left = applied(mail, tree, {})
    after = replace(tree, state={**tree.state, **left})
    return Patch(mail, tuple(map(_unmailed, found)), tree, after, commit.parent[:SHORT], commit.id, commit.subject)


def _unmailed(change: Change) -> Change:
    """The change without the lines of a mail: its diff was made here, and nobody has it."""
    before, after = (side and replace(side, mail_lines=()) for side in (change.before, change.after))
    return replace(change, before=before, after=after)
