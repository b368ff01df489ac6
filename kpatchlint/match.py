"""Events and rules make findings; findings before and after a patch make what is new.

An event is a finding of the first rule that claims it.  Two findings are the same when rule, function and code are;
equal ones are told apart by their order only.  Example: a function that leaked a lock on one `return 0;` before the
patch and on two after it has one new finding.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.event import HOLDING, Event, EventKind, Step
from kpatchlint.finding import Edit, Finding, Line, Note
from kpatchlint.regex import regex
from kpatchlint.rule import Case, Rule
from kpatchlint.source import Position, Source

_Key = tuple[str, Position, str]

LONGEST_QUOTE = 72
# lines of code shown above and below each step of a path, as in a diff
AROUND = 3
# events that stand on one name in a comment, and tell the one that belongs there as `replacement`
NAMING = frozenset((EventKind.STALE_NAME, EventKind.DOC_PARAMETER))

_COMMENT = regex(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
_WORDS = regex(r"\w+|[^\w\s]")


def matched(events: Iterable[Event], rules: Sequence[Rule], source: Source, message_id: str = "") -> list[Finding]:
    """The findings of one text, in the order of its lines; what stands on invented lines is not reported."""
    found: dict[_Key, Finding] = {}
    first: dict[_Key, _Key] = {}
    answering = {kind: [rule for rule in rules if kind in rule.events] for kind in EventKind}
    for event in events:
        position = source.position(event.start)
        judged = ((rule, rule.case_of(event)) for rule in answering[event.kind] if position.line > 0)
        rule, case = next(((rule, case) for rule, case in judged if case), (None, None))
        if rule is not None and case is not None:
            finding = _finding(event, rule, case, source, message_id)
            key = (rule.id, position, finding.message)
            # what is wrong in one way on one path, and in another on another, is one thing to mend
            same = first.setdefault((rule.id, position, event.fact("place") or finding.message), key)
            key = key if same[2] == finding.message else same
            found[key] = _also(found[key], finding.violates) if key in found else finding
    return _numbered(sorted(found.values(), key=_order))


def _also(finding: Finding, violates: Sequence[str]) -> Finding:
    """The finding that stands for these kinds of violations, too."""
    return replace(finding, violates=tuple(dict.fromkeys((*finding.violates, *violates))))


class Before(Struct, frozen=True):
    """What there was before a patch; and the functions, and the lines behind it, that it touches."""

    findings: Sequence[Finding] = ()
    functions: frozenset[str] = frozenset()
    lines: frozenset[int] = frozenset()


def classed(after: Iterable[Finding], before: Before) -> list[Finding]:
    """The findings with their states; of equal ones those on a touched line are taken for the new ones.

    What was there before has the lower ordinals, so that it keeps its fingerprints.
    """
    old = Counter(finding.key for finding in before.findings)
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for finding in sorted(sorted(after, key=_order), key=lambda f: f.position.line in before.lines):
        known = old[finding.key] > seen[finding.key]
        near = finding.position.line in before.lines or finding.function in before.functions
        state = "new" if not known else "pre-existing" if near else "elsewhere"
        found.append(replace(finding, state=state, ordinal=seen[finding.key]))
        seen[finding.key] += 1
    return sorted(found, key=_order)


def gone(after: Iterable[Finding], before: Iterable[Finding]) -> list[Finding]:
    """What `before` has more than `after`."""
    left = Counter(finding.key for finding in after)
    found = []
    for finding in before:
        left[finding.key] -= 1
        if left[finding.key] < 0:
            found.append(finding)
    return found


def _finding(event: Event, rule: Rule, case: Case, source: Source, message_id: str) -> Finding:
    position = source.position(event.start)
    notes = (Note(source.position(step.offset), _said(step, source)) for step in event.steps)
    code = source.text[event.start : event.end]
    return Finding(
        rule=rule.id,
        family=rule.family,
        severity=rule.severity,
        position=position,
        function=event.function,
        message=case.said(event),
        statement=source.line_text(event.start),
        code=" ".join(_WORDS.findall(_COMMENT.sub(b" ", code).decode(errors="replace"))),
        notes=tuple(note for note in notes if note.position.line > 0),
        message_id=message_id,
        end_column=position.column + event.end - event.start,
        excerpt=tuple(_excerpt(source, [event.start, *(step.offset for step in event.steps)])),
        edit=_edit(event, source),
        violates=case.violates or (),
        held=_mistake(event, source),
    )


def _mistake(event: Event, source: Source) -> str:
    """What is held too long, or was given up too early, by the function and the line where that began."""
    early = event.kind is EventKind.USE_AFTER_RELEASE or event.fact("cause") == "released"
    if not event.steps or not (early or event.kind in HOLDING):
        return ""
    return f"{event.function}:{source.position(event.taken).line}" + ":given" * early


def _edit(event: Event, source: Source) -> Edit | None:
    """What stands at the event, and the name that belongs there."""
    new, old = event.fact("replacement"), source.text[event.start : event.end]
    if event.kind not in NAMING or not new or not old.isascii():
        return None
    at = source.position(event.start)
    return Edit(at.path, at.line, at.column, old.decode(), new)


def _excerpt(source: Source, offsets: Iterable[int]) -> Iterator[Line]:
    """The lines near any of the offsets, without invented ones."""
    rows = {source.text_line(offset) for offset in offsets}
    near = {row + step for row in rows for step in range(-AROUND, AROUND + 1)}
    for row in sorted(near):
        number, text = source.row(row)
        if number:
            yield Line(number, text, source.touched is not None and row in source.touched)


def _said(step: Step, source: Source) -> str:
    """The step's message, behind the code that it is about."""
    if not step.quoted:
        return step.message
    code = " ".join(source.text[step.offset : step.quoted].decode(errors="replace").split())
    return f"`{shorten(code, LONGEST_QUOTE, placeholder=' ...')}` {step.message}"


def _numbered(findings: Sequence[Finding]) -> list[Finding]:
    seen: Counter[tuple[str, str, str]] = Counter()
    numbered = []
    for finding in findings:
        numbered.append(replace(finding, ordinal=seen[finding.key]))
        seen[finding.key] += 1
    return numbered


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    position = finding.position
    return position.path, position.line, position.column, finding.rule, finding.message
