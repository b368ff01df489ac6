"""Stale names that only the whole tree can tell: all of them in a scan, and those that a patch brings.

A patch brings what its touched comment lines claim and the tree does not have, and what any comment of the tree says
of a name whose last definition the patch takes away.  Assumption: what a patch takes away is defined at file scope.
Example: a patch that renames f_old in mm/a.c has a finding in mm/b.c, where a comment still says f_old().
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.brought import said_in, whole
from kpatchlint.c.comments import comments, mentions
from kpatchlint.claim import of_hardware
from kpatchlint.errors import UserError
from kpatchlint.event import EventKind
from kpatchlint.examine import Setup, touched_ranges
from kpatchlint.finding import Finding
from kpatchlint.leftover import left_behind
from kpatchlint.match import Before, classed, matched
from kpatchlint.members import missing_members
from kpatchlint.patch.change import Change
from kpatchlint.patched import with_touched
from kpatchlint.pathnames import file_events, missing_files
from kpatchlint.reference import Rename, patch_renames
from kpatchlint.rule import Rule
from kpatchlint.source import Source
from kpatchlint.stale import Known, Names, in_text, in_tree, local_event, member_event
from kpatchlint.tree.cache import Store, default_path
from kpatchlint.tree.checkout import Checkout
from kpatchlint.tree.files import Files, Overlay, below
from kpatchlint.tree.git import Snapshot
from kpatchlint.tree.index import Index, Watch, as_they_come, open_index
from kpatchlint.tree.origin import Directory, Origin, committed
from kpatchlint.tree.words import code_words, is_program, split

_DEFINED = re.compile(
    rb"^[ \t]*#[ \t]*define[ \t]+(\w+)"
    rb"|\b(?:struct|union|enum)[ \t]+(\w+)[ \t]*\{"
    rb"|^\}[ \t]*(\w+)[ \t]*;"
    rb"|^[ \t]+([A-Z][A-Z\d_]+)[ \t]*(?:=[^,\n]*)?,"
    rb"|^(?=[A-Za-z_])[^\n;={}#]*?\b(\w+)[ \t]*\([^;{}#]*\)[\w\s()]*\{",
    re.M,
)

State = Mapping[str, bytes | None]
Opened = dict[Files, Index | UserError]


def alone(rules: Iterable[Rule], chosen: frozenset[str] | None) -> bool:
    """Whether no chosen rule answers to anything else."""
    mine = [rule for rule in rules if chosen is None or rule.id in chosen]
    return bool(mine) and all(rule.events == {EventKind.STALE_NAME} for rule in mine)


class _Texts(Struct, frozen=True):
    """The two sides of a patch, fragments included; `past` are the renames that have happened."""

    changes: tuple[Change, ...]
    known: Known
    past: Mapping[str, Rename]

    @property
    def before(self) -> list[bytes]:
        """What the patch finds, file by file."""
        return [change.before.text if change.before else b"" for change in self.changes]

    @property
    def after(self) -> list[bytes]:
        """What it leaves."""
        return [change.after.text if change.after else b"" for change in self.changes]

    def gone(self) -> frozenset[bytes]:
        """Names that were defined in a whole file, and that no file of the patch has any more."""
        whole = [change.before.text for change in self.changes if change.before and change.before.complete]
        old = {name for text in whole for name in _defined(split(text)[0]) if b"_" in name[1:-1]}
        return frozenset(old - self._words)

    @property
    def _words(self) -> frozenset[bytes]:
        return frozenset(word for text in self.after for word in code_words(text))

    def said(self, everything: bool) -> frozenset[bytes]:
        """Names in touched comments, or in all, that the patch's own files do not have."""
        sides = (change.after for change in self.changes if change.after)
        found = {name for side in sides for name in said_in(side, everything)}
        return frozenset(found - self._words)


def remarks_of(
    tree: Files, setup: Setup, chosen: frozenset[str] | None, opened: Opened | None = None, watch: Watch = as_they_come
) -> "Remarks | None":
    """Who tells stale names by the whole tree; None where it is not that of a kernel, or no rule asks for them.

    opened  the indexes that were opened in this run, by their trees, or why not: no tree is looked at twice
    watch   see `open_index`
    """
    if not whole(tree, setup.rules, chosen):
        return None
    return Remarks(tree, Known(setup.rules, setup.renames, setup.release), {} if opened is None else opened, watch)


def origin_of(tree: Files) -> Origin:
    """Where the index of a tree reads its files."""
    if isinstance(tree, Snapshot):
        return committed(tree)
    assert isinstance(tree, Checkout)
    return Directory(tree.root)


class Remarks(Struct, frozen=True):
    """The comments of a tree, and the data that decides about them; for `opened` and `watch` see `remarks_of`."""

    tree: Files
    known: Known
    opened: Opened = {}
    watch: Watch = as_they_come

    def in_tree(self, paths: Sequence[str], suffixes: tuple[str, ...], jobs: int) -> tuple[list[Finding], int]:
        """The stale names in the files with one of these suffixes that the paths stand for, and how many those are."""
        index = open_index(origin_of(self.tree), Store(default_path()), jobs, watch=self.watch)
        inside = below(paths)

        def meant(path: str) -> bool:
            return path.endswith(suffixes) and inside(path)

        found = [finding for finding in in_tree(index, self.known) if meant(finding.position.path)]
        return found, sum(meant(path) for part in index.parts for path in part.paths)

    def in_patch(self, changes: Sequence[Change], state: State, everything: bool = False) -> tuple[Finding, ...]:
        """The stale names that a patch brings.

        state       the files of the tree as this patch and those before it leave them, None for a deleted one
        everything  report what was there before in its files, too
        Raises `UserError` where the tree cannot be read as a whole.
        """
        texts = _Texts(tuple(changes), self.known, self.known.past)
        gone, said = texts.gone(), texts.said(everything)
        here = (*self._files(texts, state, everything), *_left_behind(texts))
        if not gone and not said:
            return here
        tree = self._index.patched(state)
        absent = _missing(tree, said - gone, kernel=not any(is_program(change.path) for change in texts.changes))
        lost = tree.missing(gone) if gone else gone
        return (*here, *_touched(texts, tree, absent, everything), *_elsewhere(texts, tree, lost))

    def _files(self, texts: _Texts, state: State, everything: bool) -> Iterator[Finding]:
        """The files that touched comments name for the first time and the tree does not have."""
        tree = Overlay(self.tree, state)
        for change in texts.changes:
            missing = missing_files(change, tree, everything)
            if missing and change.after is not None:
                events = file_events(change.after.text, missing, self._index.patched(state).paths)
                yield from matched(events, texts.known.rules, change.after, change.mail.message_id)

    def in_file(self, path: str, text: bytes) -> tuple[Finding, ...]:
        """The stale names in one file, if it had this text: what `in_tree` says of a file that has it."""
        tree, past = self._index.patched({path: text}), self.known.past
        said = {mention.name.encode() for comment in comments(text) for mention in mentions(comment)}
        missing = _missing(tree, said)
        gone = {old: rename for old, rename in past.items() if old.encode() in said & missing}
        events = in_text(text, Names(_claimable(missing), gone), tree.near(path))
        return tuple(matched(events, self.known.rules, Source(path, text)))

    @property
    def _index(self) -> Index:
        """Slow the first time, so it is asked for only where a patch makes it matter."""
        if self.tree not in self.opened:
            self.opened[self.tree] = self._open()
        found = self.opened[self.tree]
        if isinstance(found, UserError):
            raise found
        return found

    def _open(self) -> Index | UserError:
        try:
            return open_index(origin_of(self.tree), Store(default_path()), watch=self.watch)
        except UserError as error:
            return error


def _missing(tree: Index, said: Collection[bytes], kernel: bool = False) -> frozenset[bytes]:
    """What the tree does not have, of these names and of what they are the plural of.

    kernel  what only programs have that are kept with the kernel is none of its own
    """
    return tree.missing({*said, *(name[:-1] for name in said if name.endswith(b"s"))}, kernel) if said else frozenset()


def _claimable(missing: frozenset[bytes]) -> frozenset[str]:
    """These names but for those that are the plural of one that is there: such claim nothing."""
    claimed = (name for name in missing if not name.endswith(b"s") or name[:-1] in missing)
    return frozenset(name.decode(errors="replace") for name in claimed)


def _left_behind(texts: _Texts) -> Iterator[Finding]:
    """What comments say of parameters and variables that the patch takes out of their function, and of what these do
    not have."""
    for change in texts.changes:
        if change.after is not None:
            text, message_id = change.after.text, change.mail.message_id
            events = (local_event(text, *left) for left in left_behind(change))
            others = (member_event(text, *missing) for missing in missing_members(change))
            yield from matched(chain(events, others), texts.known.rules, change.after, message_id)


def _touched(texts: _Texts, tree: Index, missing: frozenset[bytes], everything: bool) -> Iterator[Finding]:
    """What the touched comments claim, and did not before."""
    gone = {old: rename for old, rename in texts.past.items() if old.encode() in missing}
    names = Names(_claimable(missing), gone, spoken=True)
    for change in texts.changes if missing else ():
        if change.after is not None:
            here = replace(names, hardware=of_hardware(change.path))
            look = _Look(here, tree.near(change.path), texts.known.rules, everything)
            old = look(with_touched(change.before, change)) if change.before else []
            found = classed(look(change.after, change.mail.message_id), Before(old))
            yield from (finding for finding in found if everything or finding.state == "new")


class _Look(Struct, frozen=True):
    """Finds names in the comments of one side of a file: in those that the patch touches, or in all."""

    names: Names
    near: bytes
    rules: tuple[Rule, ...]
    everything: bool

    def __call__(self, side: Source, message_id: str = "") -> list[Finding]:
        touched = None if self.everything else list(touched_ranges(side))
        return matched(in_text(side.text, self.names, self.near, touched), self.rules, side, message_id)


def _elsewhere(texts: _Texts, tree: Index, gone: frozenset[bytes]) -> Iterator[Finding]:
    """What any comment of the tree says of the names that the patch took away."""
    new = patch_renames(texts.before, texts.after) if gone else {}
    strings = [name.decode(errors="replace") for name in gone]
    renames = {name: Rename(name, new.get(name, ""), texts.known.release) for name in strings}
    sources = {change.path: change.after for change in texts.changes if change.after and change.after.complete}
    message_id = texts.changes[0].mail.message_id
    for path, names in sorted(tree.saying(gone).items()):
        here = {name: renames[name] for name in (each.decode(errors="replace") for each in names)}
        source = sources.get(path) or Source(path, tree.read(path))
        events = in_text(source.text, Names(gone=here, cause="-here"), b"")
        yield from matched(events, texts.known.rules, source, message_id)


def _defined(code: bytes) -> Iterator[bytes]:
    for match in _DEFINED.finditer(code):
        yield match[match.lastindex or 0]
