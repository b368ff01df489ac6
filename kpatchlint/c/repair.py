"""A second look at one definition that the grammar could not read: macros the dialect does not name.

Guesses from the form alone, so it is only used where the first parse failed, and its result only when it
then parses: a block (or a deeper indented line) behind an unknown `word(...)` is a loop, a type among
arguments is reduced, unknown words of a head are attributes.  Assumes an unknown block macro runs its block
any number of times.  Example:

    static MY_INLINE void f(int a) MY_ATTR(x)      static           void f(int a)
    walk_all_things(thing) {                       while          (thing) {
"""

import re

from kpatchlint.c.chunk import Chunk
from kpatchlint.c.editor import Editor
from kpatchlint.c.macro import loop, mend
from kpatchlint.regex import regex

_CALL = regex(rb"\b([A-Za-z_]\w*)[ \t]*\(")
_KEYWORDS = frozenset(
    (b"if", b"while", b"for", b"switch", b"return", b"sizeof", b"case", b"else", b"do", b"asm")
)
_SPECIFIERS = frozenset(
    b"static extern inline const volatile struct union enum unsigned signed long short int char void".split()
)
_ODD = regex(rb"[-+<>=!&|^;]+|0(?![xX])\w*[A-Za-z_]\w*|[1-9]\d*(?![uUlL]+\Z)[A-Za-z_]\w*|0_\w+")
_TYPES = regex(rb"\b(?:void|int|char|long|short|unsigned|signed|bool)\s+\Z")
_HEAD = 4096
_WORD = regex(rb"[A-Za-z_]\w*")


def repaired(text: bytes, chunk: Chunk) -> tuple[bytes, dict[int, str]]:
    """The definition's text, repaired (`text` is the whole file), and the loops found, by offset."""
    editor = Editor(text[chunk.start : chunk.end])
    brace = chunk.brace - chunk.start
    _head(editor, brace)
    found: dict[int, str] = {}
    for call in _CALL.finditer(bytes(editor.code), brace):
        name = call[1]
        if name in _KEYWORDS or not editor.code.startswith(name, call.start()):
            continue
        if _has_block(editor, call.start(), call.end() - 1) and loop(editor, *call.span(1)):
            found[chunk.start + call.start()] = name.decode()
        else:
            _arguments(editor, call.end() - 1)
    return bytes(editor.text), found


def _arguments(editor: Editor, opener: int) -> None:
    """Make the arguments of a macro expressions: operators, odd names and jumps become 0, types names.

    A statement that calls something stays, and the definition Unparsed: what it does must not get lost.
    """
    for start, end in editor.arguments(opener):
        if start == end:
            comma = editor.preceding(start)
            editor.blank(comma, comma + (editor.code[comma] == 0x2C))
        elif _ODD.fullmatch(editor.code, start, end):
            editor.write(start, end, b"0")
        else:
            last = end - (editor.code[end - 1] == 0x3B)
            if not _CALL.search(editor.code, start, last):
                mend(editor, start, last)
            editor.blank(last, end)


def as_data(text: bytes, chunk: Chunk) -> tuple[bytes, bytes]:
    """The same body behind the head of a struct, and of an array: `MACRO(x) { .a = 1, };` is data."""
    body = text[chunk.brace : chunk.end] + b";"
    return b"struct s " + body, b"int x[] = " + body


def _has_block(editor: Editor, start: int, opener: int) -> bool:
    """Whether `{` follows the parenthesis, or a line that is indented deeper than the word's own."""
    closer = editor.closer(opener)
    after = editor.following(closer + 1) if closer >= 0 else -1
    if after < 0 or editor.code[after] == 0x7B:
        return after >= 0
    return _indent(editor, after) > _indent(editor, start) >= 0


def _indent(editor: Editor, at: int) -> int:
    """How deep the word at `at` is indented, or -1 when it is not the first of its line."""
    line = editor.code.rfind(b"\n", 0, at) + 1
    space = editor.code[line:at]
    return -1 if space.strip() else len(space.expandtabs(8))


def _head(editor: Editor, brace: int) -> None:
    """Make a head a type, a name and a parameter list."""
    name = _name(editor, brace) if brace < _HEAD else None
    if name is None:
        return
    opener = editor.opener(name.end())
    closer = editor.closer(opener)
    if closer < 0:
        return
    editor.blank(closer + 1, brace)
    words = list(_WORD.finditer(bytes(editor.code), 0, name.start()))
    if not words or words[-1][0] in (b"static", b"inline"):
        _macro_definition(editor, name, opener)
        return
    for word, after in zip(words, [*words[1:], name], strict=True):
        if word[0] not in _SPECIFIERS and _is_attribute(editor, word, after, name):
            editor.blank(*word.span())


def _name(editor: Editor, brace: int) -> re.Match[bytes] | None:
    """The word before the first parenthesis, unless that parenthesis belongs to a type."""
    call = _CALL.search(editor.code, 0, brace)
    if call is None or call[1] in _SPECIFIERS:
        return None
    return _WORD.match(bytes(editor.code), call.start())


def _is_attribute(
    editor: Editor, word: re.Match[bytes], after: re.Match[bytes], name: re.Match[bytes]
) -> bool:
    """A word is no type when a word that is not the name follows it, or when it stands behind the stars or
    another type."""
    before = editor.preceding(word.start())
    if before >= 0 and editor.code[before] == 0x2A:
        return True
    if _TYPES.search(editor.code, 0, word.start()):
        return True
    tagged = re.search(rb"\b(?:struct|union|enum)\s+\Z", editor.code[: word.start()])
    touching = not editor.code[word.end() : after.start()].strip()
    return tagged is None and touching and after.start() != name.start()


def _macro_definition(editor: Editor, macro: re.Match[bytes], opener: int) -> None:
    """`MACRO(name, a, b)` before a body: a function `name(a, b)`."""
    arguments = editor.arguments(opener)
    if len(arguments) < 2 or not _WORD.fullmatch(editor.code, *arguments[0]):
        return
    comma = editor.code.index(b",", arguments[0][1])
    editor.write(macro.start(), arguments[0][0], b"int")
    editor.write(comma, comma + 1, b"(")
