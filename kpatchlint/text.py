"""One text of a tree or of a patch, and what it is examined with: parsed, lowered and analysed as far as it is asked.

What was found out about the functions of a file of a tree is kept, for the next run, too.  Assumption: a body does what
its text says, what the file says outside of functions, what its callees in the file and in the files beside it do, and
what the rule data and the tree's headers say.  Example: `Text(source, setup).summary("f")` parses f and what it calls.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace
from tree_sitter import Node

from kpatchlint.c.callbacks import Installed, installed
from kpatchlint.c.context import Context
from kpatchlint.c.declare import file_arrays, file_constants, file_guards
from kpatchlint.c.dialect import Dialect
from kpatchlint.c.inline import Macro, file_macros
from kpatchlint.c.ir import Annotated, Lowered
from kpatchlint.c.lower import lower
from kpatchlint.c.parse import PLAINLY, Function, Reading, Unit, parse
from kpatchlint.event import EventKind
from kpatchlint.flow.clock import Clock
from kpatchlint.flow.contract import Contract, Knowledge
from kpatchlint.flow.memo import Summaries, Summary, read_summary, written
from kpatchlint.flow.program import DEEPEST_CALL, Program
from kpatchlint.flow.reach import Body
from kpatchlint.flow.symbol import forget_symbols
from kpatchlint.phases import phase
from kpatchlint.prose.claims import Wordings
from kpatchlint.reference import Rename
from kpatchlint.regex import regex
from kpatchlint.release import Release
from kpatchlint.rule import Rule
from kpatchlint.source import Source
from kpatchlint.tree.kept import Kept, Row, digest
from kpatchlint.tree.siblings import Siblings

# in another file only what a callee does itself, and its own helpers, is worth the time
DEEPEST_DISTANT_CALL = 2

# what comments say
PROSE = frozenset(
    (EventKind.STALE_NAME, EventKind.UNDOCUMENTED_NULL, EventKind.DOC_PARAMETER, EventKind.DOC_CLAIM)
)
# what the flow analysis sees, and misses where it cannot read
FLOW = frozenset(EventKind) - PROSE

_ONLY_WORDS = regex(rb"[\w\s]*", re.ASCII)

_KIND = "functions"
_FAR = "callees elsewhere"
_SAID = "comments"
_READ = "rewritten"
_OUTLINE = "outline"
K = TypeVar("K")


class Scope(Struct, frozen=True):
    """What a file says outside of functions that matters inside: see `c/lower.py`."""

    cleanups: Mapping[str, tuple[str, str]]
    arrays: frozenset[str]
    constants: Mapping[str, int]
    macros: Mapping[str, Macro]


class Setup(Struct, frozen=True):
    """What does not change from text to text: rules, contracts chosen for the tree, dialect, renames, release, ...

    kinds      the kinds of events that matter; None for all
    identity   what is another when what a body does in this tree may be, but for the other files of its directory
    kept       what was found out before; only what has an identity is kept
    elsewhere  summaries of functions of this tree that were asked for from other files, by path and name, and whether
               they are good enough for a first look only
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
    identity: bytes = b""
    kept: Kept | None = None
    elsewhere: dict[tuple[tuple[str, str], bool], Summary] = {}

    def row(self, source: Source) -> Row | None:
        """What is kept of the functions of a file; None of one that is not in a tree.

        Only what a tree has that no patch has changed is kept for the next run.
        """
        siblings, path = self.siblings, source.path
        if siblings is None or siblings.headers_only or not self._knows(source):
            return None
        return self._row(_KIND, (os.fsencode(path), siblings.tree.identity(path), siblings.beside(path)))

    def reading_rows(self, source: Source) -> tuple[Row, Row] | None:
        """What is kept of how a file of a tree reads in the dialect, and of its outline."""
        if self.siblings is None or not self._knows(source):
            return None
        about = (self.siblings.tree.identity(source.path),)
        read, outline = self._row(_READ, about), self._row(_OUTLINE, about)
        return (read, outline) if read and outline else None

    def _knows(self, source: Source) -> bool:
        """Whether the source is a file of the tree, and what is found out about it is kept."""
        kept = self.kept is not None and self.identity and self.siblings is not None
        return bool(kept) and self.siblings is not None and self.siblings.tree.read(source.path) == source.text

    def _row(self, kind: str, about: tuple[bytes, ...]) -> Row | None:
        state = self.siblings.tree.state if self.siblings else {}
        return self.kept.row(kind, digest((self.identity, *about)), lasting=not state) if self.kept else None

    def far_row(self, path: str) -> Row | None:
        """What is kept of callees of a file that lie in other files; what stands in the file itself does not matter."""
        siblings = self.siblings
        if self.kept is None or not self.identity or siblings is None or siblings.headers_only:
            return None
        parts = (self.identity, os.fsencode(path), siblings.beside(path))
        return self.kept.row(_FAR, digest(parts), lasting=siblings.tree.state.keys() <= {path})

    def said_row(self, path: str) -> Row | None:
        """What is kept of the comments of a file, by their texts."""
        if self.kept is None or not self.identity:
            return None
        return self.kept.row(_SAID, digest((self.identity, os.fsencode(path))))

    def wants(self, kinds: Set[EventKind]) -> bool:
        """Whether an event of one of these kinds may matter."""
        return self.kinds is None or not self.kinds.isdisjoint(kinds)


def _fitting(known: Mapping[tuple[K, bool], Summary], function: K, early: bool) -> Summary | None:
    """What is known of a function: its exact summary, or one that is good enough for a first look, if that is all."""
    return known.get((function, False)) or (known.get((function, True)) if early else None)


class Text(Struct, frozen=True, dict=True, weakref=True):
    """One parsed text; bodies are lowered and analysed when they are asked for.

    `original` is the fragment that `source` completes: completing blanks half comments, and those count too.
    `reading` is how it is made ready to parse.
    """

    source: Source
    setup: Setup
    original: Source | None = None
    reading: Reading = PLAINLY
    deepest_call: int = DEEPEST_CALL
    clock: Clock = field(default_factory=Clock)
    _lowered: dict[str, tuple[Lowered, ...]] = {}
    _others: "dict[str, Text]" = {}
    _far: dict[tuple[str, bool], Summary] = {}

    @cached_property
    def unit(self) -> Unit:
        """The parsed text."""
        with phase("parse"):
            return parse(self.source, self.setup.dialect, self.reading)

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
        return self.source if self.original is None else replace(self.source, text=self.commented)

    @property
    def patched(self) -> bool:
        """Whether it is a patch's, of which more is asked: what was left out long ago is said of no tree."""
        return self.source.touched is not None or not self.source.complete

    def written_at(self, offset: int) -> bool:
        """Whether a patch has written, or moved next to, the whole line at the offset and those around it."""
        row, touched = self.source.text_line(offset), self.source.touched or ()
        return all(near in touched for near in (row - 1, row, row + 1) if 1 <= near <= self.source.rows)

    @cached_property
    def program(self) -> Program:
        """The flow analysis of its functions."""
        known = self.setup.knowledge
        return Program(
            self.bodies, known, self.deepest_call, self._entries, self.clock, self.summaries, self._distant
        )

    @cached_property
    def row(self) -> Row | None:
        """What is kept of its functions."""
        return self.setup.row(self.source) if self.original is None else None

    @cached_property
    def said(self) -> Row | None:
        """What is kept of its comments."""
        return self.setup.said_row(self.source.path)

    @cached_property
    def summaries(self) -> Summaries:
        """What is known of its functions."""
        return Summaries(self.row)

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

    def _distant(self, name: str, early: bool) -> Summary:
        """The summary of a function that another file of the same directory defines; `early` as in `Program`."""
        known = _fitting(self._far, name, early)
        if known is None:
            known = self._found_far(name, early)
            self._far[name, known.early] = known
        return known

    @cached_property
    def _far_row(self) -> Row | None:
        return self.setup.far_row(self.source.path)

    def _found_far(self, name: str, early: bool) -> Summary:
        kept = self._far_row.get(name) if self._far_row is not None else None
        if kept is not None:
            return read_summary(kept)
        found = self._summarised_far(name, early)
        if self._far_row is not None and not found.early and not self.clock.late():
            self._far_row.put(name, written(found))
        return found

    def _summarised_far(self, name: str, early: bool) -> Summary:
        path = self._defining(name)
        if path is None:
            return Summary()
        known = _fitting(self.setup.elsewhere, (path, name), early)
        if known is None:
            known = self._summarised(path, name, early)
            if not self.clock.late():
                self.setup.elsewhere[(path, name), known.early] = known
        return known

    def _defining(self, name: str) -> str | None:
        """The path of another file that defines a function, if what that does may matter."""
        siblings = self.setup.siblings
        path = siblings.defining(self.source.path, name) if siblings and name else None
        matters = path and siblings and siblings.reaches(path, name, self.setup.knowledge.effectful)
        return path if matters else None

    def _summarised(self, path: str, name: str, early: bool) -> Summary:
        found = self._other(path).program.summary(name, early)
        return Summary(found.contract, early=found.early)

    def _other(self, path: str) -> "Text":
        siblings = self.setup.siblings
        if path not in self._others and siblings is not None:
            headers = None if path.endswith(".h") else replace(siblings, headers_only=True)
            alone = replace(self.setup, siblings=headers)
            source = Source(path, siblings.read(path))
            self._others[path] = Text(source, alone, deepest_call=DEEPEST_DISTANT_CALL, clock=self.clock)
        return self._others[path]

    @cached_property
    def callees(self) -> Callable[[str], Iterable[Body]]:
        """The bodies of a function that this text calls: its own, or those in another file of its directory."""
        return self._called

    def _called(self, name: str) -> Iterator[Body]:
        own = self.bodies(name)
        yield from (Body(body, self.callees) for body in own)
        path = None if own else self._defining(name)
        if path is not None:
            yield from self._other(path).callees(name)

    def _lower(self, node: Node, function: Function) -> Lowered:
        with phase("lower"):
            lowered = lower(node, self._context, whole=not (function.head_missing or function.tail_missing))
        said = tuple(Annotated(a.name, a.arguments, a.offset) for a in function.annotations)
        return replace(lowered, annotations=said)

    def only_words(self, start: int, end: int) -> bool:
        """Whether nothing but specifiers stands there, as may between a comment and the definition it is about."""
        return _ONLY_WORDS.fullmatch(self.source.text, start, end) is not None

    def written(self, name: str) -> tuple[bytes, ...]:
        """What stands in every definition of that name."""
        return tuple(self.source.text[f.start : f.end] for f in self.unit.named(name))

    def share(self, other: "Text", but: frozenset[str]) -> None:
        """Know the summaries of each other: all functions are the same except those of `but`."""
        self.summaries.join(other.summaries, but)

    def forget(self) -> None:
        """Free what the flow analysis knows at once: it knows this text, and the text it."""
        forget_symbols()
        self.program.forget()
        del self.__dict__["program"]
        for other in self._others.values():
            other.forget()

    def summary(self, name: str) -> Contract | None:
        """The contract inferred for a function of this text."""
        return self.program.summary(name).contract

    @cached_property
    def scope(self) -> Scope:
        """What the text says outside of functions that matters inside."""
        text, known = self.source.text, self.setup.knowledge
        cleanups = {**known.guards, **file_guards(text, known.guard_definitions)}
        return Scope(cleanups, file_arrays(text), file_constants(text), file_macros(text, known.effectful))

    @cached_property
    def _context(self) -> Context:
        loops, dialect, scope = self.unit.iterators, self.setup.dialect, self.scope
        first, null = (
            frozenset(offset for offset, name in loops.items() if names.fullmatch(name))
            for names in (dialect.element_first, dialect.null_at_end)
        )
        hints = dialect.hints
        return Context(
            loops,
            self.unit.guards,
            hints,
            scope.cleanups,
            scope.arrays,
            scope.constants,
            first,
            null,
            scope.macros,
            self.setup.knowledge.members,
        )
