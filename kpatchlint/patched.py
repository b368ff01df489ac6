"""What a patch brings: findings behind it that were not there before.

Looked at are the functions that the patch touches, and those that call one whose behaviour it changes, in the same file
and, with a tree, in every other one.  Code that moves from one file to another keeps its findings.  Example: a patch
that takes an unlock out of `g` has a new finding in `g`, or in a caller of `g` that it leaves alone.
"""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import cached_property, partial

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.alike import rewrite_kept, rewrite_like
from kpatchlint.c.dialect import Dialect, Rewritten, rewrite
from kpatchlint.c.fragment import complete
from kpatchlint.c.outline import Outline, outline_kept, outline_like
from kpatchlint.c.parse import PLAINLY, Function, Ranges, Reading
from kpatchlint.compare import (
    Effects,
    called,
    called_or_touched,
    callers,
    callers_to_check,
    effects,
    fewer,
    half_asked_in,
    left_otherwise,
    less_asked,
    makes_up_for,
    newly_crossed,
    newly_left,
    tainted_names,
    touched_names,
)
from kpatchlint.event import Event
from kpatchlint.examine import FLOW, Examined, Setup, Text, examine, touched_ranges
from kpatchlint.finding import Finding, Note
from kpatchlint.match import Before, classed, gone, matched
from kpatchlint.patch.change import Change
from kpatchlint.regex import regex
from kpatchlint.source import Source
from kpatchlint.tree.files import Overlay

C_SUFFIXES = (".c", ".h")
# files that are looked at for callers of what a patch changes; functions of mm/ of 6.12 are called in fewer
MOST_CALLING = 60

_INCLUDED = regex(rb'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)
_WORD = regex(rb"\w+")
_STATIC = regex(rb"\bstatic\b")


class Around(Struct, frozen=True):
    """What a patch is checked against: what holds before and behind it, and the trees, where there is one.

    everything  keep findings that were there before
    gone        tell, too, what was there before and is not any more
    """

    before: Setup
    after: Setup
    trees: tuple[Overlay, Overlay] | None = None
    everything: bool = False
    gone: bool = False


class Outcome(Struct, frozen=True):
    """What a patch brings, and what it takes away."""

    examined: Examined
    gone: tuple[Finding, ...] = ()
    notices: tuple[str, ...] = ()


class _File(Struct, frozen=True):
    """One file before and behind the patch, and which of its functions are touched."""

    change: Change
    before: Text | None
    after: Text | None
    touched: frozenset[str] = frozenset()

    def loses(self, name: str) -> bool:
        """Whether the patch takes a function out of the file."""
        return _has(self.before, name) and not _has(self.after, name)


class _Files(Struct, frozen=True, dict=True):
    """The files of one patch; with thousands of hunks, each a file of its own, pairs of them would take too long."""

    every: tuple[_File, ...]

    @cached_property
    def before(self) -> Mapping[bytes, Sequence[_File]]:
        """The files by the words that stand in them, before the patch; none of a single file, which has no other."""
        return _by_word([(file, file.before) for file in self.every])

    @cached_property
    def after(self) -> Mapping[bytes, Sequence[_File]]:
        """The same behind the patch."""
        return _by_word([(file, file.after) for file in self.every])

    @cached_property
    def exchanges(self) -> Sequence[tuple[_File, str, Effects, Effects]]:
        """The functions that the patch touches, with what they do to resources before and behind it."""
        return [
            (file, name, effects(before, name), effects(after, name))
            for file in self.every
            if (before := file.before) and (after := file.after)
            for name in sorted(file.touched)
        ]


def _by_word(texts: Sequence[tuple[_File, Text | None]]) -> Mapping[bytes, Sequence[_File]]:
    found: dict[bytes, list[_File]] = {}
    for file, text in texts:
        for word in dict.fromkeys(_WORD.findall(text.source.text)) if text and len(texts) > 1 else ():
            found.setdefault(word, []).append(file)
    return found


def _has(text: Text | None, name: str) -> bool:
    return text is not None and bool(text.unit.places(name))


def checked(changes: Sequence[Change], around: Around) -> Outcome:
    """What the changes of one patch bring."""
    alone = len({change.path for change in changes}) == 1
    files = [_file(change, around, alone) for change in changes if is_c(change)]
    together = _Files(tuple(files))
    outcomes = [_examined(file, together, around) for file in files if file.after]
    calling = _callers(files, around)
    return Outcome(
        total([outcome.examined for outcome in (*outcomes, calling)], len({change.path for change in changes})),
        tuple(finding for outcome in (*outcomes, calling) for finding in outcome.gone),
        calling.notices,
    )


def total(parts: Sequence[Examined], files: int) -> Examined:
    """The parts as one."""
    return Examined(
        tuple(f for part in parts for f in part.findings),
        tuple(u for part in parts for u in part.unanalyzed),
        sum(part.functions for part in parts),
        files,
        sum(part.bounded for part in parts),
    )


def is_c(change: Change) -> bool:
    """Whether it is C that is patched."""
    return not change.path or change.path.endswith(C_SUFFIXES)


def _file(change: Change, around: Around, alone: bool) -> _File:
    """A file with its functions; one that is patched alone has the same callees elsewhere before and after."""
    setups = around.before, around.after
    if not change.path:
        # what the mail is called says nothing about the tree
        setups = replace(setups[0], siblings=None), replace(setups[1], siblings=None)
    before = _before(with_touched(change.before, change), setups[0]) if change.before else None
    after = _after(change.after, setups[1], before) if change.after else None
    if after is None:
        return _File(change, before, None)
    if before is not None and alone and setups[0].knowledge is setups[1].knowledge and before.scope == after.scope:
        before.share(after, tainted_names(before, after))
    return _File(change, before, after, touched_names(after))


def with_touched(before: Source, change: Change) -> Source:
    """The file before the patch with the lines that it takes out or that stand beside them, or beside what it adds."""
    if change.after is None or change.after.touched is None or not change.origins:
        return before
    gone = change.gone
    # where a comment is cut in two, who has added which of its lines is chance
    below = {row + 1 for row in change.after.touched}
    rest = {row for row in below if change.after.row(row)[1].lstrip().startswith("* ")}
    beside = {change.origins[row - 1] for row in change.after.touched | rest if row <= len(change.origins)} - {0}
    return replace(before, touched=gone | {row + step for row in gone for step in (-1, 1)} | beside)


def _text(source: Source, setup: Setup, reading: Reading = PLAINLY) -> Text:
    return Text(source, setup, None, reading) if source.complete else Text(complete(source), setup, source)


def _before(source: Source, setup: Setup) -> Text:
    """How it reads in the dialect is kept for the next patch of the file."""
    rows = setup.reading_rows(source) if source.complete else None
    reading = Reading(partial(rewrite_kept, rows[0]), partial(outline_kept, rows[1])) if rows else PLAINLY
    return _text(source, setup, reading)


def _after(source: Source, setup: Setup, before: Text | None) -> Text:
    alike = source.complete and before is not None and before.setup.dialect is setup.dialect
    reading = Reading(partial(_like, before), partial(_outline_like, before)) if before and alike else PLAINLY
    return _text(source, setup, reading)


def _like(before: Text, text: bytes, dialect: Dialect) -> Rewritten:
    unit = before.unit
    return rewrite(text, dialect) if unit.refused else rewrite_like((unit.source.text, unit.rewritten), text, dialect)


def _outline_like(before: Text, text: bytes, code: bytes, directives: Sequence[int]) -> Outline:
    return outline_like(before.unit.outline, text, code, directives)


def _examined(file: _File, files: _Files, around: Around) -> Outcome:
    """What one file has behind the patch and had not before."""
    after, before = file.after, file.before
    assert after is not None
    every = around.everything
    now, then = _both(file, around, file.touched, _all if every else called_or_touched(after, file.touched))
    # who calls what is wrong will see that when it is mended
    right = file.touched - _more_told(now, then, after.setup)
    calling = frozenset[str]() if every else callers_to_check(after, before, right) - file.touched
    if calling:
        more, others = _both(file, around, calling, called(after, calling))
        now, then = total([now, _but(more, now)], 0), total([then, _but(others, then)], 0)
    lost = then
    if before is not None:
        quiet = frozenset(name for name in file.touched if _adapted(name, file, files))
        lost = _with_more(then, now, after, before, file, files, quiet) if around.gone else then
        now = _with_more(now, then, before, after, file, files, quiet)
    rows = frozenset(after.source.position(start).line for start, _ in _touched(file.change.after))
    known = Before((*then.findings, *_moved(now.findings, file, files)), file.touched, rows)
    findings = [f for f in classed(now.findings, known) if every or f.state == "new"]
    return Outcome(replace(now, findings=tuple(findings)), tuple(gone(now.findings, lost.findings)))


def _but(found: Examined, known: Examined) -> Examined:
    """Without what is known: what touched comments say is told with whatever functions are looked at."""
    return replace(found, findings=tuple(finding for finding in found.findings if finding not in known.findings))


def _both(file: _File, around: Around, names: Set[str], ranges: Ranges) -> tuple[Examined, Examined]:
    """What stands in these functions, `ranges`, behind the patch, and in those of these names before it, if that is
    asked for."""
    after, before, every = file.after, file.before, around.everything
    assert after is not None
    now = examine(after, ranges, file.change.mail.message_id, every)
    if before is None or not (now.findings or around.gone):
        return now, Examined()
    return now, examine(before, _all if every else called(before, names), everywhere=every)


def _more_told(found: Examined, known: Examined, setup: Setup) -> frozenset[str]:
    """The functions of which `found` says more than `known`; what comments say wrongly does not count."""
    flowing = {rule.id for rule in setup.rules if rule.events & FLOW}
    old = {finding.key for finding in known.findings}
    return frozenset(f.function for f in found.findings if f.rule in flowing and f.key not in old)


def _adapted(name: str, file: _File, files: _Files) -> bool:
    """Whether the patch touches a caller of the function in another file, too."""
    others = (other for other in files.after.get(name.encode(), ()) if other is not file)
    return any(other.after and callers(other.after, {name}) & other.touched for other in others)


def _with_more(
    found: Examined, known: Examined, one: Text, other: Text, file: _File, files: _Files, quiet: Set[str]
) -> Examined:
    """With what touched functions leave to their callers in `other`, and did not in `one`, but for those of `quiet`,
    and for those of which `found` says more than `known` already; no rule says it twice of a function."""
    left = newly_left(one, other, file.touched - quiet, _more_told(found, known, other.setup))
    alone = [event for event in left if not _made_up_for(event, file, files, back=other is file.before)]
    lost = [event for event in less_asked(one, other, file.touched) if not _asked_elsewhere(event, file, files)]
    lost += half_asked_in(one, other, file.touched)
    alone += newly_crossed(one, other, file.touched)
    owed, asked = (matched(es, other.setup.rules, other.source, file.change.mail.message_id) for es in (alone, lost))
    said = {(finding.rule, finding.function) for finding in found.findings}
    more = (finding for finding in owed if (finding.rule, finding.function) not in said)
    return replace(found, findings=(*found.findings, *more, *asked))


def _made_up_for(event: Event, file: _File, files: _Files, back: bool) -> bool:
    """Whether another function of the patch takes what is now given back less often, or gives back what is held.

    back  whether it is the other way: what the patch takes away
    """
    kind, held = event.fact("resource"), bool(event.steps)
    for each, name, before, after in files.exchanges:
        sides = (after, before) if back else (before, after)
        if (each is not file or name != event.function) and makes_up_for(kind, held, *sides):
            return True
    return False


def _asked_elsewhere(event: Event, file: _File, files: _Files) -> bool:
    """Whether what a function asks no more is asked more often in another part of the patch."""
    others = ((o.before.source.text if o.before else b"", o.after) for o in files.every if o is not file)
    return any(after is not None and fewer(event.fact("test"), after.source.text, before) for before, after in others)


def _all(start: int, end: int) -> bool:
    return True


def _moved(findings: Sequence[Finding], file: _File, files: _Files) -> Iterator[Finding]:
    """What functions of these findings had before, in the files they come from."""
    names = {finding.function for finding in findings}
    come = {name: files.before.get(name.encode(), ()) for name in names if not _has(file.before, name)}
    others = {id(other): other for several in come.values() for other in several if other is not file}
    for other in others.values():
        left = {name for name in come if other.loses(name)}
        if other.before and left:
            yield from examine(other.before, called(other.before, left)).findings


def _touched(source: Source | None) -> Iterator[tuple[int, int]]:
    return touched_ranges(source) if source else iter(())


def _callers(files: Sequence[_File], around: Around) -> Outcome:
    """What is new in files that the patch leaves alone, because they call a function whose behaviour it changes."""
    if around.trees is None:
        return Outcome(Examined())
    patched = {path for file in files for path in (file.change.path, file.change.old_path)}
    found: dict[str, dict[str, Note]] = {}
    notices: list[str] = []
    for file in files:
        for name in sorted(_changed(file)):
            paths = [p for p in _mentioning(name, file.change.path, around.trees[1]) if p not in patched]
            if len(paths) > MOST_CALLING:
                notices.append(f"{name}() changes, and {len(paths)} files may call it: not all of them were looked at")
            for path in paths[:MOST_CALLING]:
                found.setdefault(path, {})[name] = _note(file, name)
    parts = [_calling(path, names, around) for path, names in sorted(found.items())]
    examined = total([part.examined for part in parts], 0)
    return Outcome(examined, tuple(f for part in parts for f in part.gone), tuple(notices))


def _changed(file: _File) -> Iterator[str]:
    """Functions that other files may call, and that behave otherwise than before."""
    if file.before is None or file.after is None or not file.after.source.complete:
        return
    for name in file.touched:
        reachable = any(_reachable(f, file.after.source) for f in file.after.unit.named(name))
        if reachable and _has(file.before, name) and left_otherwise(name, file.before, file.after):
            yield name


def _reachable(function: Function, source: Source) -> bool:
    start = source.text.rfind(b"\n", 0, function.start) + 1
    head = source.text[start : function.end].partition(b"(")[0]
    return source.path.endswith(".h") or not _STATIC.search(head)


def _mentioning(name: str, path: str, tree: Overlay) -> Sequence[str]:
    """The `.c` files that may call a function: those of its folder, if only headers of that folder declare it."""
    folder = path.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    included = _INCLUDED.findall(tree.read(path) or b"")
    near = (tree.read(prefix + header.decode(errors="surrogateescape")) or b"" for header in included)
    if any(name.encode() in text for text in near):
        names = (prefix + file for file in tree.names(folder or ".") if file.endswith(".c"))
        return [file for file in names if name.encode() in (tree.read(file) or b"")]
    return tree.mentioning(name)


def _note(file: _File, name: str) -> Note:
    assert file.after is not None
    return Note(file.after.source.position(file.after.unit.named(name)[0].start), f"{name}() is changed by this patch")


def _calling(path: str, names: Mapping[str, Note], around: Around) -> Outcome:
    assert around.trees is not None
    texts = [
        Text(Source(path, tree.read(path) or b"", touched=frozenset()), setup)
        for tree, setup in zip(around.trees, (around.before, around.after), strict=True)
    ]
    calling = callers(texts[1], names)
    now = examine(texts[1], called(texts[1], calling))
    then = examine(texts[0], called(texts[0], calling)) if now.findings or around.gone else Examined()
    fresh = [f for f in classed(now.findings, Before(then.findings)) if f.state == "new"]
    notes = tuple(names.values())
    fresh = [replace(f, notes=(*f.notes, *notes)) for f in fresh]
    return Outcome(replace(now, findings=tuple(fresh), files=0), tuple(gone(now.findings, then.findings)))
