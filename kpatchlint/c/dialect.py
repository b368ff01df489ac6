"""Kernel C made readable for a C grammar, by rewrites that keep every offset and every newline.

`rules/dialect.toml` names the macros; this module knows only the forms a macro can have.  Assumes a macro is one word
with at most one parenthesis behind it; inside comments, literals and directives nothing is touched.  Example:

    static int __init f(void) __releases(lock)      static int        f(void)
    list_for_each_entry(p, head, list) {            while              (p, head, list) {
    n = min_t(unsigned long, a, b);                 n = min_t(0            , a, b);
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial

import msgspec

from kpatchlint import data
from kpatchlint.c.editor import Editor
from kpatchlint.c.lexical import Directive

WORD = re.compile(rb"[A-Za-z_]\w*")
_KEYWORD = re.compile(
    rb"struct|union|enum|const|volatile|unsigned|signed|long|short|int|char|float|double|void|bool|s?size_t"
    rb"|u?int(?:8|16|32|64|ptr|max)_t|ptrdiff_t|char(?:8|16|32|64)_t"
)
_STATEMENT = re.compile(rb"(?:return|goto|break|continue|if|do|while|for)\b")
_STARTS_TYPE = re.compile(rb"(?:struct|union|enum|const|unsigned|signed|int|long|short|char|void|bool)\b")
_BEFORE_STATEMENT = b";{}):"
_AFTER_LOOP = re.compile(rb"[{(*]|[A-Za-z_]|\+\+|--")


class Definitions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`pairs`: patterns of macros that define a function from (name, type, argument, type, argument, ...)."""

    pairs: tuple[str, ...] = ()


class Hints(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Calls whose value is their first argument."""

    names: tuple[str, ...] = ()


class DialectFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules/dialect.toml`, table by table."""

    attributes: tuple[str, ...] = ()
    attributes_with_arguments: tuple[str, ...] = ()
    annotations: tuple[str, ...] = ()
    expression_annotations: tuple[str, ...] = ()
    iterators: tuple[str, ...] = ()
    loop_end_patterns: tuple[str, ...] = ()
    iterator_patterns: tuple[str, ...] = ()
    scoped_guard_patterns: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    dropped_patterns: tuple[str, ...] = ()
    type_arguments: dict[str, tuple[int, ...]] = {}
    replaced: dict[str, str] = {}
    types: dict[str, str] = {}
    templates: dict[str, str] = {}
    definitions: Definitions = Definitions()
    hints: Hints = Hints()


@dataclass(frozen=True, slots=True)
class Annotation:
    """An attribute that says what a function does: `__releases(ptl)` is name `__releases`, arguments `ptl`."""

    offset: int
    name: str
    arguments: str


@dataclass(frozen=True)
class Rewritten:
    """The text a C grammar can read, as long as the original, and what the rewrites took out of it.

    text        ready to parse
    code        the same without comments and directives, literals masked: for whoever looks for brackets or words
    iterators   offset of a word that now reads `while` -> name of the iterator macro
    guards      offset of the word -> name of the cleanup guard; scoped guards read `while`, the others are untouched
    """

    text: bytes
    code: bytes
    iterators: Mapping[int, str]
    guards: Mapping[int, str]
    annotations: tuple[Annotation, ...]
    directives: tuple[Directive, ...]


@dataclass(slots=True)
class _Run:
    """One rewrite in progress."""

    editor: Editor
    iterators: dict[int, str] = field(default_factory=dict)
    guards: dict[int, str] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)


Action = Callable[[_Run, int, int], None]


@dataclass(frozen=True)
class Dialect:
    """What a word makes the rewrite do: by name, else by the first pattern that fits the whole word."""

    actions: Mapping[bytes, Action]
    patterns: tuple[tuple[re.Pattern[bytes], Action], ...]
    hints: frozenset[str]

    def action(self, word: bytes) -> Action | None:
        """The action for one word, or None for a word of plain C."""
        found = self.actions.get(word)
        if found is not None:
            return found
        return next((action for pattern, action in self.patterns if pattern.fullmatch(word)), None)


@cache
def load() -> Dialect:
    """The dialect of `rules/dialect.toml`; `UserError` when the file is not what it should be."""
    return _dialect(data.read(data.rules_directory() / "dialect.toml", DialectFile))


def rewrite(text: bytes, dialect: Dialect) -> Rewritten:
    """`text` with every macro the dialect knows rewritten; same length, same newlines."""
    run = _Run(Editor(text))
    editor = run.editor
    known = {word: dialect.action(word) for word in set(WORD.findall(editor.code))}
    actions = {word: action for word, action in known.items() if action is not None}
    for found in list(WORD.finditer(bytes(editor.code))) if actions else ():
        action = actions.get(found[0])
        if action is not None and editor.code.startswith(found[0], found.start()):
            action(run, *found.span())
    return Rewritten(
        bytes(editor.text), bytes(editor.code), run.iterators, run.guards, tuple(run.annotations), editor.directives
    )


def _dialect(file: DialectFile) -> Dialect:
    actions: dict[bytes, Action] = {}
    for names, action in _simple(file):
        actions.update((name.encode(), action) for name in names)
    for name, positions in file.type_arguments.items():
        actions[name.encode()] = partial(_type_arguments, positions)
    for name, shorter in file.replaced.items():
        actions[name.encode()] = partial(_replaced, shorter.encode())
    for name, type_name in file.types.items():
        actions[name.encode()] = partial(_type, type_name.encode())
    for name, template in file.templates.items():
        actions[name.encode()] = partial(_template, tuple(re.split(r"\$(\d)", template)))
    return Dialect(actions, tuple(_patterns(file)), frozenset(file.hints.names))


def _simple(file: DialectFile) -> Iterable[tuple[Iterable[str], Action]]:
    return (
        (file.attributes, _attribute),
        (file.attributes_with_arguments, _attribute_call),
        (file.annotations, _annotation),
        (file.expression_annotations, _record),
        (file.iterators, _iterator),
        (file.guards, _guard),
        (file.dropped, _dropped),
    )


def _patterns(file: DialectFile) -> Iterable[tuple[re.Pattern[bytes], Action]]:
    for patterns, action in (
        (file.loop_end_patterns, _loop_end),
        (file.definitions.pairs, _pairs),
        (file.scoped_guard_patterns, _scoped_guard),
        (file.iterator_patterns, _iterator),
        (file.dropped_patterns, _dropped),
    ):
        if patterns:
            yield re.compile("|".join(f"(?:{p})" for p in patterns).encode()), action


def _word(run: _Run, start: int, end: int) -> str:
    return run.editor.original[start:end].decode()


def _attribute(run: _Run, start: int, end: int) -> None:
    run.editor.blank(start, end)


def _attribute_call(run: _Run, start: int, end: int) -> None:
    opener = run.editor.opener(end)
    closer = run.editor.closer(opener) if opener >= 0 else -1
    run.editor.blank(start, closer + 1 if closer >= 0 else end)


def _record(run: _Run, start: int, end: int) -> None:
    opener = run.editor.opener(end)
    closer = run.editor.closer(opener) if opener >= 0 else -1
    arguments = run.editor.original[opener + 1 : closer].decode(errors="replace") if closer >= 0 else ""
    run.annotations.append(Annotation(start, _word(run, start, end), " ".join(arguments.split())))


def _annotation(run: _Run, start: int, end: int) -> None:
    _record(run, start, end)
    _attribute_call(run, start, end)


def _dropped(run: _Run, start: int, end: int) -> None:
    """At the start of a line only: `core_initcall(f)` goes, `int __init my_initcall(void)` stays."""
    if run.editor.opener(end) >= 0 and run.editor.code[start - 1 : start] in (b"", b"\n"):
        _attribute_call(run, start, end)


def _guard(run: _Run, start: int, end: int) -> None:
    opener = run.editor.opener(end)
    closer = run.editor.closer(opener) if opener >= 0 else -1
    if closer >= 0 and run.editor.opener(closer + 1) >= 0:
        run.guards[start] = _word(run, start, end)


def _scoped_guard(run: _Run, start: int, end: int) -> None:
    if _loop(run, start, end):
        run.guards[start] = _word(run, start, end)


def _iterator(run: _Run, start: int, end: int) -> None:
    if _loop(run, start, end):
        run.iterators[start] = _word(run, start, end)


def _loop_end(run: _Run, start: int, end: int) -> None:
    if run.editor.opener(end) >= 0:
        run.editor.write(start, end, b"while")
        run.iterators[start] = _word(run, start, end)


def _loop(run: _Run, start: int, end: int) -> bool:
    """Read `word(arguments) body` as `while (arguments) body`; false where it is a call or a definition."""
    editor = run.editor
    opener = editor.opener(end)
    closer = editor.closer(opener) if opener >= 0 else -1
    if closer < 0 or end - start < len(b"while") or not (_begins(editor, start) and _has_body(editor, closer)):
        return False
    arguments = editor.arguments(opener)
    if arguments[0][0] == closer:
        editor.write(start, closer + 1, b"while(1)")
        return True
    editor.write(start, end, b"while")
    for argument in arguments:
        _mend(editor, *argument)
    return True


def _begins(editor: Editor, start: int) -> bool:
    """Whether a statement can begin at `start`: behind `;`, a brace, `)`, a label, `else` or `do`."""
    before = editor.preceding(start)
    if before < 0 or editor.code[before] in _BEFORE_STATEMENT:
        return True
    word = re.search(rb"\w*\Z", editor.code[max(0, before - 4) : before + 1])
    return word is not None and word[0] in (b"else", b"do")


def _has_body(editor: Editor, closer: int) -> bool:
    """Whether a statement follows; an empty one only counts on a line of its own (`f(x);` is a call)."""
    after = editor.following(closer + 1)
    if after < 0:
        return False
    if editor.code[after] == 0x3B:
        return editor.code.find(b"\n", closer, after) >= 0
    return _AFTER_LOOP.match(editor.code, after) is not None


def _mend(editor: Editor, start: int, end: int) -> None:
    """Make an argument an expression: a statement becomes 0, a type its last name."""
    if _STATEMENT.match(editor.code, start, end):
        editor.write(start, end, b"0")
    elif _STARTS_TYPE.match(editor.code, start, end):
        reduce_type(editor, start, end)


def reduce_type(editor: Editor, start: int, end: int) -> None:
    """Overwrite a type with its last name, at its place, or with 0 where it has none (`unsigned long`)."""
    piece = bytes(editor.code[start:end])
    names = [w for w in WORD.finditer(piece) if not _KEYWORD.fullmatch(w[0])]
    if not names or b"(" in piece:
        editor.write(start, end, b"0")
        return
    editor.blank(start, start + names[-1].start())
    editor.blank(start + names[-1].end(), end)


def _type_arguments(positions: tuple[int, ...], run: _Run, start: int, end: int) -> None:
    opener = run.editor.opener(end)
    arguments = run.editor.arguments(opener) if opener >= 0 else []
    for position in positions:
        if position < len(arguments) and arguments[position][0] < arguments[position][1]:
            reduce_type(run.editor, *arguments[position])


def _replaced(shorter: bytes, run: _Run, start: int, end: int) -> None:
    run.editor.write(start, end, shorter)


def _type(name: bytes, run: _Run, start: int, end: int) -> None:
    opener = run.editor.opener(end)
    closer = run.editor.closer(opener) if opener >= 0 else -1
    if closer >= 0:
        run.editor.write(start, closer + 1, name)


def _template(pieces: tuple[str, ...], run: _Run, start: int, end: int) -> None:
    opener = run.editor.opener(end)
    arguments = run.editor.arguments(opener) if opener >= 0 else []
    chosen = [int(number) - 1 for number in pieces[1::2]]
    if not arguments or max(chosen) >= len(arguments):
        return
    places = [arguments[index] for index in chosen]
    fill(run.editor, (start, run.editor.closer(opener) + 1), places, [p.strip().encode() for p in pieces[0::2]])


def _pairs(run: _Run, start: int, end: int) -> None:
    opener = run.editor.opener(end)
    arguments = run.editor.arguments(opener) if opener >= 0 else []
    if len(arguments) >= 3 and len(arguments) % 2:
        commas = [b"" if index % 2 else b"," for index in range(1, len(arguments) - 1)]
        fill(run.editor, (start, run.editor.closer(opener) + 1), arguments, [b"long", b"(", *commas, b")"])


def fill(editor: Editor, whole: tuple[int, int], places: list[tuple[int, int]], between: list[bytes]) -> None:
    """Blank `whole` but for `places`, and put the words of `between` before, between and behind them.

    Nothing is changed when a word does not fit its gap.
    """
    starts = [whole[0], *(end for _, end in places)]
    ends = [*(start for start, _ in places), whole[1]]
    gaps = list(zip(starts, ends, between, strict=True))
    if all(len(word) <= end - start for start, end, word in gaps):
        for start, end, word in gaps:
            editor.write(start, end, word)
