"""The main job: patches, or files of a tree, in; a report out.

A patch is examined before and after, and only what is new is reported, in the functions it touches and in those of the
same file that call one whose behaviour it changes.  Without a tree each hunk is examined as a fragment.  Example:

    check_patches([("x.mbox", data)], Loaded())     a report with the findings of every mail of the mbox
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib import import_module
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from kpatchlint.brought import may_bring, whole
from kpatchlint.endstate import Step, end_of_series
from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.evidence import base_of, release_of
from kpatchlint.examine import Examined, Setup, Text, examine_once
from kpatchlint.finding import Finding, PatchMail, Report
from kpatchlint.loaded import Loaded
from kpatchlint.patch.change import Change
from kpatchlint.patch.inputs import Input
from kpatchlint.patch.mail import Mail, unread_mails
from kpatchlint.patched import C_SUFFIXES, Around, Outcome, checked, is_c
from kpatchlint.phases import phase
from kpatchlint.release import Release, newest_release, parse_release
from kpatchlint.series import SHORT, Patch, Place, committed, placed
from kpatchlint.source import Source
from kpatchlint.tree.files import Files
from kpatchlint.tree.git import Commit, Repository

Watch = Callable[[Iterator[object], int], Iterator[object]]


class Options(Struct, frozen=True):
    """What to report.

    everything  what was there before, too
    series      on the state that the last patch leaves
    chosen      the ids of the rules that matter; None for all.  What only another rule needs may be left out.
    watch       is given what is read of a whole tree, and its number, and hands it on: to show how far that is
    release     that of patches without a tree; None: what their code, subject and date tell
    """

    everything: bool = False
    series: bool = False
    chosen: frozenset[str] | None = None
    watch: Watch | None = None
    release: Release | None = None


DEFAULTS = Options()


class Commits(Struct, frozen=True):
    """Commits of a repository as input; `name` is how the user called them."""

    name: str
    repository: Repository
    commits: tuple[Commit, ...]


class _Done(Struct, frozen=True):
    """What is known after some patches: the report, where the last one left off, and each of them."""

    report: Report = field(default_factory=Report)
    stand: Place | None = None
    last: Patch | None = None
    steps: tuple[Step, ...] = ()
    renames: Mapping[str, str] = {}


_Read = Callable[[], Mail] | Callable[[], tuple[Commit, Repository]]


def check_patches(inputs: Iterable[Input | Commits], loaded: Loaded, options: Options = DEFAULTS) -> Report:
    """The report on every mail and commit of the inputs; one that cannot be read or applied is in its `errors`.

    With a tree the mails are a series, each on the state its predecessors leave; one that cannot be applied leaves
    none.  Raises `UserError` for what concerns the whole run: rule files, the tree.
    """
    done = _Done()
    for given in inputs:
        if options.series and loaded.tree is None and not isinstance(given, Commits):
            raise UserError("--series: without a tree patches have no common end", cure="give one with --tree")
        seen = done.report.patches + len(done.report.errors)
        for read in _reads(given):
            done = _next(done, read, loaded, options)
        done = _noticed(done, *_notices(given, done.report.patches + len(done.report.errors) > seen))
    report = done.report
    if options.series:
        check = partial(_outcome, loaded=loaded, options=options)
        report = end_of_series(report, done.steps, loaded, options.everything, check)
    loaded.kept.save()
    return report


def _noticed(done: _Done, *notices: str) -> _Done:
    every = tuple(dict.fromkeys((*done.report.notices, *notices)))
    return replace(done, report=replace(done.report, notices=every))


def _notices(given: Input | Commits, any_seen: bool) -> Iterator[str]:
    if isinstance(given, Commits):
        merges = [commit.id[:SHORT] for commit in given.commits if len(commit.parents) > 1]
        yield from (f"commit {id}: not checked: a merge has no patch of its own" for id in merges)
        if not (any_seen or merges):
            yield f"{given.name}: nothing to check: no commit with a diff in it"
    elif not any_seen:
        source = "; a file as it stands is for kpatchlint scan" if given[0].endswith(C_SUFFIXES) else ""
        yield f"{given[0]}: nothing to check: no diff in it{source}"


def _reads(given: Input | Commits) -> Iterator[_Read]:
    if not isinstance(given, Commits):
        return _mails(*given)
    return (partial(_pair, commit, given.repository) for commit in given.commits if len(commit.parents) < 2)


def _pair(commit: Commit, repository: Repository) -> tuple[Commit, Repository]:
    return commit, repository


def _mails(name: str, data: bytes | UserError) -> Iterator[Callable[[], Mail]]:
    if not isinstance(data, UserError) and data.strip():
        return unread_mails(name, data)
    cure = "give a patch, a mail or an mbox"
    empty = UserError("is empty", path=name, cure=cure, status=UNREADABLE_PATCH)
    return iter([partial(_refuse, data if isinstance(data, UserError) else empty)])


def _refuse(error: UserError) -> Mail:
    raise error


def _next(done: _Done, read: _Read, loaded: Loaded, options: Options) -> _Done:
    """What is known after one more mail or commit."""
    mail: Mail | None = None
    stand, report = done.stand, done.report
    try:
        given = read()
        if isinstance(given, Mail):
            mail = given
            with phase("apply"):
                patch, stand = placed(given, loaded.tree, stand)
        else:
            patch = committed(*given, done.last)
        renames = {**done.renames, **loaded.renames(patch.changes)}
        around = loaded.naming(_around(patch, loaded, options), done.renames, renames)
        outcome = _outcome(patch, around, loaded, options)
    except UserError as error:
        if error.status != UNREADABLE_PATCH:
            raise
        failed = replace(_told(mail, error.path), error=error.said, error_line=error.line)
        report = replace(report, errors=(*report.errors, str(error)), mails=(*report.mails, failed))
        return replace(done, report=report)
    told = replace(_told(patch.mail, patch.mail.name), has_diff=bool(patch.changes), base=patch.base)
    mails = (*report.mails, replace(told, subject=patch.subject or told.subject, commit=patch.commit))
    step = Step(len(mails), patch, outcome)
    report = added(replace(report, mails=mails), step.examined, patches=bool(patch.changes))
    noticed = (change.notice for change in patch.changes if change.notice)
    kept = renames if patch.after else {}
    steps = (*done.steps, step) if options.series else ()
    return _noticed(_Done(report, stand, patch, steps, kept), *noticed, *outcome.notices)


State = Mapping[str, bytes | None]


class _Remarks(Protocol):
    """`kpatchlint.commented.Remarks`."""

    def in_patch(self, changes: Sequence[Change], state: State, everything: bool = False) -> tuple[Finding, ...]:
        """The stale names that a patch brings."""


def _remarks(below: Files, setup: Setup, loaded: Loaded, options: Options) -> _Remarks | None:
    """Who knows the whole tree; what it takes to ask it is imported for a patch that must."""
    watch = {"watch": options.watch} if options.watch else {}
    commented = import_module("kpatchlint.commented")
    found: _Remarks | None = commented.remarks_of(below, setup, options.chosen, loaded.opened, **watch)
    return found


def _outcome(patch: Patch, around: Around, loaded: Loaded, options: Options) -> Outcome:
    """What a patch brings; what comments name is asked of the index of the whole tree, where there is one."""
    if patch.after is None or not whole(patch.after.below, around.after.rules, options.chosen):
        return checked(patch.changes, around)
    try:
        with phase("whole tree"):
            stale = _stale(patch, around.after, loaded, options)
    except UserError as error:
        if error.status != UNREADABLE_PATCH:
            raise
        outcome = checked(patch.changes, around)
        return replace(outcome, notices=(*outcome.notices, f"comments of other files are not looked at: {error}"))
    before, after = replace(around.before, renames={}), replace(around.after, renames={})
    outcome = checked(patch.changes, replace(around, before=before, after=after))
    examined = replace(outcome.examined, findings=(*outcome.examined.findings, *stale))
    return replace(outcome, examined=examined, notices=(*outcome.notices, *_unkept(loaded)))


def _unkept(loaded: Loaded) -> tuple[str, ...]:
    """That a tree which was looked at is not kept in the cache, where that is so."""
    cache = import_module("kpatchlint.tree.cache") if loaded.opened else None
    lines: tuple[str, ...] = cache.unkept(cache.default_path()) if cache else ()
    return lines


def _stale(patch: Patch, setup: Setup, loaded: Loaded, options: Options) -> tuple[Finding, ...]:
    changes = [change for change in patch.changes if is_c(change)]
    if patch.after is None or not may_bring(changes, options.everything):
        return ()
    remarks = _remarks(patch.after.below, setup, loaded, options)
    return remarks.in_patch(changes, patch.after.state, options.everything) if remarks else ()


def _around(patch: Patch, loaded: Loaded, options: Options) -> Around:
    if patch.before is None or patch.after is None:
        said = (patch.mail, patch.changes, loaded.base.knowledge)
        told = (options.release,) if options.release else (release_of(*said), base_of(*said))
        setup = loaded.at(*told)
        return Around(setup, setup, everything=options.everything)
    return loaded.around(patch.before, patch.after, options.everything, options.series)


def _told(mail: Mail | None, name: str) -> PatchMail:
    if mail is None:
        return PatchMail(name)
    subject = mail.headers.get("subject", mail.subject)
    return PatchMail(mail.name, mail.message_id, subject, mail.headers, mail.lines, mail.first_line)


def scan_source(path: str, text: bytes, release: str = "") -> Report:
    """The report on one text that stands alone, as code of `release` (the newest by default)."""
    setup = _shipped().at(parse_release(release) if release else newest_release())
    return added(Report(), examine_once(Text(Source(path, text), setup), lambda start, end: True))


@cache
def _shipped() -> Loaded:
    return Loaded()


def added(report: Report, examined: Examined, *, patches: int = 0) -> Report:
    """The report, and behind it what one more text has brought."""
    return replace(
        report,
        findings=(*report.findings, *examined.findings),
        unanalyzed=(*report.unanalyzed, *examined.unanalyzed),
        patches=report.patches + patches,
        files=report.files + examined.files,
        functions=report.functions + examined.functions,
        bounded=report.bounded + examined.bounded,
    )
