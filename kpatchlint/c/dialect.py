"""Kernel C made readable for a C grammar, by rewrites that keep every offset and every newline.

`rules/dialect.toml` names the macros; this module knows only the forms a macro can have.  Assumes a macro
is one word with at most one parenthesis behind it; inside comments, literals and directives nothing is
touched.  Example:

    static int __init f(void) __releases(lock)      static int        f(void)
    list_for_each_entry(p, head, list) {            while              (p, head, list) {
    n = min_t(unsigned long, a, b);                 n = min_t(0            , a, b);
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache, cached_property, lru_cache, partial
from pathlib import Path

import msgspec
from msgspec import Struct

from kpatchlint.c import macro
from kpatchlint.c.editor import Editor
from kpatchlint.c.lexical import Directive
from kpatchlint.c.macro import Action
from kpatchlint.c.macro import Annotation as Annotation
from kpatchlint.data import rules_directory
from kpatchlint.regex import regex
from kpatchlint.shipped import shipped
from kpatchlint.source import occurrences

NAME = "dialect.toml"

_WORDY = regex(rb"\w")
# what stands in no word stands between words
_APART = bytes(byte if bytes((byte,)).isalnum() or byte == 0x5F else 0x20 for byte in range(256))
# words that are asked for again and again, file by file: some 100 bytes each
_MOST_WORDS = 1 << 17

# what fits, and what is done then
_Patterns = tuple[tuple[bytes, Action], ...]


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
    element_first: tuple[str, ...] = ()
    null_at_end: tuple[str, ...] = ()
    scoped_guard_patterns: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    cleanups: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    dropped_patterns: tuple[str, ...] = ()
    type_arguments: dict[str, tuple[int, ...]] = {}
    replaced: dict[str, str] = {}
    whole_calls: dict[str, str] = {}
    templates: dict[str, str] = {}
    object_patterns: tuple[str, ...] = ()
    prefix_patterns: tuple[str, ...] = ()
    definitions: Definitions = Definitions()
    hints: Hints = Hints()


class Rewritten(Struct, frozen=True):
    """The text a C grammar can read, as long as the original, and what the rewrites took out of it.

    text        ready to parse
    code        the same without comments and directives, literals masked, to look for brackets or words
    iterators   offset of a word that now reads `while` -> name of the iterator macro
    guards      offset of the word -> name of the cleanup guard; a scoped guard reads `while`; of the attribute of a
                variable -> name of the function that is called with its address where its scope ends
    """

    text: bytes
    code: bytes
    iterators: Mapping[int, str]
    guards: Mapping[int, str]
    annotations: tuple[Annotation, ...]
    directives: tuple[Directive, ...]


class Dialect(Struct, frozen=True, dict=True):
    """What a word makes the rewrite do: by name, else by the first pattern that fits the whole word."""

    actions: Mapping[bytes, Action]
    patterns: _Patterns
    hints: frozenset[str]
    element_first: re.Pattern[str]
    null_at_end: re.Pattern[str]

    def action(self, word: bytes) -> Action | None:
        """The action for one word, or None for a word of plain C."""
        found = self.actions.get(word)
        return self._fitting(word) if found is None else found

    def told(self, words: Set[bytes]) -> dict[bytes, Action]:
        """The actions for these words; those of plain C have none."""
        named = {word: self.actions[word] for word in self.actions.keys() & words}
        fitting = zip(rest := words - named.keys(), map(self._fitting, rest), strict=True)
        return named | {word: action for word, action in fitting if action is not None}

    @cached_property
    def _fitting(self) -> Callable[[bytes], Action | None]:
        """The action of the first pattern that fits a word."""
        # all in one: a word is tried once
        every = re.compile(b"|".join(b"(?P<_%d>%b)" % (n, p) for n, (p, _) in enumerate(self.patterns)) or b"(?!)")
        actions = {f"_{number}": action for number, (_, action) in enumerate(self.patterns)}
        return lru_cache(_MOST_WORDS)(partial(_first_fitting, every, actions))


def _first_fitting(every: re.Pattern[bytes], actions: Mapping[str, Action], word: bytes) -> Action | None:
    found = None if word[:1].isdigit() else every.fullmatch(word)
    # the group that is closed last is the one around all others
    return actions[found.lastgroup] if found and found.lastgroup else None


def load(more: tuple[Path, ...] = ()) -> Dialect:
    """The dialect of `rules/dialect.toml`; `UserError` when the file is not what it should be.

    more  directories whose `dialect.toml` adds to it
    """
    dialect = _shipped()
    for path in (directory / NAME for directory in more if (directory / NAME).is_file()):
        new = _of(path)
        actions = {**dialect.actions, **new.actions}
        first = regex(f"{new.element_first.pattern}|{dialect.element_first.pattern}")
        null = regex(f"{new.null_at_end.pattern}|{dialect.null_at_end.pattern}")
        dialect = Dialect(actions, (*new.patterns, *dialect.patterns), dialect.hints | new.hints, first, null)
    return dialect


@cache
def _shipped() -> Dialect:
    return _of(rules_directory() / NAME)


def _of(path: Path) -> Dialect:
    return _dialect(shipped(path, DialectFile))


def rewrite(text: bytes, dialect: Dialect) -> Rewritten:
    """`text` with every macro the dialect knows rewritten; same length, same newlines."""
    run = macro.Run(Editor(text))
    editor = run.editor
    macro.ranges(editor)
    actions = dialect.told(set(bytes(editor.code).translate(_APART).split()))
    for start, word in sorted(_uses(bytes(editor.code), actions)):
        if editor.code.startswith(word, start):
            actions[word](run, start, start + len(word))
    return Rewritten(
        bytes(editor.text),
        bytes(editor.code),
        run.iterators,
        run.guards,
        tuple(run.annotations),
        editor.directives,
    )


def _uses(code: bytes, words: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Where each of these words stands; a file has tens of thousands of words, and few of them are macros."""
    for word in words:
        for at in occurrences(code, word):
            if not (_WORDY.match(code, at - 1) and at) and not _WORDY.match(code, at + len(word)):
                yield at, word


def _dialect(file: DialectFile) -> Dialect:
    actions: dict[bytes, Action] = {}
    for names, action in _simple(file):
        actions.update((name.encode(), action) for name in names)
    for name, positions in file.type_arguments.items():
        actions[name.encode()] = partial(macro.type_arguments, positions)
    for name, shorter in file.replaced.items():
        actions[name.encode()] = partial(macro.replaced, shorter.encode())
    for name, word in file.whole_calls.items():
        actions[name.encode()] = partial(macro.whole_call, word.encode())
    for name, template in file.templates.items():
        actions[name.encode()] = partial(macro.template, tuple(re.split(r"\$(\d)", template)))
    first, null = (regex("|".join(names) or "(?!)") for names in (file.element_first, file.null_at_end))
    return Dialect(actions, tuple(_patterns(file)), frozenset(file.hints.names), first, null)


def _simple(file: DialectFile) -> Iterable[tuple[Iterable[str], Action]]:
    return (
        (file.attributes, macro.attribute),
        (file.attributes_with_arguments, macro.attribute_call),
        (file.annotations, macro.annotation),
        (file.expression_annotations, macro.record),
        (file.iterators, macro.iterator),
        (file.guards, macro.guard),
        (file.cleanups, macro.cleanup),
        (file.dropped, macro.dropped),
    )


def _patterns(file: DialectFile) -> Iterable[tuple[bytes, Action]]:
    for patterns, action in (
        (file.loop_end_patterns, macro.loop_end),
        (file.definitions.pairs, macro.pairs),
        (file.scoped_guard_patterns, macro.scoped_guard),
        (file.iterator_patterns, macro.iterator),
        (file.dropped_patterns, macro.dropped),
        (file.object_patterns, macro.object),
        (file.prefix_patterns, macro.prefix),
    ):
        if patterns:
            yield "|".join(f"(?:{p})" for p in patterns).encode(), action
