"""The forms a kernel macro can have, and the rewrite for each of them.

An action is called with the run and the range of the macro's word; what it does shows in the run's editor
and lists.  Assumes the word stands outside comments, literals and directives.  Example: `attribute` blanks
`__init`, `iterator` writes `while` over `list_for_each_entry` where a body follows.
"""

import re
from collections.abc import Callable

from msgspec import Struct

from kpatchlint.c.editor import Editor
from kpatchlint.regex import regex

WORD = regex(rb"[A-Za-z_]\w*")
_KEYWORD = regex(
    rb"struct|union|enum|const|volatile|unsigned|signed|long|short|int|char|float|double|void|bool|s?size_t"
    rb"|u?int(?:8|16|32|64|ptr|max)_t|ptrdiff_t|char(?:8|16|32|64)_t"
)
_STATEMENT = regex(rb"(?:return|goto|break|continue|if|do|while|for)\b")
_STARTS_TYPE = regex(rb"(?:struct|union|enum|const|unsigned|signed|int|long|short|char|void|bool)\b")
_BEFORE = frozenset(b";{}):")
_LIST = frozenset(b",(")
_AFTER_LOOP = regex(rb"[{(*]|[A-Za-z_]|\+\+|--")


class Annotation(Struct, frozen=True):
    """An attribute that says what a function does; `__releases(ptl)` has the arguments `ptl`."""

    offset: int
    name: str
    arguments: str


class Run(Struct):
    """One rewrite in progress."""

    editor: Editor
    iterators: dict[int, str] = {}
    guards: dict[int, str] = {}
    annotations: list[Annotation] = []


Action = Callable[[Run, int, int], None]


def ranges(editor: Editor) -> None:
    """`case 1 ... 3:` and `[0 ... 9] =`, which C lacks, get an operator nobody folds; `f(a, ...)` stays."""
    at = editor.code.find(b"...")
    while at >= 0:
        before, after = editor.preceding(at), editor.following(at + 3)
        if before >= 0 and after >= 0 and editor.code[before] not in _LIST and editor.code[after] != 0x29:
            editor.write(at, at + 3, b"%")
        at = editor.code.find(b"...", at + 3)


def _word(run: Run, start: int, end: int) -> str:
    return run.editor.original[start:end].decode()


def _arguments(run: Run, end: int) -> tuple[int, list[tuple[int, int]]]:
    """Where the parenthesis opens behind a word, -1 for nowhere, and the ranges of the arguments in it."""
    opener = run.editor.opener(end)
    return opener, run.editor.arguments(opener) if opener >= 0 else []


def attribute(run: Run, start: int, end: int) -> None:
    """`__init` goes."""
    run.editor.blank(start, end)


def attribute_call(run: Run, start: int, end: int) -> None:
    """`__aligned(8)` goes with its arguments, where it has any."""
    _, closer = run.editor.parentheses(end)
    run.editor.blank(start, closer + 1 if closer >= 0 else end)


def record(run: Run, start: int, end: int) -> None:
    """What an attribute says of its function is noted; the text stays."""
    opener, closer = run.editor.parentheses(end)
    arguments = run.editor.original[opener + 1 : closer].decode(errors="replace") if closer >= 0 else ""
    run.annotations.append(Annotation(start, _word(run, start, end), " ".join(arguments.split())))


def annotation(run: Run, start: int, end: int) -> None:
    """`__releases(ptl)` is noted, and goes."""
    record(run, start, end)
    attribute_call(run, start, end)


def dropped(run: Run, start: int, end: int) -> None:
    """At the start of a line only: `core_initcall(f)` goes, `int __init my_initcall(void)` stays."""
    if run.editor.opener(end) >= 0 and bytes(run.editor.code[start - 1 : start]) in (b"", b"\n"):
        attribute_call(run, start, end)


def guard(run: Run, start: int, end: int) -> None:
    """`guard(kind)(lock)`: noted as one, a call it is anyway."""
    _, closer = run.editor.parentheses(end)
    if closer >= 0 and run.editor.opener(closer + 1) >= 0:
        run.guards[start] = _word(run, start, end)


def cleanup(run: Run, start: int, end: int) -> None:
    """`struct held h __cleanup(held_end)`: noted, and goes."""
    opener, closer = run.editor.parentheses(end)
    if closer >= 0:
        run.guards[start] = run.editor.original[opener + 1 : closer].decode(errors="replace").strip()
        attribute_call(run, start, end)


def scoped_guard(run: Run, start: int, end: int) -> None:
    """`scoped_guard(kind, lock) body` is read as a loop that is noted as a guard."""
    if loop(run.editor, start, end):
        run.guards[start] = _word(run, start, end)


def iterator(run: Run, start: int, end: int) -> None:
    """`for_each_x(a, b) body` is read as `while (a, b) body`."""
    if loop(run.editor, start, end):
        run.iterators[start] = _word(run, start, end)


def loop_end(run: Run, start: int, end: int) -> None:
    """`} while_each_x(a, b)` is read as `while (a, b)`; with nothing to test, as nothing."""
    editor = run.editor
    opener, closer = editor.parentheses(end)
    if closer >= 0 and editor.code[opener + 1 : closer].strip():
        editor.write(start, end, b"while")
        run.iterators[start] = _word(run, start, end)
    elif closer >= 0:
        editor.blank(start, closer + 1)


def loop(editor: Editor, start: int, end: int) -> bool:
    """Read `word(arguments) body` as `while (arguments) body`; false where it is a call or a definition."""
    opener, closer = editor.parentheses(end)
    if closer < 0 or end - start < len(b"while") or not _begins(editor, start):
        return False
    if not (_has_body(editor, closer) or _ends_do(editor, start)):
        return False
    if not editor.code[opener + 1 : closer].strip():
        editor.write(start, closer + 1, b"while(1)")
        return True
    editor.write(start, end, b"while")
    for argument in editor.arguments(opener):
        mend(editor, *argument)
    return True


def _ends_do(editor: Editor, start: int) -> bool:
    """`do { ... } for_each_x(...);`: nothing else may stand behind a brace on its line."""
    before = editor.preceding(start)
    return before >= 0 and editor.code[before] == 0x7D and editor.code.find(b"\n", before, start) < 0


def _begins(editor: Editor, start: int) -> bool:
    """Whether a statement can begin at `start`: behind `;`, a brace, `)`, a label, `else` or `do`."""
    before = editor.preceding(start)
    if before < 0 or editor.code[before] in _BEFORE:
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


def mend(editor: Editor, start: int, end: int) -> None:
    """Make one macro argument an expression: a statement becomes 0, a type its last name."""
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


def type_arguments(positions: tuple[int, ...], run: Run, start: int, end: int) -> None:
    """Arguments at these positions, from 0, are types, and get expressions: `min_t(unsigned long, a, b)`."""
    _, arguments = _arguments(run, end)
    for position in positions:
        if position < len(arguments) and arguments[position][0] < arguments[position][1]:
            reduce_type(run.editor, *arguments[position])


def replaced(shorter: bytes, run: Run, start: int, end: int) -> None:
    """The word is written as a shorter one."""
    run.editor.write(start, end, shorter)


def whole_call(word: bytes, run: Run, start: int, end: int) -> None:
    """The word with its arguments is written as another word."""
    _, closer = run.editor.parentheses(end)
    if closer >= 0:
        run.editor.write(start, closer + 1, word)


def object(run: Run, start: int, end: int) -> None:
    """`DEFINE_X(name, ...)` inside a function declares `name`."""
    opener, arguments = _arguments(run, end)
    inside = bytes(run.editor.code[start - 1 : start]) in (b" ", b"\t")
    if inside and arguments and WORD.fullmatch(run.editor.code, *arguments[0]):
        fill(run.editor, (start, run.editor.closer(opener) + 1), arguments[:1], [b"int", b""])


def prefix(run: Run, start: int, end: int) -> None:
    """`KERN_ERR fmt`: a string prefix goes where a word follows (a literal behind it is C as it stands)."""
    after = run.editor.following(end)
    if after >= 0 and WORD.match(run.editor.code, after):
        run.editor.blank(start, end)


def template(pieces: tuple[str, ...], run: Run, start: int, end: int) -> None:
    """The call is written as these pieces, between which stand numbers of arguments, from 1."""
    opener, arguments = _arguments(run, end)
    chosen = [int(number) - 1 for number in pieces[1::2]]
    if not arguments or max(chosen) >= len(arguments):
        return
    places = [arguments[index] for index in chosen]
    fill(
        run.editor, (start, run.editor.closer(opener) + 1), places, [p.strip().encode() for p in pieces[0::2]]
    )


def pairs(run: Run, start: int, end: int) -> None:
    """`X(name, type, a, pair(b), ...)`: a function `name(type a, pair(b), ...)`."""
    opener, arguments = _arguments(run, end)
    if len(arguments) < 2:
        return
    between = [b"long", b"("]
    complete = True
    for argument in arguments[1:-1]:
        complete = not complete or b"(" in run.editor.code[slice(*argument)]
        between.append(b"," if complete else b"")
    fill(run.editor, (start, run.editor.closer(opener) + 1), arguments, [*between, b")"])


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
