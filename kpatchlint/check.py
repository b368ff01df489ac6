"""The main job: patches, or files of a tree, in; a report out.

A patch is examined before and after, and only what is new is reported, in the functions it touches and in those of the
same file that call one whose behaviour it changes.  Without a tree each hunk is examined as a fragment.  Example:

    check_patches([("x.mbox", data)], load(None))     a report with the findings of every mail of the mbox
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from pathlib import Path, PurePosixPath

from kpatchlint.c.dialect import load as load_dialect
from kpatchlint.c.fragment import complete
from kpatchlint.compare import called, called_or_touched, names_to_check, newly_left, tainted_names
from kpatchlint.data import rules_directory
from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.examine import Examined, Setup, Text, examine
from kpatchlint.finding import PatchMail, Report
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.match import matched, new_findings
from kpatchlint.patch.change import Change, applied, fragments
from kpatchlint.patch.inputs import Input
from kpatchlint.patch.mail import Mail, unread_mails
from kpatchlint.prose.claims import load_claims
from kpatchlint.reference import load_renames
from kpatchlint.release import Release, newest_release, parse_release, release_at
from kpatchlint.rule import load_rules
from kpatchlint.source import Source
from kpatchlint.tree.checkout import Checkout
from kpatchlint.tree.siblings import Siblings

# files as the patches so far leave them, None for a deleted one
State = Mapping[str, bytes | None]
Watch = Callable[[Iterator[Report], int], Iterator[Report]]

C_SUFFIXES = (".c", ".h")
# below this a second process costs more than it saves
FEW_FILES = 8


@dataclass(frozen=True)
class Loaded:
    """The rule data, read once; `setup` chooses the contracts for a release, or for a tree."""

    rule_directories: tuple[Path, ...] = ()
    tree: Checkout | None = None

    @cached_property
    def base(self) -> Setup:
        """Everything, chosen for nothing yet."""
        rules = load_rules(self.rule_directories)
        knowledge, newest = load_knowledge(rules_directory()), newest_release()
        return Setup(rules, knowledge, load_dialect(), load_renames(), newest, load_claims())

    @cached_property
    def of_tree(self) -> Setup:
        """What holds for the tree: its declarations first, then its version."""
        tree = self.tree
        if tree is None:
            return self.base
        probed = replace(tree, headers=self.base.knowledge.headers)
        release = parse_release(tree.version()) if tree.version() else newest_release()
        declared = probed.declares if (tree.root / "include/linux").is_dir() else None
        knowledge = self.base.knowledge.chosen(release, declared)
        if declared is None:
            return replace(self.base, knowledge=knowledge, release=release)
        return replace(
            self.base,
            knowledge=knowledge,
            release=release,
            exists=lambda name: probed.declares(name) is not None,
            siblings=Siblings(tree),
        )

    @cached_property
    def trigger_words(self) -> re.Pattern[bytes]:
        """What a body must mention to be worth analysing in a scan."""
        words = sorted(word.encode() for word in self.of_tree.knowledge.triggers)
        return re.compile(rb"\b(?:" + b"|".join(words) + rb")\b")

    def at(self, release: Release) -> Setup:
        """What holds at a release, when there is no tree."""
        return replace(self.base, knowledge=self.base.knowledge.chosen(release), release=release)


def check_patches(inputs: Iterable[Input], loaded: Loaded) -> Report:
    """The report on every mail of the inputs; one that cannot be read or applied is in its `errors`.

    With a tree the mails are a series, each on the state its predecessors leave; one that cannot be applied leaves
    none.  Raises `UserError` for what concerns the whole run: rule files, the tree.
    """
    report = Report()
    state: State = {}
    for name, data in inputs:
        seen = report.patches + len(report.errors)
        for read in _mails(name, data):
            report, state = _next(report, read, loaded, state)
        if report.patches + len(report.errors) == seen:
            report = replace(report, notices=(*report.notices, f"{name}: nothing to check: no diff in it"))
    return report


def _mails(name: str, data: bytes | UserError) -> Iterator[Callable[[], Mail]]:
    if not isinstance(data, UserError) and data.strip():
        return unread_mails(name, data)
    cure = "give a patch, a mail or an mbox"
    empty = UserError("is empty", path=name, cure=cure, status=UNREADABLE_PATCH)
    return iter([partial(_refuse, data if isinstance(data, UserError) else empty)])


def _refuse(error: UserError) -> Mail:
    raise error


def _next(report: Report, read: Callable[[], Mail], loaded: Loaded, state: State) -> tuple[Report, State]:
    """The report with one more mail in it, and the state that mail leaves."""
    mail: Mail | None = None
    try:
        mail = read()
        changes, left = _changes(mail, loaded.tree, state)
        examined = _checked(changes, _setup(mail, loaded))
    except UserError as error:
        if error.status != UNREADABLE_PATCH:
            raise
        failed = replace(_told(mail, error.path), error=error.said, error_line=error.line)
        return replace(report, errors=(*report.errors, str(error)), mails=(*report.mails, failed)), state
    notices = (*report.notices, *(change.notice for change in changes if change.notice))
    mails = (*report.mails, replace(_told(mail, mail.name), has_diff=bool(changes)))
    findings = tuple(replace(finding, mail=len(mails)) for finding in examined.findings)
    examined = replace(examined, findings=findings)
    return _added(replace(report, mails=mails, notices=notices), examined, patches=bool(changes)), left


def _told(mail: Mail | None, name: str) -> PatchMail:
    if mail is None:
        return PatchMail(name)
    subject = mail.headers.get("subject", mail.subject)
    return PatchMail(mail.name, mail.message_id, subject, mail.headers, mail.lines, mail.first_line)


def scan_source(path: str, text: bytes, release: str = "") -> Report:
    """The report on one text that stands alone, as code of `release` (the newest by default)."""
    setup = Loaded().at(parse_release(release) if release else newest_release())
    return _added(Report(), examine(Text(Source(path, text), setup), lambda start, end: True))


def scan_file(path: str, loaded: Loaded) -> Report:
    """The report on one file of the tree: definitions with a trigger word in them."""
    data, setup = loaded.tree.read(path) if loaded.tree else None, loaded.of_tree
    words = loaded.trigger_words
    if data is None:
        raise UserError("cannot be read", path=path)
    text = Text(Source(path, data), setup)
    return _added(Report(), examine(text, lambda start, end: words.search(data, start, end) is not None))


def scan_paths(
    paths: Sequence[str], rule_directories: tuple[Path, ...] = (), jobs: int = 1, watch: Watch | None = None
) -> Report:
    """The report on files and directories as they stand; `UserError` for a path that is not there.

    jobs   how many processes share the files; the report does not depend on it
    watch  is given the reports as they come, and their number, and hands them on: to show how far the run is
    """
    work = [(root, name, rule_directories) for root, names in _rooted(paths) for name in names]
    if jobs == 1 or len(work) < FEW_FILES:
        return _total(_watched(map(_scan_one, work), len(work), watch))
    with ProcessPoolExecutor(jobs) as pool:
        return _total(_watched(pool.map(_scan_one, work, chunksize=8), len(work), watch))


def _watched(reports: Iterator[Report], count: int, watch: Watch | None) -> Iterator[Report]:
    return watch(reports, count) if watch else reports


def covered(paths: Sequence[str]) -> Callable[[str], bool]:
    """Whether a file, named as in the report on a scan of `paths`, is one of those that are scanned."""
    tops = [PurePosixPath(inside) for _, inside in map(_placed, paths)]
    return lambda name: any(PurePosixPath(name).is_relative_to(top) for top in tops)


def _rooted(paths: Sequence[str]) -> Iterator[tuple[Path, list[str]]]:
    """For each path the tree it lies in, and the files it stands for."""
    for path in paths:
        top, inside = _placed(path)
        yield top, list(Checkout(top).files([inside], C_SUFFIXES))


def _placed(path: str) -> tuple[Path, str]:
    """The tree a path lies in, and the path inside it."""
    absolute = Path(path).resolve()
    if not absolute.exists():
        raise UserError("is not there", path=path, cure="name a file or directory of a kernel tree")
    root = next((p for p in (absolute, *absolute.parents) if (p / "include/linux").is_dir()), None)
    top = root or (absolute if absolute.is_dir() else absolute.parent)
    return top, str(absolute.relative_to(top))


def _scan_one(work: tuple[Path, str, tuple[Path, ...]]) -> Report:
    root, name, rule_directories = work
    return scan_file(name, _loaded(root, rule_directories))


@cache
def _loaded(root: Path, rule_directories: tuple[Path, ...]) -> Loaded:
    return Loaded(rule_directories, Checkout(root))


def _total(reports: Iterable[Report]) -> Report:
    total = Report()
    for report in reports:
        total = replace(
            total,
            findings=(*total.findings, *report.findings),
            unanalyzed=(*total.unanalyzed, *report.unanalyzed),
            files=total.files + report.files,
            functions=total.functions + report.functions,
            bounded=total.bounded + report.bounded,
        )
    return total


def _setup(mail: Mail, loaded: Loaded) -> Setup:
    if loaded.tree is not None:
        return loaded.of_tree
    return loaded.at(parse_release(release_at(mail.date)) if mail.date else newest_release())


def _changes(mail: Mail, tree: Checkout | None, state: State) -> tuple[tuple[Change, ...], State]:
    return applied(mail, tree, state) if tree is not None else (fragments(mail), state)


def _checked(changes: Sequence[Change], setup: Setup) -> Examined:
    parts = [_change(change, setup) for change in changes if _is_c(change)]
    return Examined(
        tuple(f for part in parts for f in part.findings),
        tuple(u for part in parts for u in part.unanalyzed),
        sum(part.functions for part in parts),
        len({change.path for change in changes}),
        sum(part.bounded for part in parts),
    )


def _is_c(change: Change) -> bool:
    return change.after is not None and (not change.path or change.path.endswith(C_SUFFIXES))


def _change(change: Change, setup: Setup) -> Examined:
    """What one file or hunk has after the patch and had not before."""
    assert change.after is not None
    if not change.path:
        # what the mail is called says nothing about the tree
        setup = replace(setup, siblings=None)
    after = _text(change.after, setup)
    before = _text(change.before, setup) if change.before else None
    if before is not None:
        before.share(after, tainted_names(before, after))
    names = names_to_check(after, before)
    now = examine(after, called_or_touched(after, names), change.mail.message_id)
    if before is not None:
        left = newly_left(before, after, {f.function for f in now.findings})
        more = matched(left, setup.rules, after.source, change.mail.message_id)
        now = replace(now, findings=(*now.findings, *more))
    then = examine(before, called(before, names)) if before and now.findings else Examined()
    touched = frozenset(change.after.position(o).line for o in _offsets(change.after))
    return replace(now, findings=tuple(new_findings(now.findings, then.findings, touched)))


def _text(source: Source, setup: Setup) -> Text:
    return Text(source, setup) if source.complete else Text(complete(source), setup, source)


def _offsets(source: Source) -> Iterator[int]:
    at = 0
    for row, line in enumerate(source.text.splitlines(keepends=True), 1):
        if source.touched is None or row in source.touched:
            yield at
        at += len(line)


def _added(report: Report, examined: Examined, *, patches: int = 0) -> Report:
    return replace(
        report,
        findings=(*report.findings, *examined.findings),
        unanalyzed=(*report.unanalyzed, *examined.unanalyzed),
        patches=report.patches + patches,
        files=report.files + examined.files,
        functions=report.functions + examined.functions,
        bounded=report.bounded + examined.bounded,
    )
