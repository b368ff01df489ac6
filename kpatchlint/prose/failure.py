"""What a comment says is returned where its function fails, against what the function returns.

Assumption: one that returns an error in a pointer, and nowhere NULL itself, fails with that.  Example:

    /* Returns NULL on failure. */
    struct a *make(void)
    {
            struct a *a = kzalloc(sizeof(*a), GFP_KERNEL);

            return a ? a : ERR_PTR(-ENOMEM);        a caller who tests for NULL does not see it
    }
"""

from collections.abc import Iterable, Iterator
from re import Match

from tree_sitter import Node

from kpatchlint.c.declare import descend
from kpatchlint.c.optional import callee_of, text_of
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.prose.claims import Wordings, failure_of, of_parameter
from kpatchlint.prose.described import Described
from kpatchlint.regex import regex

_NULL = regex(r"\bNULL\b")


def wrong_failures(pairs: Iterable[Described], wordings: Wordings) -> Iterator[Event]:
    """One DOC_CLAIM event, on the words that say so, for each function that fails otherwise."""
    for pair in pairs:
        said = failure_of(pair.comment, wordings)
        if said is not None and pair.function is not None and not of_parameter(said, pair.comment, pair.doc):
            at = _fails_otherwise(pair.function.nodes, wordings)
            if at >= 0:
                yield _event(said, pair, at)


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


def _makes_error(statement: Node, wordings: Wordings) -> bool:
    calls = (node for node in descend(statement) if node.type == "call_expression")
    return any(callee_of(call) in wordings.file.failure.callees for call in calls)


def _event(said: Match[str], pair: Described, at: int) -> Event:
    claim = " ".join(said[0].split())
    facts = {"resource": "", "noun": "", "place": "", "callee": "", "cause": "failed", "claim": claim}
    where = pair.comment.offset + said.start(), pair.comment.offset + said.end(), pair.name
    steps = (Step(at, "an error is returned in a pointer here"),)
    return Event(EventKind.DOC_CLAIM, *where, tuple(facts.items()), steps)
