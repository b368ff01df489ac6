"""What one patched file, or one hunk, has after the patch and had not before.

Looked at are the functions that the patch touches, and those of the same file that call one whose behaviour it changes.
Example: a patch that takes an unlock out of `g` has a new finding in `g`, or in its caller `f` of the same file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kpatchlint.c.fragment import complete
from kpatchlint.compare import names_to_check, newly_left, tainted_names
from kpatchlint.examine import Examined, Setup, Text, examine
from kpatchlint.match import matched, new_findings
from kpatchlint.patch.change import Change
from kpatchlint.source import Source

C_SUFFIXES = (".c", ".h")


def checked(changes: Sequence[Change], setup: Setup) -> Examined:
    """What the changes of one patch bring."""
    return total([_change(change, setup) for change in changes if is_c(change)], len({c.path for c in changes}))


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
    """Whether there is C to check behind the patch."""
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
    now = examine(after, lambda f: f.name in names, change.mail.message_id)
    if before is not None:
        left = newly_left(before, after, {f.function for f in now.findings})
        more = matched(left, setup.rules, after.source, change.mail.message_id)
        now = replace(now, findings=(*now.findings, *more))
    then = examine(before, lambda f: f.name in names) if before and now.findings else Examined()
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
