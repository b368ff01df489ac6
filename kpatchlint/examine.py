"""One text through the whole pipeline: parse, lower, analyse, check comments, match.

What could not be parsed, or cost too much, comes back as a range that was not analysed.  Example: `examine(source,
setup, wanted)` of a file with one bad function gives its findings, no range, and the number of functions it saw.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property, partial

from msgspec import Struct, field
from msgspec.structs import replace
from tree_sitter import Node

from kpatchlint.c.callbacks import Installed, installed
from kpatchlint.c.calls import null_arguments
from kpatchlint.c.comments import Comment, CommentKind, comments
from kpatchlint.c.declare import file_arrays, file_constants, file_guards
from kpatchlint.c.dialect import Dialect
from kpatchlint.c.fragment import heading_name
from kpatchlint.c.inline import file_macros
from kpatchlint.c.ir import Annotated, Lowered
from kpatchlint.c.lower import Context, lower
from kpatchlint.c.parse import Function, Ranges, Unit, parse
from kpatchlint.event import Event, EventKind
from kpatchlint.finding import Finding, Unanalyzed
from kpatchlint.flow.clock import Clock
from kpatchlint.flow.contract import Contract, Effect, Knowledge
from kpatchlint.flow.exits import exit_events, without_consequences
from kpatchlint.flow.program import DEEPEST_CALL, Program
from kpatchlint.flow.symbol import forget_symbols
from kpatchlint.match import matched
from kpatchlint.phases import phase
from kpatchlint.prose.claims import Wordings, claims
from kpatchlint.prose.described import Described, described, touching
from kpatchlint.prose.effects import contradictions
from kpatchlint.prose.null import undocumented_null
from kpatchlint.prose.parameters import unknown_parameters
from kpatchlint.reference import Rename, stale_names
from kpatchlint.regex import regex
from kpatchlint.release import Release
from kpatchlint.rule import Case, Rule
from kpatchlint.source import Source
from kpatchlint.tree.siblings import Siblings

# in another file only what a callee does itself, and its own helpers, is worth the time
DEEPEST_DISTANT_CALL = 2

# what comments say
PROSE = frozenset(
    (EventKind.STALE_NAME, EventKind.UNDOCUMENTED_NULL, EventKind.DOC_PARAMETER, EventKind.DOC_CLAIM)
)
# what the flow analysis sees, and misses where it cannot read
FLOW = frozenset(EventKind) - PROSE

# what may stand between a comment and the definition it is about: specifiers on lines of their own
_ONLY_WORDS = regex(rb"[\w\s]*", re.ASCII)
_WORD = regex(rb"\w+", re.ASCII)


class Setup(Struct, frozen=True):
    """What does not change from text to text: rules, contracts chosen for the tree, dialect, renames, release, ...

    kinds  the kinds of events that matter; None for all
    """

    rules: tuple[Rule, ...]
    knowledge: Knowledge
    dialect: Dialect
    renames: Mapping[str, Rename]
    release: Release
    wordings: Wordings
    exists: Callable[[str], bool] | None = None
    siblings: Siblings | None = None
    kinds: frozenset[EventKind] | None = None

    def wants(self, kinds: Set[EventKind]) -> bool:
        """Whether an event of one of these kinds may matter."""
        return self.kinds is None or not self.kinds.isdisjoint(kinds)


class Examined(Struct, frozen=True):
    """The outcome for one text; `bounded` counts functions in which paths were merged at a loss."""

    findings: tuple[Finding, ...] = ()
    unanalyzed: tuple[Unanalyzed, ...] = ()
    functions: int = 0
    files: int = 1
    bounded: int = 0


class Text(Struct, frozen=True, dict=True, weakref=True):
    """One parsed text; bodies are lowered and analysed when they are asked for.

    `original` is the fragment that `source` completes: completing blanks half comments, and those count too.
    """

    source: Source
    setup: Setup
    original: Source | None = None
    deepest_call: int = DEEPEST_CALL
    clock: Clock = field(default_factory=Clock)
    _lowered: dict[str, tuple[Lowered, ...]] = {}
    _others: "dict[str, Text]" = {}

    @cached_property
    def unit(self) -> Unit:
        """The parsed text."""
        with phase("parse"):
            return parse(self.source, self.setup.dialect)

    @cached_property
    def commented(self) -> bytes:
        """The text with every comment as it was written; offsets are those of `source`."""
        if self.original is None:
            return self.source.text
        invented = next((row for row, line in enumerate(self.source.lines) if line), 0)
        start = sum(map(len, self.source.text.splitlines(keepends=True)[:invented]))
        end = start + len(self.original.text)
        return self.source.text[:start] + self.original.text + self.source.text[end:]

    @cached_property
    def shown(self) -> Source:
        """The source with every comment as it was written: what findings quote."""
        return replace(self.source, text=self.commented)

    @cached_property
    def program(self) -> Program:
        """The flow analysis of its functions."""
        knowledge = replace(self.setup.knowledge, distant=self._distant)
        return Program(self.bodies, knowledge, self.deepest_call, self._entries, self.clock)

    @cached_property
    def _installed(self) -> Mapping[str, frozenset[Installed]]:
        return installed(self.source.text, frozenset(c.struct for c in self.setup.knowledge.callbacks))

    def _entries(self, name: str) -> tuple[Contract, ...]:
        """What is held around a function that the text installs as a callback."""
        known = {(c.struct, c.member): c for c in self.setup.knowledge.callbacks}
        places = sorted(self._installed.get(name, ()), key=lambda place: (place.struct, place.member))
        pairs = ((place, known.get((place.struct, place.member))) for place in places)
        return tuple(called.entry for place, called in pairs if called and not place.given_to & called.not_by)

    def bodies(self, name: str) -> tuple[Lowered, ...]:
        """Every lowered body of that name."""
        if name not in self._lowered:
            self._lowered[name] = tuple(
                self._lower(node, function)
                for function in self.unit.named(name)
                for node in function.nodes
            )
        return self._lowered[name]

    def _distant(self, name: str, count: int) -> Contract | None:
        """The summary of a function that another file of the same directory defines."""
        siblings = self.setup.siblings
        path = siblings.defining(self.source.path, name) if siblings and name else None
        if path is None or siblings is None or not siblings.reaches(path, name, self.setup.knowledge.effectful):
            return None
        if path not in self._others:
            alone = replace(self.setup, siblings=None)
            source = Source(path, siblings.read(path))
            self._others[path] = Text(source, alone, deepest_call=DEEPEST_DISTANT_CALL, clock=self.clock)
        return self._others[path].program.knowledge.inferred(name, count)

    def _lower(self, node: Node, function: Function) -> Lowered:
        with phase("lower"):
            lowered = lower(node, self._context, whole=not (function.head_missing or function.tail_missing))
        said = tuple(Annotated(a.name, a.arguments, a.offset) for a in function.annotations)
        return replace(lowered, annotations=said)

    def written(self, name: str) -> tuple[bytes, ...]:
        """What stands in every definition of that name."""
        return tuple(self.source.text[f.start : f.end] for f in self.unit.named(name))

    def share(self, other: "Text", but: frozenset[str]) -> None:
        """Take summaries from `other`, where all functions are the same except those of `but`."""
        self.program.share(other.program, but)

    def forget(self) -> None:
        """Free what the flow analysis knows at once: it knows this text, and the text it."""
        forget_symbols()
        self.program.forget()
        del self.__dict__["program"]
        for other in self._others.values():
            other.forget()

    def summary(self, name: str) -> Contract | None:
        """The contract inferred for a function of this text."""
        bodies = self.bodies(name)
        return self.program.knowledge.inferred(name, len(bodies[0].parameters)) if bodies else None

    @cached_property
    def _context(self) -> Context:
        text, known = self.source.text, self.setup.knowledge
        cleanups = {**known.guards, **file_guards(text, known.guard_definitions)}
        hints, arrays, constants = self.setup.dialect.hints, file_arrays(text), file_constants(text)
        loops, elements = self.unit.iterators, self.setup.dialect.element_first
        first = frozenset(offset for offset, name in loops.items() if elements.fullmatch(name))
        macros = file_macros(text, known.effectful)
        return Context(loops, self.unit.guards, hints, cleanups, arrays, constants, first, macros)


def kinds_of(rules: Iterable[Rule], chosen: frozenset[str] | None) -> frozenset[EventKind]:
    """The kinds of events that the chosen rules answer to; None chooses all."""
    mine = (rule.events for rule in rules if chosen is None or rule.id in chosen)
    return frozenset().union(*mine)


def examine(text: Text, wanted: Ranges, message_id: str = "", everywhere: bool = False) -> Examined:
    """Findings in the definitions whose range is wanted, and in the comments of the touched lines, or `everywhere`."""
    chosen = text.unit.where(wanted)
    names = dict.fromkeys(function.name for function in chosen)
    events: list[Event] = []
    costly: list[Unanalyzed] = []
    bounded = 0
    for name in names if text.setup.wants(FLOW) else ():
        if why := text.clock.late():
            costly.extend(_range(text, f.start, f.end, why) for f in chosen if f.name == name)
            continue
        seen: list[Event] = []
        bounded += sum(_flow(text, body, seen, costly) for body in text.bodies(name))
        events.extend(without_consequences(seen, text.setup.knowledge.stacks))
    with phase("comments"):
        events.extend(_reference_events(text, chosen, everywhere))
    findings = matched(events, text.setup.rules, text.shown, message_id)
    return Examined(tuple(findings), (*_unparsed(text, wanted), *costly), len(chosen), bounded=bounded)


def examine_once(text: Text, wanted: Ranges) -> Examined:
    """The same of a text that nobody asks again."""
    try:
        return examine(text, wanted)
    finally:
        text.forget()


def _flow(text: Text, body: Lowered, events: list[Event], costly: list[Unanalyzed]) -> int:
    """Add what the flow analysis of one body says; 1 when it reached a bound, else 0."""
    flow = text.program.checked(body)
    events.extend(flow.events)
    if flow.complete:
        events.extend(exit_events(flow, text.program.knowledge))
    else:
        costly.append(_range(text, body.start, body.end, flow.stopped))
    return int(flow.cut > 0)


def _reference_events(text: Text, chosen: Sequence[Function], everywhere: bool) -> Iterator[Event]:
    source, setup = text.source, text.setup
    if not setup.wants(PROSE):
        return
    found = comments(text.commented)
    touched = None if source.touched is None or everywhere else list(touched_ranges(source))
    renames = setup.renames if setup.wants({EventKind.STALE_NAME}) else {}
    for event in stale_names(text.commented, found, touched, renames, setup.release, setup.exists):
        comment = next(c for c in found if c.offset <= event.start < c.end)
        yield replace(event, function=_belonging(comment, text))
    if setup.wants(PROSE - {EventKind.STALE_NAME}):
        yield from _doc_events(text, chosen, found, touched)


def _doc_events(
    text: Text, chosen: Sequence[Function], found: Sequence[Comment], touched: Sequence[tuple[int, int]] | None
) -> Iterator[Event]:
    """What comments say wrongly or leave out: of chosen functions, and where they are touched themselves."""
    setup, unit = text.setup, text.unit
    names = {function.name for function in chosen}
    starts = {f.start for f in chosen}
    about = [c for c in found if _may_matter(c, text, starts, touched) and _may_say(c, setup.wordings)]
    below = partial(_definition_below, text)
    pairs = list(described(text.commented, about, below, lambda word: setup.dialect.action(word) is not None))
    near = list(touching(pairs, touched))
    yield from unknown_parameters(near)
    wanted = [pair for pair in pairs if pair in near or (pair.function and pair.function.name in names)]
    notes = {(p.function.name, n): note for p in wanted if p.function for n, note in _notes(setup, p.function.name)}
    yield from undocumented_null(wanted, unit.named, notes, setup.dialect.hints, partial(_null_given, text))
    for pair in wanted:
        if pair.function is not None:
            yield from _claim_events(text, pair, pair.function.name)


def _may_matter(
    comment: Comment, text: Text, chosen: Set[int], touched: Sequence[tuple[int, int]] | None
) -> bool:
    """Whether the comment, or what is declared or defined below it, is touched or chosen; cheaper than to read it."""
    below = text.unit.below(comment.end)
    end = below.end if below else len(text.commented)
    if touched is None or (below and below.start in chosen):
        return True
    return any(first < end and comment.offset < last for first, last in touched)


def _may_say(comment: Comment, wordings: Wordings) -> bool:
    """Whether the comment is one that something is claimed in; a kernel-doc may say more."""
    return comment.kind is CommentKind.DOC or any(True for _ in claims(comment, None, wordings))


def _definition_below(text: Text, offset: int) -> Function | None:
    """The definition that the text has directly at or behind the offset, without parsing any other."""
    chunk = text.unit.below(offset)
    if chunk is None or _ONLY_WORDS.fullmatch(text.source.text, offset, chunk.start) is None:
        return None
    return text.unit.following(offset)


def _null_given(text: Text, pair: Described) -> Set[int]:
    """The positions at which calls in the text, and in its directory if they can be there, give NULL."""
    prototype, siblings, whole = pair.prototype, text.setup.siblings, text.source.text
    if prototype is None:
        return frozenset()
    local = b"static" in whole[pair.comment.end : prototype.end]
    others = siblings.others(text.source.path) if siblings is not None and not local else ()
    return frozenset().union(*(null_arguments(code, prototype.name) for code in (whole, *others)))


def _claim_events(text: Text, pair: Described, name: str) -> Iterator[Event]:
    said = list(claims(pair.comment, pair.doc, text.setup.wordings))
    if said:
        flows = [text.program.checked(body) for body in text.bodies(name)]
        yield from contradictions(said, flows, text.program.knowledge)


def _belonging(comment: Comment, text: Text) -> str:
    """The function that the comment stands in or directly above; empty where there is none, or none with a name."""
    function = text.unit.behind(comment.offset)
    if function is None or (function.head_missing and function.name == heading_name("")):
        return ""
    inside = function.start <= comment.offset
    return function.name if inside or _ONLY_WORDS.fullmatch(text.source.text, comment.end, function.start) else ""


def touched_ranges(source: Source) -> Iterator[tuple[int, int]]:
    """The byte ranges of the lines that the patch adds or stands next to; all of them without a patch."""
    at = 0
    for row, line in enumerate(source.text.splitlines(keepends=True), 1):
        if source.touched is None or row in source.touched:
            yield at, at + len(line)
        at += len(line)


def _notes(setup: Setup, name: str) -> Iterable[tuple[str, str]]:
    return (item for contract in setup.knowledge.contracts.get(name, ()) for item in contract.notes.items())


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
