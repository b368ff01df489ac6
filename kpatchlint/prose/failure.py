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

from kpatchlint.event import Event, EventKind, Step
from kpatchlint.prose.claims import Wordings, failure_of, of_parameter
from kpatchlint.prose.described import Described
from kpatchlint.regex import regex

_NULL = regex(rb"\bNULL\b")


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
    for value in (value for node in nodes for value in _returned(node)):
        if _NULL.search(value.text or b""):
            return -1
        if first < 0 and any(_callee(each) in wordings.file.failure.callees for each in _inside(value)):
            first = value.start_byte
    return first


def _returned(function: Node) -> Iterator[Node]:
    for node in _inside(function):
        if node.type == "return_statement":
            yield from node.named_children


def _inside(node: Node) -> Iterator[Node]:
    """The node and all in it, in the order of the text."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(reversed(each.named_children))


def _callee(node: Node) -> str:
    called = node.child_by_field_name("function") if node.type == "call_expression" else None
    return (called.text or b"").decode(errors="replace") if called is not None else ""


def _event(said: Match[str], pair: Described, at: int) -> Event:
    claim = " ".join(said[0].split())
    facts = {"resource": "", "noun": "", "place": "", "callee": "", "cause": "failed", "claim": claim}
    where = pair.comment.offset + said.start(), pair.comment.offset + said.end(), pair.name
    steps = (Step(at, "an error is returned in a pointer here"),)
    return Event(EventKind.DOC_CLAIM, *where, tuple(facts.items()), steps)
