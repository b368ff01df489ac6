"""What a comment says of references - one is taken, none is, the caller's is dropped - against what is called.

Assumption: who takes a reference does so by a name that says it (`get`, `ref`, `hold`), or by adding to a member that
counts; so does who drops one.  A callee that the text has is looked into.  Example:

    /* Finds the item.  A reference is taken on it, which the caller has to drop. */
    static struct item *find(struct list *list)
    {
            return first_of(list);          nothing that it comes to takes one
    }
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from tree_sitter import Node

from kpatchlint.c.comments import Comment
from kpatchlint.c.declare import descend
from kpatchlint.c.optional import callee_of, text_of
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.prose.claims import CountedData, Wordings, hedged, in_place, of_parameter
from kpatchlint.prose.described import Definition, Described
from kpatchlint.prose.failure import every_call, returned_calls
from kpatchlint.regex import regex

# `++item->refs`, `item->users += 1`
_COUNTS = regex(r"(?:ref|count|users)\w*(?:\+\+|--|\s*[-+]=)|(?:\+\+|--)[\w>.-]*(?:ref|count|users)")
# callees of callees that are looked into
_DEEPEST = 3
Named = Callable[[str], Sequence[Definition]]


def wrong_references(
    pairs: Iterable[Described], wordings: Wordings, named: Named, written: Callable[[int], bool]
) -> Iterator[Event]:
    """At most one DOC_CLAIM event for each function, on the words that say of a reference what the code does not do.

    named    the definitions of a name in the text
    written  whether the patch has written what stands at an offset
    """
    for pair in pairs:
        for data in wordings.file.counted if pair.function is not None else ():
            said = _said(data, pair, wordings)
            wrong = _wrong(data, pair.function.nodes, named) if said is not None and pair.function is not None else None
            if said is not None and wrong is not None and _touched(said, pair, wrong, written):
                yield _event(said, pair, data, wrong)
                break


def counts(comment: Comment) -> bool:
    """Whether it may speak of references: cheaper than to look for what it says."""
    return any(word in comment.text for word in (b"refer", b"refcount", b"users", b"refs"))


def _said(data: CountedData, pair: Described, wordings: Wordings) -> re.Match[str] | None:
    comment, small = pair.comment, pair.comment.text.lower()
    patterns = [text for text in data.patterns if counts(comment) and wordings.possible(text, small)]
    prose = in_place(comment) if patterns else ""
    found = (match for text in patterns for match in wordings.pattern(text).finditer(prose))
    meant = (match for match in found if not of_parameter(match, comment, pair.doc))
    return next((match for match in meant if not hedged(match, prose, data.taken_back)), None)


def _wrong(data: CountedData, nodes: Sequence[Node], named: Named) -> Node | None:
    """Where the code does what is said not to be done; the function, where nothing does what is said to be."""
    if not data.never:
        return None if _may(nodes, data, named, 0) or _given(nodes, data, named) else nodes[0]
    calls = [node for function in nodes for node in every_call(function)]
    undone = any(re.search(data.undone, callee_of(call)) for call in calls)
    done = (call for call in calls if re.search(data.done, callee_of(call)))
    return None if undone else next(chain(done, *map(_counting, nodes)), None)


def _may(nodes: Sequence[Node], data: CountedData, named: Named, depth: int) -> bool:
    """Whether something in the functions, or in what they call, may do it: by its name, where it is not looked into."""
    if any(any(_counting(function)) for function in nodes):
        return True
    for callee in {callee_of(call) for function in nodes for call in every_call(function)}:
        found = named(callee) if depth < _DEEPEST else ()
        inside = [node for each in found for node in each.nodes]
        if _may(inside, data, named, depth + 1) if inside else re.search(data.done, callee):
            return True
    return False


def _given(nodes: Sequence[Node], data: CountedData, named: Named) -> bool:
    """Whether something is returned that a callee gives which is not looked into, and may have done it."""
    if not data.plain:
        return False
    unknown = (callee_of(call) for call in returned_calls(nodes) if call.type == "call_expression")
    return any(not named(callee) and not re.search(data.plain, callee) for callee in unknown)


def _counting(function: Node) -> Iterator[Node]:
    """What adds to a member that counts."""
    changes = (node for node in descend(function) if node.type in ("update_expression", "assignment_expression"))
    return (node for node in changes if _COUNTS.search(text_of(node)))


def _touched(said: re.Match[str], pair: Described, wrong: Node, written: Callable[[int], bool]) -> bool:
    spots = (pair.comment.offset + said.start(), pair.comment.offset + said.end() - 1, wrong.start_byte)
    return any(map(written, spots))


def _event(said: re.Match[str], pair: Described, data: CountedData, wrong: Node) -> Event:
    claim = " ".join(said[0].split())
    cause = "counted" if data.never else "uncounted"
    facts = {"resource": "", "noun": "", "place": "", "callee": pair.name, "cause": cause, "claim": claim}
    where = pair.comment.offset + said.start(), pair.comment.offset + said.end(), pair.name
    steps = (Step(wrong.start_byte, "it is done here"),) if data.never else ()
    return Event(EventKind.DOC_CLAIM, *where, tuple(facts.items()), steps)
