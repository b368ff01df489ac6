"""The functions of a kernel C file as syntax trees, and the ranges that no tree could be made of.

A file is rewritten (`dialect`), cut into definitions (`chunk`), and each definition that is wanted is
parsed on its own, so one bad function costs one function.  Assumes kernel style at the top level.  Example:
of a file with `int f(void)\\n{ return 0; }` and `int g(void)\\n{ = ; }`, `f` is a Function and `g` an
Unparsed with its reason.

Every node's offsets are offsets of the source's text.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from tree_sitter import Node

from kpatchlint.c import arms
from kpatchlint.c.bounded import BoundedParser, SlowParseError
from kpatchlint.c.chunk import Chunk
from kpatchlint.c.dialect import Annotation, Dialect, Rewritten, rewrite
from kpatchlint.c.lexical import Directive, blank, nesting
from kpatchlint.c.outline import Outlining, outline
from kpatchlint.c.repair import as_data, repaired
from kpatchlint.regex import regex
from kpatchlint.source import Source

# whether something is wanted, by its first offset and the one behind it
Ranges = Callable[[int, int], bool]
Rewriting = Callable[[bytes, Dialect], Rewritten]

GAP = b"__kpatchlint_gap__"
# Bounds beside what 60,000 functions of 6.12 measure (median, 99.9 %, longest).
MAX_FILE = 4 << 20  # 10 KB, -, 717 KB; only register headers, which hold no functions, are longer than 3 MB
MAX_CHUNK = 256 << 10  # 391 B, 9.8 KB, 60 KB
MAX_NESTING = 60  # 3, 8, 11 brackets
MAX_DEPTH = 200  # 8, 22, 57 nodes
MAX_VARIANTS = 8
MAX_COPIED = 256 << 20  # each second look at a definition copies the file: 717 KB, 350 times

# Without nested brackets only operators in one statement (7, 56, 256) or `else` (0, 10, 32) make a tree deep.
_OPERATORS = b"-+*/!~&|<>=?:%^(,"
_NOT_OPERATORS = bytes(c for c in range(256) if c not in _OPERATORS + b";{}")
_STATEMENTS = regex(rb"[;{}]")
_SHALLOW_OPERATORS, _SHALLOW_ELSES, _SHALLOW_BYTES = 100, 40, 4000

_DATA_NODES = frozenset(
    (
        "struct_specifier",
        "union_specifier",
        "enum_specifier",
        "declaration",
        "type_definition",
        "comment",
        ";",
    )
)


class Function(Struct, frozen=True):
    """One definition.  `nodes` holds one function_definition, or one for each variant of its `#if` arms.

    start, end    from the first byte of its return type to the byte behind its `}`
    annotations   `__releases(x)` and its like, of the head and of the body
    head_missing  the source is a fragment and the head, tail_missing the end, is not in it
    """

    name: str
    nodes: tuple[Node, ...]
    start: int
    end: int
    annotations: tuple[Annotation, ...] = ()
    head_missing: bool = False
    tail_missing: bool = False


class Defined(Struct, frozen=True):
    """The name of a function, and where its definition begins and ends."""

    name: str
    start: int
    end: int


class Unparsed(Struct, frozen=True):
    """A range that holds code no tree was made of, and what stands there."""

    start: int
    end: int
    reason: str


class Piece(Struct, frozen=True):
    """What one chunk turned out to be: a function, something no tree was made of, both (of its `#if` arms), or data."""

    function: Function | None = None
    unparsed: Unparsed | None = None


class Reading(Struct, frozen=True):
    """What gives the same as `rewrite` and `outline` do, in less time."""

    rewriting: Rewriting = rewrite
    outlining: Outlining = outline


PLAINLY = Reading()


def parse(source: Source, dialect: Dialect, reading: Reading = PLAINLY) -> "Unit":
    """The definitions of `source`, each parsed when it is asked for."""
    if len(source.text) <= MAX_FILE:
        return Unit(source, reading.rewriting(source.text, dialect), reading.outlining)
    whole = Unparsed(0, len(source.text), f"the file is longer than {MAX_FILE >> 20} MB")
    return Unit(source, Rewritten(source.text, b"", {}, {}, (), ()), refused=whole)


class Unit:
    """One source; `text` is as long as the source's.

    iterators, guards  see `Rewritten`; what the repair of a piece finds is added when the piece is parsed
    """

    def __init__(
        self, source: Source, rewritten: Rewritten, outlining: Outlining = outline, refused: Unparsed | None = None
    ) -> None:
        self.source, self.refused, self.rewritten = source, refused, rewritten
        self.text, self.code, self.directives = _compiled(rewritten)
        self.starts = [d.start for d in self.directives]
        self.iterators = dict(rewritten.iterators)
        self.guards: Mapping[int, str] = rewritten.guards
        self.annotations = rewritten.annotations
        self.outline = outlining(self.text, self.code, self.starts)
        self.chunks = self.outline.chunks
        self.copied = 0
        self.parser = BoundedParser()
        self._pieces: dict[int, Piece] = {}

    @property
    def functions(self) -> tuple[Function, ...]:
        """Every function."""
        return self.where(lambda start, end: True)

    @property
    def unparsed(self) -> tuple[Unparsed, ...]:
        """Every range that cannot be read."""
        return self.unread(lambda start, end: True)

    def where(self, wanted: Ranges) -> tuple[Function, ...]:
        """The functions among the definitions whose range of offsets is wanted."""
        pieces = map(self._piece, self._indices(wanted))
        return tuple(piece.function for piece in pieces if piece.function is not None)

    def defined(self, wanted: Ranges) -> tuple[Defined, ...]:
        """The same; cheaper than the functions."""
        named = ((self._name(i), self.chunks[i]) for i in self._indices(wanted))
        return tuple(Defined(name, chunk.start, chunk.end) for name, chunk in named if name is not None)

    def names(self, offsets: Iterable[int]) -> frozenset[str]:
        """The names of the functions in which one of the offsets lies; cheaper than the functions."""
        pairs = ((bisect_right(self._lasts, offset), offset) for offset in offsets)
        held = {index for index, at in pairs if index < len(self.chunks) and self.chunks[index].start <= at}
        return frozenset(name for index in held if (name := self._name(index)) is not None)

    def places(self, name: str) -> tuple[tuple[int, int], ...]:
        """Where every function of that name begins and ends; cheaper than the functions."""
        headed = self.outline.headed(name.encode())
        return tuple((self.chunks[i].start, self.chunks[i].end) for i in headed if self._name(i) == name)

    def _name(self, index: int) -> str | None:
        """What a definition defines; None where it is no function."""
        known = self.outline.name(index)
        function = self._piece(index).function if known is None else None
        return function.name if function else known

    def unread(self, wanted: Ranges) -> tuple[Unparsed, ...]:
        """What cannot be read among the definitions whose range of offsets is wanted."""
        # what has a name was read without an error
        pieces = (self._piece(i) for i in self._indices(wanted) if self.outline.name(i) is None)
        found = (piece.unparsed for piece in pieces if piece.unparsed is not None)
        return (*([self.refused] if self.refused else []), *found)

    def named(self, name: str) -> tuple[Function, ...]:
        """Every function of that name."""
        pieces = map(self._piece, self.outline.headed(name.encode()))
        return tuple(p.function for p in pieces if p.function is not None and p.function.name == name)

    @cached_property
    def _firsts(self) -> list[int]:
        return [chunk.start for chunk in self.chunks]

    @cached_property
    def _lasts(self) -> list[int]:
        return [chunk.end for chunk in self.chunks]

    def behind(self, offset: int) -> Function | None:
        """The first function that ends behind an offset."""
        return self._first(bisect_right(self._lasts, offset))

    def following(self, offset: int) -> Function | None:
        """The first function that starts at or behind an offset."""
        return self._first(bisect_left(self._firsts, offset))

    def above(self, offset: int) -> int:
        """Where the last definition starts, whatever it is, that ends at or before an offset; 0 where none does."""
        index = bisect_right(self._lasts, offset)
        return self.chunks[index - 1].start if index else 0

    def below(self, offset: int) -> Chunk | None:
        """The first definition, whatever it is, that starts at or behind an offset."""
        index = bisect_left(self._firsts, offset)
        return self.chunks[index] if index < len(self.chunks) else None

    def _first(self, index: int) -> Function | None:
        pieces = map(self._piece, range(index, len(self.chunks)))
        return next((piece.function for piece in pieces if piece.function is not None), None)

    def _indices(self, wanted: Ranges) -> Iterator[int]:
        return (index for index, chunk in enumerate(self.chunks) if wanted(chunk.start, chunk.end))

    def _piece(self, index: int) -> Piece:
        if index not in self._pieces:
            chunk = self.chunks[index]
            try:
                self._pieces[index] = self._parsed(index, chunk)
            except SlowParseError as error:
                self._pieces[index] = _bad(chunk, str(error))
        return self._pieces[index]

    def _parsed(self, index: int, chunk: Chunk) -> Piece:
        reason = self._refused(chunk)
        if reason:
            return _bad(chunk, reason)
        root = self._tree(self.text, chunk)
        if not root.has_error:
            piece = self._accepted(chunk, [root])
            if piece.function:
                self.outline.learn(index, piece.function.name)
            return piece
        if self.copied > MAX_COPIED:
            return _bad(chunk, "too much of this file cannot be read")
        return self._retried(chunk, root)

    def _retried(self, chunk: Chunk, root: Node) -> Piece:
        """The same without the `#if` arms, or repaired, or both; what still has an error is Unparsed."""
        candidates = self._variants(self.text, chunk)
        loops: dict[int, str] = {}
        if not candidates or any(c.has_error for c in candidates):
            piece, loops = repaired(self.text, chunk)
            fixed = self._replaced(chunk, piece)
            whole = self._tree(fixed, chunk)
            candidates = self._variants(fixed, chunk) if whole.has_error else [whole]
        good = [c for c in candidates if not c.has_error]
        found = Piece()
        if good:
            self.iterators.update(loops)
            found = self._accepted(chunk, good)
        elif self._is_data(chunk):
            return found
        if len(good) == len(candidates) and good:
            return found
        reason = self._first_error(next((c for c in candidates if c.has_error), root))
        return Piece(found.function, Unparsed(chunk.start, chunk.end, reason))

    def _replaced(self, chunk: Chunk, piece: bytes) -> bytes:
        self.copied += len(self.text)
        return self.text[: chunk.start] + piece + self.text[chunk.end :]

    def _is_data(self, chunk: Chunk) -> bool:
        """`MACRO(x) { int a; };` is data when its body reads as that of a struct or of an array."""
        if not self.code.startswith(b";", chunk.end) or self.code.count(b"(", chunk.start, chunk.brace) != 1:
            return False
        return any(not self.parser.tree(piece, 0, len(piece)).has_error for piece in as_data(self.text, chunk))

    def _refused(self, chunk: Chunk) -> str:
        code = self.code[chunk.start : chunk.end]
        if not chunk.closed:
            return "braces do not balance"
        if len(code) > MAX_CHUNK:
            return f"longer than {MAX_CHUNK >> 10} KB"
        return f"nested deeper than {MAX_NESTING}" if nesting(code) > MAX_NESTING else ""

    def _tree(self, text: bytes, chunk: Chunk) -> Node:
        return self.parser.tree(text, chunk.start, chunk.end)

    def _variants(self, text: bytes, chunk: Chunk) -> list[Node]:
        """One tree for each choice of `#if` arms; [] when there are none or too many to try."""
        left, right = bisect_left(self.starts, chunk.start), bisect_left(self.starts, chunk.end)
        found = arms.groups(self.directives[left:right], chunk.start, chunk.end)
        count = arms.variants(found)
        if not found or count > MAX_VARIANTS:
            return []
        piece = text[chunk.start : chunk.end]
        pieces = dict.fromkeys(arms.select(piece, chunk.start, found, k) for k in range(count))
        return [self._tree(self._replaced(chunk, p), chunk) for p in pieces]

    def _accepted(self, chunk: Chunk, roots: list[Node]) -> Piece:
        nodes = [node for root in roots for node in _definitions(root)]
        if not nodes:
            data = all(child.type in _DATA_NODES for root in roots for child in root.children)
            return Piece() if data else _bad(chunk, "a body without a function's head")
        if _may_be_deep(self.code[chunk.start : chunk.end]) and any(deeper_than(n, MAX_DEPTH) for n in nodes):
            return _bad(chunk, f"its tree is deeper than {MAX_DEPTH}")
        return Piece(self._function(chunk, nodes))

    def _function(self, chunk: Chunk, nodes: list[Node]) -> Function:
        annotations = tuple(a for a in self.annotations if chunk.start <= a.offset < chunk.end)
        body = nodes[0].child_by_field_name("body")
        gaps = [_is_gap(c) for c in body.named_children if c.type != "comment"] if body else []
        head, tail = gaps[:1] == [True], gaps[-1:] == [True]
        name = function_name(nodes[0])
        return Function(name, tuple(nodes), chunk.start, chunk.end, annotations, head, tail)

    def _first_error(self, root: Node) -> str:
        node = first_error(root)
        line = self.source.position(node.start_byte).line or self.source.text_line(node.start_byte)
        words = self.source.text[node.start_byte : node.start_byte + 60].decode(errors="replace").split()
        return f"line {line} cannot be read: {' '.join(words[:3]) or 'something is missing'}"


def _bad(chunk: Chunk, reason: str) -> Piece:
    return Piece(unparsed=Unparsed(chunk.start, chunk.end, reason))


def _compiled(rewritten: Rewritten) -> tuple[bytes, bytes, tuple[Directive, ...]]:
    """Text, skeleton and directives without what stands under `#if 0`."""
    ranges = arms.dead(rewritten.directives, len(rewritten.text))
    if not ranges:
        return rewritten.text, rewritten.code, rewritten.directives
    text, code = bytearray(rewritten.text), bytearray(rewritten.code)
    for start, end in ranges:
        blank(text, start, end)
        blank(code, start, end)
    kept = tuple(d for d in rewritten.directives if text[d.start] == 0x23)
    return bytes(text), bytes(code), kept


def _definitions(root: Node) -> list[Node]:
    return [child for child in root.children if child.type == "function_definition"]


def function_name(definition: Node) -> str:
    """The name a function_definition defines, or the empty string."""
    node: Node | None = definition.child_by_field_name("declarator")
    while node is not None and node.type not in ("identifier", "field_identifier", "type_identifier"):
        inner = node.child_by_field_name("declarator")
        node = inner if inner is not None else next(iter(node.named_children), None)
    return node.text.decode(errors="replace") if node is not None and node.text else ""


def first_error(root: Node) -> Node:
    """The first ERROR or MISSING node of a tree that has one."""
    node = root
    while not (node.is_error or node.is_missing):
        inner = next((child for child in node.children if child.has_error or child.is_missing), None)
        if inner is None:
            return node
        node = inner
    return node


def _is_gap(statement: Node) -> bool:
    text = statement.text or b""
    return text.startswith(GAP)


def _may_be_deep(code: bytes) -> bool:
    if code.count(b"else") > _SHALLOW_ELSES:
        return True
    if max(map(len, _STATEMENTS.split(code))) > _SHALLOW_BYTES:
        return True
    return max(map(len, _STATEMENTS.split(code.translate(None, _NOT_OPERATORS)))) > _SHALLOW_OPERATORS


def deeper_than(node: Node, bound: int) -> bool:
    """Whether a tree has a path of more than `bound` nodes; looks no deeper, and does not recurse."""
    cursor, depth = node.walk(), 0
    while depth <= bound:
        if cursor.goto_first_child():
            depth += 1
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return False
            depth -= 1
    return True
