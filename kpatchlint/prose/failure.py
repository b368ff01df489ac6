"""What a comment says is returned where its function fails, or beside a pointer, against what the function returns.

Assumption: one that returns an error in a pointer, and nowhere NULL itself, fails with that.  Example:

    /* Returns NULL on failure. */
    struct a *make(void)
    {
            struct a *a = kzalloc(sizeof(*a), GFP_KERNEL);

            return a ? a : ERR_PTR(-ENOMEM);        a caller who tests for NULL does not see it
    }
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from re import Match

from tree_sitter import Node

from kpatchlint.c.declare import descend
from kpatchlint.c.optional import callee_of, text_of
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.prose.claims import Wordings, failure_of, of_parameter
from kpatchlint.prose.described import Described
from kpatchlint.prose.promised import first_said, kind_returned
from kpatchlint.regex import regex

# how a node that gives a variable a value names the two
PARTS = {"assignment_expression": ("left", "right"), "init_declarator": ("declarator", "value")}
_NULL = regex(r"\bNULL\b")


def wrong_failures(pairs: Iterable[Described], wordings: Wordings) -> Iterator[Event]:
    """One DOC_CLAIM event, on the words that say so, for each function that fails otherwise."""
    for pair in pairs:
        said = failure_of(pair.comment, wordings)
        if said is not None and pair.function is not None and not of_parameter(said, pair.comment, pair.doc):
            at = _fails_otherwise(pair.function.nodes, wordings)
            if at >= 0:
                yield _event(said, pair, at)


def other_failures(
    pairs: Iterable[Described], wordings: Wordings, written: Callable[[int], bool]
) -> Iterator[Event]:
    """At most one DOC_CLAIM event for each function, where it returns NULL, or an error in the pointer, and the comment
    only says the other.

    written  whether the patch has written what stands at an offset: one of the two at least
    """
    for pair in pairs:
        if pair.function is None or kind_returned(pair.text, pair.comment.end, pair.name) != "*":
            continue
        kinds = wordings.file.instead
        for data, wrong in ((kinds.null, _error_returned), (kinds.error, _only_null)):
            said = first_said(pair.comment, data, wordings)
            found = wrong(pair.function.nodes, wordings) if said is not None else None
            if said is not None and found is not None and (_written(said, pair, written) or written(found.start_byte)):
                yield _other(said, pair, found)
                break


def _written(said: Match[str], pair: Described, written: Callable[[int], bool]) -> bool:
    """Whether the words that say it, or the first of them, are the patch's."""
    return any(written(pair.comment.offset + at) for at in (said.start(), said.end() - 1))


def _error_returned(nodes: Iterable[Node], wordings: Wordings) -> Node | None:
    statements = (statement for node in nodes for statement in returned(node))
    return next((statement for statement in statements if _makes_error(statement, wordings)), None)


def _only_null(nodes: Sequence[Node], wordings: Wordings) -> Node | None:
    """The first return of NULL, where nothing that is returned comes of a callee, or may be made an error otherwise."""
    statements = (statement for node in nodes for statement in returned(node))
    nulls = (each for each in statements if _NULL.fullmatch(text_of(each.named_children[0])))
    null = next(nulls, None)
    return null if null is not None and not returns_of_callees(nodes) else None


def returns_of_callees(nodes: Sequence[Node]) -> bool:
    """Whether something that is returned comes of a callee."""
    return any(True for _ in returned_calls(nodes))


def returned_calls(nodes: Sequence[Node]) -> Iterator[Node]:
    """The calls that give what is returned, and those expressions that let a callee set it."""
    given = [pair for node in nodes for pair in _given(node)]
    for value in (statement.named_children[0] for node in nodes for statement in returned(node)):
        yield from _calls_in(value)
        yield from (call for name, call in given if name == text_of(value))


def _given(function: Node) -> Iterator[tuple[str, Node]]:
    """The variables that are given what a callee returns, or to which a callee gets a pointer."""
    for node in descend(function):
        name, value = (node.child_by_field_name(part) for part in PARTS.get(node.type, ("", "")))
        if name is not None and value is not None:
            yield from ((text_of(name).lstrip("* "), call) for call in _calls_in(value))
        elif node.type == "pointer_expression" and text_of(node).startswith("&"):
            yield text_of(node)[1:], node


def _calls_in(value: Node) -> Iterator[Node]:
    """The calls that give the value, on one side of a `?` at least."""
    if value.type == "call_expression":
        yield value
    elif value.type == "conditional_expression":
        yield from (call for part in value.named_children[1:] for call in _calls_in(part))
    elif value.type in ("parenthesized_expression", "cast_expression"):
        yield from _calls_in(value.named_children[-1])


def _other(said: Match[str], pair: Described, statement: Node) -> Event:
    value = statement.named_children[0]
    step = Step(pair.comment.offset + said.start(), "what is returned is said here")
    facts = {"resource": "", "noun": "", "place": text_of(value), "callee": pair.name, "cause": "unlisted", "claim": ""}
    return Event(EventKind.DOC_CLAIM, value.start_byte, value.end_byte, pair.name, tuple(facts.items()), (step,))


def _fails_otherwise(nodes: Iterable[Node], wordings: Wordings) -> int:
    """Where a function returns another kind of error; -1 where it does not, or returns NULL, too."""
    first = -1
    for statement in (statement for node in nodes for statement in returned(node)):
        if _NULL.search(text_of(statement)):
            return -1
        if first < 0 and _makes_error(statement, wordings):
            first = statement.start_byte
    return first


def returned(function: Node) -> Iterator[Node]:
    """The return statements that have a value."""
    return (node for node in descend(function) if node.type == "return_statement" and node.named_children)


def every_call(node: Node) -> Iterator[Node]:
    """The calls in a function, or in a part of it."""
    return (part for part in descend(node) if part.type == "call_expression")


def _makes_error(statement: Node, wordings: Wordings) -> bool:
    return any(callee_of(call) in wordings.file.failure.callees for call in every_call(statement))


def _event(said: Match[str], pair: Described, at: int) -> Event:
    claim = " ".join(said[0].split())
    facts = {"resource": "", "noun": "", "place": "", "callee": "", "cause": "failed", "claim": claim}
    where = pair.comment.offset + said.start(), pair.comment.offset + said.end(), pair.name
    steps = (Step(at, "an error is returned in a pointer here"),)
    return Event(EventKind.DOC_CLAIM, *where, tuple(facts.items()), steps)
