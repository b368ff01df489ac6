"""What a comment says is returned, against what the function can return: by its type, or by a constant it returns.

Assumption: a sentence that begins with `Returns 0 on success` is about the function below.  Example:

    /* Returns 0 on success, a negative error number otherwise. */
    static int fill(struct a *a)
    {
            if (a->full)
                    return 1;               a caller who tests for less than 0 does not see it
            return take(a);
    }
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct
from tree_sitter import Node

from kpatchlint.c.declare import descend
from kpatchlint.c.optional import text_of
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.flow.paths import Flow
from kpatchlint.flow.symbol import Literal
from kpatchlint.prose.claims import Sort, Wordings, in_place, of_parameter, sentence
from kpatchlint.prose.described import Described
from kpatchlint.prose.failure import PARTS, returned, returns_of_callees
from kpatchlint.prose.promised import FOREIGN, UNFIT, doubtful, kind_returned, listed, promised
from kpatchlint.regex import regex

_NAMED = {"*": "a pointer", "bool": "bool", "value": "a value"}
_NONE = regex(r"(?!)")
# letters of a comment that are quoted
_LONGEST = 60
_NEGATIVE = FOREIGN["truth"]
# with one of these words a list says what comes back when all is well
_SUCCESS = regex(r"(?<![-\w])(?:0|1|zero|true|false|success\w*|otherwise|number|count|bytes|pointer|NULL)\b", re.I)
_ERROR = regex(r"\bE[A-Z][A-Z\d]+")
Flows = Callable[[str], Sequence[Flow]]


class Wrong(Struct, frozen=True):
    """How it is otherwise: the cause, what is returned, and where; -1 where that is everywhere."""

    cause: str
    value: str = ""
    at: int = -1


def wrong_returns(pairs: Iterable[Described], wordings: Wordings, flows: Flows) -> Iterator[Event]:
    """At most one DOC_CLAIM event for each function, on the words that say what it never returns, or not only.

    flows  of every body of a function; asked for those that return a variable which was given such a constant
    """
    for pair in pairs:
        for sort, said in promised(pair.comment, wordings):
            wrong = None if of_parameter(said, pair.comment, pair.doc) else _wrong(sort, pair, flows)
            if wrong is not None:
                yield _event(said, pair, wrong)
                break


def _wrong(sort: Sort, pair: Described, flows: Flows) -> Wrong | None:
    if not doubtful(sort, pair.text, pair.comment.end):
        return None
    kind = kind_returned(pair.text, pair.comment.end, pair.name)
    if kind in UNFIT[sort]:
        return Wrong("typed", _NAMED[kind]) if kind in _NAMED else Wrong("void")
    nodes = pair.function.nodes if pair.function is not None else ()
    said = pair.comment.text.decode(errors="replace")
    for value, at in _foreign(sort, nodes, pair.name, flows):
        if not re.search(rf"(?<!\w){re.escape(value)}\b", said):
            return Wrong("valued", value, at)
    return None


def unlisted_errors(
    pairs: Iterable[Described], wordings: Wordings, written: Callable[[int], bool]
) -> Iterator[Event]:
    """One DOC_CLAIM event, where it is returned, for each error that the list in the comment does not have.

    written  whether the patch has written what stands at an offset

    Many a list was never whole, and who writes one leaves out what callees return; but who adds to the errors should
    add to it.
    """
    for pair in pairs:
        said = listed(pair.comment, wordings)
        if said is not None and pair.function is not None and _is_whole(said, pair, pair.function.nodes, written):
            known = set(_ERROR.findall(pair.comment.text.decode(errors="replace")))
            found = {value: at for value, at, _ in reversed(list(_constants(pair.function.nodes, _NEGATIVE)))}
            for value in (value for value in reversed(found) if value.removeprefix("-") not in known):
                step = Step(pair.comment.offset + said.start(), "what is returned is listed here")
                where = EventKind.DOC_CLAIM, found[value], found[value] + len(value), pair.name
                yield Event(*where, _facts(said, pair, "unlisted", value), (step,))


def _is_whole(said: re.Match[str], pair: Described, nodes: Sequence[Node], written: Callable[[int], bool]) -> bool:
    """Whether the list was there before the patch, or has what the function returns itself and nothing else, success
    included."""
    if not written(pair.comment.offset + said.start()):
        return True
    return not returns_of_callees(nodes) and _SUCCESS.search(in_place(pair.comment), said.start()) is not None


def _foreign(sort: Sort, nodes: Sequence[Node], name: str, flows: Flows) -> Iterator[tuple[str, int]]:
    """Constants of another sort that are returned, and where."""
    constants = list(_constants(nodes, FOREIGN.get(sort, _NONE)))
    yield from ((value, at) for value, at, there in constants if there)
    if sort == "negative" and constants:
        yield from _ending(flows(name))


def _constants(nodes: Sequence[Node], wanted: re.Pattern[str]) -> Iterator[tuple[str, int, bool]]:
    """Such constants that are returned, then those that are given to a variable which is: what, where, and which."""
    variables = set[str]()
    for statement in (statement for node in nodes for statement in returned(node)):
        value = text_of(statement.named_children[0])
        if wanted.fullmatch(value):
            yield value, statement.named_children[0].start_byte, True
        elif value.isidentifier():
            variables.add(value)
    for node in (node for function in nodes if variables for node in descend(function)):
        name, given = (node.child_by_field_name(part) for part in PARTS.get(node.type, ("", "")))
        if name is not None and given is not None and text_of(name) in variables and wanted.fullmatch(text_of(given)):
            yield text_of(given), given.start_byte, False


def _ending(flows: Sequence[Flow]) -> Iterator[tuple[str, int]]:
    """The positive numbers that some path returns."""
    for ending in (ending for flow in flows if flow.complete for ending in flow.endings):
        if isinstance(ending.result, Literal) and ending.result.value > 0:
            yield str(ending.result.value), ending.operation.start


def _event(said: re.Match[str], pair: Described, wrong: Wrong) -> Event:
    where = pair.comment.offset + said.start(), pair.comment.offset + said.end(), pair.name
    steps = (Step(wrong.at, f"{wrong.value} is returned here"),) if wrong.at >= 0 else ()
    return Event(EventKind.DOC_CLAIM, *where, _facts(said, pair, wrong.cause, wrong.value), steps)


def _facts(said: re.Match[str], pair: Described, cause: str, value: str) -> tuple[tuple[str, str], ...]:
    claim = _quoted(said, pair)
    told = {"resource": "", "noun": "", "place": value, "callee": pair.name, "cause": cause, "claim": claim}
    return tuple(told.items())


def _quoted(said: re.Match[str], pair: Described) -> str:
    """The sentence from the words that say it, or as much of it as a message can bear."""
    prose = in_place(pair.comment)
    words = prose[said.start() : sentence(prose, said.start(), said.end())[1]].split()
    short = " ".join(words)[:_LONGEST]
    return short if len(short) < _LONGEST else f"{short.rpartition(' ')[0]} ..."
