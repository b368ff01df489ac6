"""One text through the whole pipeline: parse, lower, analyse, check comments, match.

What could not be parsed, or cost too much, comes back as a range that was not analysed.  Example: `examine(source,
setup, wanted)` of a file with one bad function gives its findings, no range, and the number of functions it saw.
"""

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from importlib import import_module
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.comments import Comment, CommentKind, comments, comments_above
from kpatchlint.c.fragment import heading_name
from kpatchlint.c.ir import Lowered
from kpatchlint.c.parse import Defined, Ranges
from kpatchlint.event import Event, EventKind
from kpatchlint.finding import Finding, Unanalyzed
from kpatchlint.flow.consequences import without_consequences
from kpatchlint.flow.contract import Contract, Effect
from kpatchlint.flow.exits import exit_events
from kpatchlint.flow.paired import paired_events
from kpatchlint.flow.paths import Flow
from kpatchlint.match import matched
from kpatchlint.phases import phase
from kpatchlint.prose.claims import claims_of, failure_of, nullable_of
from kpatchlint.prose.counted import counts
from kpatchlint.prose.promised import doubtful, listed, promised, spares
from kpatchlint.reference import stale_names
from kpatchlint.regex import regex
from kpatchlint.rule import Case, Rule
from kpatchlint.source import Source
from kpatchlint.text import FLOW as FLOW
from kpatchlint.text import PROSE
from kpatchlint.text import Setup as Setup
from kpatchlint.text import Text as Text

# what the names of functions begin with where it is kept what was seen in them
_SEEN = "seen "
_WORD = regex(rb"\w+", re.ASCII)


class _Seen(Struct, frozen=True, array_like=True):
    """The events in the functions of one name, and how many of them were bounded."""

    events: tuple[Event, ...]
    bounded: int


class _Reading(Protocol):
    """`kpatchlint.documented.doc_events`, which is imported for a text with a comment that may claim something."""

    def __call__(
        self, text: Text, names: Set[str], about: Sequence[Comment], touched: Sequence[tuple[int, int]] | None
    ) -> Iterator[Event]: ...


class Examined(Struct, frozen=True):
    """The outcome for one text; `bounded` counts functions in which paths were merged at a loss."""

    findings: tuple[Finding, ...] = ()
    unanalyzed: tuple[Unanalyzed, ...] = ()
    functions: int = 0
    files: int = 1
    bounded: int = 0


def kinds_of(rules: Iterable[Rule], chosen: frozenset[str] | None) -> frozenset[EventKind]:
    """The kinds of events that the chosen rules answer to; None chooses all."""
    mine = (rule.events for rule in rules if chosen is None or rule.id in chosen)
    return frozenset().union(*mine)


def examine(text: Text, wanted: Ranges | None, message_id: str = "", everywhere: bool = False) -> Examined:
    """Findings in the definitions whose range is wanted, and in the comments of the touched lines, or `everywhere`.

    Where no definition is wanted, most texts need not be cut into definitions at all.
    """
    chosen = text.unit.defined(wanted) if wanted else ()
    names = dict.fromkeys(function.name for function in chosen)
    events: list[Event] = []
    costly: list[Unanalyzed] = []
    bounded = 0
    for name in names if text.setup.wants(FLOW) else ():
        if why := text.clock.late():
            costly.extend(_range(text, f.start, f.end, why) for f in chosen if f.name == name)
            continue
        seen = _seen(text, name, costly)
        events.extend(seen.events)
        bounded += seen.bounded
    with phase("comments"):
        events.extend(_reference_events(text, chosen, everywhere))
    findings = matched(events, text.setup.rules, text.shown, message_id)
    unread = _unparsed(text, wanted) if wanted else ()
    return Examined(tuple(findings), (*unread, *costly), len(chosen), bounded=bounded)


def _seen(text: Text, name: str, costly: list[Unanalyzed]) -> _Seen:
    """What the flow analysis says of the functions of a name; of a file of a tree it is kept, if all of it was seen."""
    place, before = f"{_SEEN}{name}", len(costly)
    kept = text.row.get(place) if text.row is not None else None
    if kept is not None:
        return msgspec.msgpack.decode(kept, type=_Seen)
    events: list[Event] = []
    bounded = sum(_flow(text, body, events, costly) for body in text.bodies(name))
    seen = _Seen(tuple(without_consequences(events, text.setup.knowledge.stacks)), bounded)
    if text.row is not None and len(costly) == before:
        text.row.put(place, msgspec.msgpack.encode(seen))
    return seen


def examine_once(text: Text, wanted: Ranges | None) -> Examined:
    """The same of a text that nobody asks again."""
    try:
        return examine(text, wanted)
    finally:
        text.forget()


def _flow(text: Text, body: Lowered, events: list[Event], costly: list[Unanalyzed]) -> int:
    """Add what the flow analysis of one body says; 1 when it reached a bound, else 0."""
    flow, found = _events(text, body, early=True)
    if flow.early and (found or not flow.complete):
        flow, found = _events(text, body, early=False)
    events.extend((*found, *paired_events(body, text.program.reads, text.program.knowledge, text.bodies)))
    if not flow.complete:
        costly.append(_range(text, body.start, body.end, flow.stopped))
    return int(flow.cut > 0)


def _events(text: Text, body: Lowered, early: bool) -> tuple[Flow, list[Event]]:
    flow = text.program.checked(body, early)
    return flow, [*flow.events, *(exit_events(flow, text.program.knowledge) if flow.complete else ())]


def _reference_events(text: Text, chosen: Sequence[Defined], everywhere: bool) -> Iterator[Event]:
    source, setup = text.source, text.setup
    if not setup.wants(PROSE):
        return
    touched = None if source.touched is None or everywhere else list(touched_ranges(source))
    if setup.renames and setup.wants({EventKind.STALE_NAME}):
        yield from _stale_events(text, touched)
    if setup.wants(PROSE - {EventKind.STALE_NAME}):
        yield from _doc_events(text, chosen, touched)


def _stale_events(text: Text, touched: Sequence[tuple[int, int]] | None) -> Iterator[Event]:
    found, setup = comments(text.commented), text.setup
    # the ranges are in order: most comments lie before or behind all of them
    near = found if touched is None else [c for c in found if _among(touched, c.offset, c.end)]
    for event in stale_names(text.commented, near, touched, setup.renames, setup.release, setup.exists):
        comment = next(c for c in found if c.offset <= event.start < c.end)
        yield replace(event, function=_belonging(comment, text))


def _doc_events(
    text: Text, chosen: Sequence[Defined], touched: Sequence[tuple[int, int]] | None
) -> Iterator[Event]:
    """What comments say wrongly or leave out: of chosen functions, and where they are touched themselves."""
    may_claim = text.setup.wordings.telling
    # of a patch only a few comments are looked at, and all are known already
    found = comments_above(text.commented, may_claim) if touched is None else comments(text.commented)
    starts = {f.start for f in chosen}
    near = _around(found, text, starts, touched)
    about = [c for c in near if _may_matter(c, text, starts, touched) and _may_say(c, text)]
    if about:
        read: _Reading = import_module("kpatchlint.documented").doc_events
        yield from read(text, frozenset(function.name for function in chosen), about, touched)


def _around(
    found: Sequence[Comment], text: Text, chosen: Set[int], touched: Sequence[tuple[int, int]] | None
) -> Sequence[Comment]:
    """The comments that are not too far from what is touched or chosen to matter."""
    if touched is None:
        return found
    spots = [*chosen, touched[0][0], touched[-1][1]] if touched else [*chosen]
    if not spots:
        return ()
    above, last = text.unit.above(min(spots)), max(spots)
    return [comment for comment in found if comment.end > above and comment.offset < last]


def _may_matter(
    comment: Comment, text: Text, chosen: Set[int], touched: Sequence[tuple[int, int]] | None
) -> bool:
    """Whether the comment, or what is declared or defined below it, is touched or chosen; cheaper than to read it."""
    if touched is None:
        return True
    below = text.unit.below(comment.end)
    end = below.end if below else len(text.commented)
    if below and below.start in chosen:
        return True
    near = _among(touched, comment.offset, end)
    return near and any(first < end and comment.offset < last for first, last in touched)


def _among(ranges: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether something lies neither before nor behind all of the ranges, which are in order."""
    return bool(ranges) and ranges[0][0] < end and start < ranges[-1][1]


def _may_say(comment: Comment, text: Text) -> bool:
    """Whether the comment is one that something is claimed in; a kernel-doc may say more."""
    wordings = text.setup.wordings
    if comment.kind is CommentKind.DOC:
        return True
    if text.patched and (listed(comment, wordings) or spares(comment, wordings) or counts(comment)):
        return True
    if not wordings.telling(comment.text):
        return False
    if claims_of(comment, None, wordings, text.said) or failure_of(comment, wordings):
        return True
    if any(nullable_of(comment, wordings)):
        return True
    return any(doubtful(sort, text.commented, comment.end) for sort, _ in promised(comment, wordings))


def _belonging(comment: Comment, text: Text) -> str:
    """The function that the comment stands in or directly above; empty where there is none, or none with a name."""
    function = text.unit.behind(comment.offset)
    if function is None or (function.head_missing and function.name == heading_name("")):
        return ""
    inside = function.start <= comment.offset
    return function.name if inside or text.only_words(comment.end, function.start) else ""


def touched_ranges(source: Source) -> Iterator[tuple[int, int]]:
    """The byte ranges of the lines that the patch adds or stands next to; all of them without a patch."""
    rows = range(1, source.rows + 1) if source.touched is None else sorted(source.touched)
    return filter(None, map(source.span, rows))


def _unparsed(text: Text, wanted: Ranges) -> Iterator[Unanalyzed]:
    for bad in text.unit.unread(wanted):
        yield _range(text, bad.start, bad.end, bad.reason)


def _range(text: Text, start: int, end: int, reason: str) -> Unanalyzed:
    source = text.source
    lines = _real_lines(source, source.text_line(start), source.text_line(max(start, end - 1)))
    return Unanalyzed(source.path, lines[0], lines[-1], reason, tuple(_rules_inside(text, start, end)))


def _real_lines(source: Source, first: int, last: int) -> Sequence[int]:
    """Real line numbers of the rows from `first` to `last`; the nearest one where all of them are invented."""
    if not source.lines:
        return range(first, last + 1)
    above, inside, below = source.lines[: first - 1], source.lines[first - 1 : last], source.lines[last:]
    found = [[line for line in part if line] for part in (inside, above, below)]
    return found[0] or found[1][-1:] or found[2][:1] or (1,)


def _rules_inside(text: Text, start: int, end: int) -> Iterator[str]:
    """Rules that might have had something to say: a function stands in the range whose contract they are about."""
    words = {word.decode() for word in _WORD.findall(text.source.text, start, end)}
    known = text.setup.knowledge.contracts
    named = [contract for word in words & known.keys() for contract in known[word]]
    kinds = {effect.resource for contract in named for effect in _effects(contract)}
    for rule in text.setup.rules if named else ():
        if any(case.event in FLOW and _concerns(case, kinds) for case in rule.cases):
            yield rule.id


def _effects(contract: Contract) -> Iterator[Effect]:
    yield from (*contract.must_hold, *contract.must_not_hold)
    for outcome in contract.outcomes:
        yield from (*outcome.acquires, *outcome.releases)


def _concerns(case: Case, kinds: Set[str]) -> bool:
    """Whether an event about one of these kinds of resources, or about none, can be a finding of this case."""
    meant, spared = case.when.get("resource"), case.unless.get("resource", ())
    return bool(kinds & set(meant)) if meant else not kinds or not kinds <= set(spared)
