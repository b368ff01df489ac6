"""The functions of a kernel C file as syntax trees, and the ranges that no tree could be made of.

A file is rewritten (`dialect`), cut into definitions (`chunk`), and each definition that is wanted is parsed on its
own, so one bad function costs one function.  Assumes kernel style at the top level.  Example: of a file with `int
f(void)\\n{ return 0; }` and `int g(void)\\n{ = ; }`, `f` is a Function and `g` an Unparsed with its reason.

Every node's offsets are offsets of the source's text.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import tree_sitter_c
from tree_sitter import Language, Node, Parser, Point, Range

from kpatchlint.c import arms
from kpatchlint.c.chunk import Chunk, chunks
from kpatchlint.c.dialect import Annotation, Dialect, Directive, Rewritten, rewrite
from kpatchlint.c.lexical import blank, nesting
from kpatchlint.c.repair import repaired
from kpatchlint.source import Source

GAP = b"__kpatchlint_gap__"
MAX_FILE = 16 << 20
MAX_CHUNK = 256 << 10
MAX_NESTING = 60
MAX_DEPTH = 200
MAX_VARIANTS = 8

_LANGUAGE = Language(tree_sitter_c.language())
_DATA_NODES = frozenset(
    ("struct_specifier", "union_specifier", "enum_specifier", "declaration", "type_definition", "comment", ";")
)


@dataclass(frozen=True)
class Function:
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


@dataclass(frozen=True, slots=True)
class Unparsed:
    """A range that holds code no tree was made of, and what stands there."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True)
class Unit:
    """What one source holds.  `text` is as long as the source's; `skipped` counts chunks that were not wanted."""

    source: Source
    text: bytes
    functions: tuple[Function, ...]
    unparsed: tuple[Unparsed, ...]
    iterators: Mapping[int, str]
    guards: Mapping[int, str]
    annotations: tuple[Annotation, ...]
    skipped: int = 0


def parse(source: Source, dialect: Dialect, wanted: Callable[[bytes], bool] | None = None) -> Unit:
    """Parse the functions of `source`; with `wanted`, only those whose original bytes it says yes to."""
    if len(source.text) > MAX_FILE:
        whole = Unparsed(0, len(source.text), f"the file is longer than {MAX_FILE >> 20} MB")
        return Unit(source, source.text, (), (whole,), {}, {}, ())
    return _Parse(source, rewrite(source.text, dialect), wanted).run()


class _Parse:
    """One parse in progress."""

    def __init__(self, source: Source, rewritten: Rewritten, wanted: Callable[[bytes], bool] | None) -> None:
        self.source, self.rewritten, self.wanted = source, rewritten, wanted
        self.text, self.code, self.directives = _compiled(rewritten)
        self.starts = [d.start for d in self.directives]
        self.iterators = dict(rewritten.iterators)
        self.functions: list[Function] = []
        self.unparsed: list[Unparsed] = []
        self.skipped = 0
        self.parser = Parser(_LANGUAGE)

    def run(self) -> Unit:
        for chunk in chunks(self.code, self.starts):
            if self.wanted is not None and not self.wanted(self.source.text[chunk.start : chunk.end]):
                self.skipped += 1
            else:
                self._chunk(chunk)
        rewritten = self.rewritten
        return Unit(
            self.source,
            self.text,
            tuple(self.functions),
            tuple(self.unparsed),
            self.iterators,
            rewritten.guards,
            rewritten.annotations,
            self.skipped,
        )

    def _chunk(self, chunk: Chunk) -> None:
        reason = self._refused(chunk)
        if reason:
            self._fail(chunk, reason)
            return
        root = self._tree(self.text, chunk)
        if not root.has_error:
            self._accept(chunk, [root])
            return
        fixed, loops = repaired(self.text, self.code, chunk)
        candidate = self._tree(fixed, chunk) if fixed is not self.text else root
        if candidate.has_error:
            candidates = self._variants(fixed, chunk)
        else:
            candidates = [candidate]
        if any(c.has_error for c in candidates) or not candidates:
            self._fail(chunk, self._first_error(root))
        good = [c for c in candidates if not c.has_error]
        if good:
            self.iterators.update(loops)
            self._accept(chunk, good)

    def _refused(self, chunk: Chunk) -> str:
        code = self.code[chunk.start : chunk.end]
        if not chunk.closed:
            return "braces do not balance"
        if len(code) > MAX_CHUNK:
            return f"longer than {MAX_CHUNK >> 10} KB"
        return f"nested deeper than {MAX_NESTING}" if nesting(code) > MAX_NESTING else ""

    def _tree(self, text: bytes, chunk: Chunk) -> Node:
        rows = Point(0, 0)
        self.parser.included_ranges = [Range(rows, rows, chunk.start, chunk.end)]
        return self.parser.parse(text).root_node

    def _variants(self, text: bytes, chunk: Chunk) -> list[Node]:
        """One tree for each choice of `#if` arms; [] when there are none or too many to try."""
        left, right = bisect_left(self.starts, chunk.start), bisect_left(self.starts, chunk.end)
        found = arms.groups(self.directives[left:right], chunk.start, chunk.end)
        count = arms.variants(found)
        if not found or count > MAX_VARIANTS:
            return []
        piece = text[chunk.start : chunk.end]
        pieces = dict.fromkeys(arms.select(piece, chunk.start, found, k) for k in range(count))
        return [self._tree(text[: chunk.start] + p + text[chunk.end :], chunk) for p in pieces]

    def _accept(self, chunk: Chunk, roots: list[Node]) -> None:
        nodes = [node for root in roots for node in _definitions(root)]
        if not nodes:
            if not all(child.type in _DATA_NODES for root in roots for child in root.children):
                self._fail(chunk, "a body without a function's head")
            return
        if any(too_deep(node) for node in nodes):
            self._fail(chunk, f"its tree is deeper than {MAX_DEPTH}")
            return
        self.functions.append(self._function(chunk, nodes))

    def _function(self, chunk: Chunk, nodes: list[Node]) -> Function:
        annotations = tuple(a for a in self.rewritten.annotations if chunk.start <= a.offset < chunk.end)
        body = nodes[0].child_by_field_name("body")
        statements = [c for c in body.named_children if c.type != "comment"] if body else []
        head_missing, tail_missing = bool(statements) and _is_gap(statements[0]), bool(statements) and _is_gap(statements[-1])
        return Function(function_name(nodes[0]), tuple(nodes), chunk.start, chunk.end, annotations, head_missing, tail_missing)

    def _fail(self, chunk: Chunk, reason: str) -> None:
        self.unparsed.append(Unparsed(chunk.start, chunk.end, reason))

    def _first_error(self, root: Node) -> str:
        node = first_error(root)
        line = self.source.position(node.start_byte).line or self.source.text_line(node.start_byte)
        words = self.source.text[node.start_byte : node.start_byte + 60].decode(errors="replace").split()
        return f"line {line} cannot be read: {' '.join(words[:3]) or 'something is missing'}"


def _compiled(rewritten: Rewritten) -> tuple[bytes, bytes, tuple[Directive, ...]]:
    """Text, skeleton and directives without what stands under `#if 0`."""
    ranges = arms.dead(rewritten.directives, len(rewritten.text))
    if not ranges:
        return rewritten.text, rewritten.code, rewritten.directives
    text, code = bytearray(rewritten.text), bytearray(rewritten.code)
    for start, end in ranges:
        blank(text, start, end)
        blank(code, start, end)
    kept = tuple(d for d in rewritten.directives if not any(s <= d.start < e for s, e in ranges))
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


def too_deep(node: Node) -> bool:
    return False
