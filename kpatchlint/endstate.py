"""A series as one patch: what is new when its last patch is applied, and which of its patches brought it.

Patches that build on one another are joined into one change a file, from the state before the first to the state behind
the last.  What one patch brings and a later one takes away is told apart from what stays.  Example: the second of three
patches forgets an unlock and the third adds it: nothing stays, and one finding was there in between.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.examine import Examined
from kpatchlint.finding import Finding, Note, PatchMail, Report
from kpatchlint.loaded import Loaded
from kpatchlint.patch.change import Change
from kpatchlint.patched import Around, Outcome, total
from kpatchlint.series import Patch
from kpatchlint.source import Source


class Step(Struct, frozen=True):
    """One checked patch; `number` is its place among the report's mails, from 1."""

    number: int
    patch: Patch
    outcome: Outcome

    @property
    def examined(self) -> Examined:
        """What it brings, each finding with the number of the patch."""
        found = tuple(replace(finding, mail=self.number) for finding in self.outcome.examined.findings)
        return replace(self.outcome.examined, findings=found)

    @property
    def brings(self) -> list[Finding]:
        """Its new findings."""
        return [finding for finding in self.examined.findings if finding.state == "new"]


class _History(Struct, frozen=True):
    """Findings and the patches that brought them: those still there, and those that `taken` has gone again."""

    there: tuple[tuple[Finding, int], ...] = ()
    taken: tuple[tuple[Finding, int, int], ...] = ()


class _Joined(Struct, frozen=True):
    """One file behind some patches: its name and text before the first of them, and the lines that they touch."""

    old_path: str
    before: bytes | None
    rows: frozenset[int] = frozenset()


Check = Callable[[Patch, Around], Outcome]


def end_of_series(report: Report, steps: Sequence[Step], loaded: Loaded, everything: bool, check: Check) -> Report:
    """The report with the findings of the end of each series, as `check` has them, instead of those of its patches."""
    parts, passing = [], list[Finding]()
    for series in _series(steps):
        history = _history(series)
        parts.append(_end(series, history, report.mails, loaded, everything, check))
        passing += [_noted(f, report.mails, (begun, "appears in"), (ended, "is gone in"))
                    for f, begun, ended in history.taken]
    whole = total(parts, sum(part.files for part in parts))
    return replace(
        report,
        findings=whole.findings,
        unanalyzed=whole.unanalyzed,
        files=whole.files,
        functions=whole.functions,
        bounded=whole.bounded,
        passing=tuple(passing),
    )


def _series(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """The steps in runs in which each goes on where the one before it left off."""
    run: list[Step] = []
    for step in (step for step in steps if step.patch.changes):
        if run and not _goes_on(run[-1].patch, step.patch):
            yield run
            run = []
        run.append(step)
    if run:
        yield run


def _goes_on(last: Patch, patch: Patch) -> bool:
    if last.after is None or patch.before is None or last.after.below != patch.before.below:
        return False
    return last.after.state.items() <= patch.before.state.items()


def _history(series: Sequence[Step]) -> _History:
    history = _History()
    for step in series:
        history = _one_more(history, step)
    return history


def _one_more(history: _History, step: Step) -> _History:
    """A statement that is only written otherwise leaves one finding and brings another, which is the same."""
    there, taken, fresh = list(history.there), list(history.taken), step.brings
    for gone in step.outcome.gone:
        known = next((entry for entry in there if entry[0].key == gone.key), None)
        if known is None:
            continue
        there.remove(known)
        again = next((f for f in fresh if (f.rule, f.function) == (gone.rule, gone.function)), None)
        if again is None:
            taken.append((*known, step.number))
        else:
            fresh.remove(again)
            there.append((again, known[1]))
    return _History((*there, *((finding, step.number) for finding in fresh)), tuple(taken))


def _end(
    series: Sequence[Step],
    history: _History,
    mails: Sequence[PatchMail],
    loaded: Loaded,
    everything: bool,
    check: Check,
) -> Examined:
    first, last = series[0].patch, series[-1].patch
    if first.before is None or last.after is None:
        return total([step.examined for step in series], sum(step.examined.files for step in series))
    changes = tuple(_changes(series))
    around = loaded.naming(loaded.around(first.before, last.after, everything), {}, loaded.renames(changes))
    examined = check(Patch(last.mail, changes, first.before, last.after), around).examined
    begun = {finding.key: (finding, number) for finding, number in history.there}
    return replace(examined, findings=tuple(_begun(f, begun, mails) for f in examined.findings))


def _begun(
    finding: Finding, begun: Mapping[tuple[str, str, str], tuple[Finding, int]], mails: Sequence[PatchMail]
) -> Finding:
    """A finding of the end with the patch that brought it, and its line there."""
    if finding.state != "new" or finding.key not in begun:
        return finding
    then, number = begun[finding.key]
    position = replace(finding.position, mail_line=then.position.mail_line)
    finding = replace(finding, mail=number, message_id=then.message_id, position=position)
    return _noted(finding, mails, (number, "appears in"))


def _noted(finding: Finding, mails: Sequence[PatchMail], *said: tuple[int, str]) -> Finding:
    notes = (Note(finding.position, f"{what} patch {n} of {len(mails)}: {_called(mails[n - 1])}") for n, what in said)
    return replace(finding, notes=(*finding.notes, *notes))


def _called(mail: PatchMail) -> str:
    return mail.subject or mail.name


def _changes(series: Sequence[Step]) -> Iterator[Change]:
    """What the patches change together, a file at a time."""
    joined: dict[str, _Joined] = {}
    for step in series:
        joined = _after(joined, step.patch)
    last = series[-1].patch
    for path, file in joined.items():
        text = last.after.read(path) if last.after else None
        before = None if file.before is None else Source(path, file.before)
        after = None if text is None else Source(path, text, touched=file.rows)
        if before or after:
            yield Change(path, before, after, last.mail, old_path=file.old_path)


def _after(joined: Mapping[str, _Joined], patch: Patch) -> dict[str, _Joined]:
    """The files behind one more patch."""
    left = dict(joined)
    for change in patch.changes:
        source = change.old_path or change.path
        known = joined.get(source) or _first(source, change, patch)
        touched = change.after.touched or frozenset() if change.after else frozenset[int]()
        kept = {row for row, origin in enumerate(change.origins, 1) if origin in known.rows}
        if source != change.path and patch.after and patch.after.read(source) is None:
            left.pop(source, None)
        left[change.path] = replace(known, rows=touched | kept)
    return left


def _first(source: str, change: Change, patch: Patch) -> _Joined:
    before = patch.before.read(source) if patch.before and change.before else None
    return _Joined(source if before is not None else "", before)
