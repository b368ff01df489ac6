"""What the comments above functions say wrongly of them, or leave out, in a text that is examined.

Which comments are worth reading is decided before, in `examine.py`, so that a patch that comes near none does not pay
for what reads them.  Example: the comment "Must be called with ptl held." above a function that takes it is one event.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cache, partial

import msgspec

from kpatchlint.c.calls import Positions, null_arguments
from kpatchlint.c.comments import Comment
from kpatchlint.c.parse import Function
from kpatchlint.c.prototype import declares
from kpatchlint.event import Event, EventKind
from kpatchlint.flow.paths import Flow
from kpatchlint.flow.reach import reached
from kpatchlint.prose.claims import Claim, claims_of
from kpatchlint.prose.counted import wrong_references
from kpatchlint.prose.described import Described, described, touching
from kpatchlint.prose.effects import checkable, contradictions, reachable, settled
from kpatchlint.prose.failure import other_failures, wrong_failures
from kpatchlint.prose.null import needed_null, undocumented_null
from kpatchlint.prose.parameters import unknown_parameters
from kpatchlint.prose.returned import unlisted_errors, wrong_returns
from kpatchlint.text import Setup, Text

# what the names of functions begin with where it is kept what a comment says wrongly of them
_CLAIMED = "claimed "


def doc_events(
    text: Text, names: Set[str], about: Sequence[Comment], touched: Sequence[tuple[int, int]] | None
) -> Iterator[Event]:
    """What these comments say wrongly or leave out: of functions of these names, and where they are touched themselves.

    touched  byte ranges; None for all of the text
    """
    setup = text.setup
    below = partial(_definition_below, text)
    pairs = list(described(text.commented, about, below, lambda word: setup.dialect.action(word) is not None))
    near = list(touching(pairs, touched))
    yield from unknown_parameters(near, text.patched)
    wanted = near if touched is None else _wanted(pairs, near, names)
    yield from needed_null(wanted, setup.wordings) if setup.wants({EventKind.DOC_PARAMETER}) else ()
    notes = {(pair.name, n): note for pair in wanted for n, note in _notes(setup, pair)}
    named = partial(_named, text)
    here = cache(lambda: null_arguments((text.source.text,)))
    if setup.wants({EventKind.UNDOCUMENTED_NULL}):
        yield from undocumented_null(wanted, named, notes, setup.dialect.hints, partial(_null_given, text, here))
    if setup.wants({EventKind.DOC_CLAIM}):
        yield from wrong_failures(wanted, setup.wordings)
        yield from wrong_returns(wanted, setup.wordings, partial(_all_flows, text))
        if text.patched:
            yield from unlisted_errors(wanted, setup.wordings, text.written_at)
            yield from other_failures(wanted, setup.wordings, text.written_at)
            yield from wrong_references(wanted, setup.wordings, named, text.written_at)
        for pair in wanted:
            yield from _claim_events(text, pair)


def _wanted(pairs: Iterable[Described], near: Iterable[Described], names: Set[str]) -> list[Described]:
    """Those that are touched, and those of functions of these names, in order."""
    touched = {pair.comment.offset for pair in near}
    return [
        pair
        for pair in pairs
        if pair.comment.offset in touched or (pair.function is not None and pair.function.name in names)
    ]


def _named(text: Text, name: str) -> Sequence[Function]:
    return text.unit.named(name)


def _definition_below(text: Text, offset: int) -> Function | None:
    """The definition that the text has directly at or behind the offset, without parsing any other."""
    if declares(text.source.text, offset):
        return None
    chunk = text.unit.below(offset)
    if chunk is None or not text.only_words(offset, chunk.start):
        return None
    return text.unit.following(offset)


def _null_given(text: Text, here: Callable[[], Mapping[bytes, Positions]], pair: Described) -> Positions:
    """The positions at which calls in the text, and in its directory if they can be there, give NULL."""
    prototype, siblings, whole = pair.prototype, text.setup.siblings, text.source.text
    if prototype is None:
        return frozenset()
    local = b"static" in whole[pair.comment.end : prototype.end]
    there = siblings.told(text.source.path, null_arguments) if siblings is not None and not local else {}
    name = prototype.name.encode()
    return here().get(name, frozenset()) | there.get(name, frozenset())


def _claim_events(text: Text, pair: Described) -> Iterator[Event]:
    wordings = text.setup.wordings
    may_claim = wordings.telling(pair.comment.text)
    said = claims_of(pair.comment, pair.doc, wordings, text.said) if may_claim else ()
    if said and pair.function is not None:
        yield from _contradicted(text, pair.comment, said, pair.function.name)


def _contradicted(text: Text, comment: Comment, said: Sequence[Claim], name: str) -> Iterator[Event]:
    place = f"{_CLAIMED}{comment.offset} {name}"
    kept = text.row.get(place) if text.row is not None else None
    if kept is not None:
        yield from msgspec.msgpack.decode(kept, type=tuple[Event, ...])
        return
    flows = _flows(text, said, name)
    found = tuple(contradictions(said, flows, text.program.knowledge))
    if text.row is not None and all(flow.complete for flow in flows):
        text.row.put(place, msgspec.msgpack.encode(found))
    yield from found


def _flows(text: Text, said: Sequence[Claim], name: str) -> Sequence[Flow]:
    """The flows of every body of a function; none where it can be told without that they contradict nothing."""
    bodies, program = text.bodies(name), text.program
    doubted = [claim for claim in said if all(checkable(claim, body, program.knowledge) for body in bodies)]
    if doubted and not all(map(program.has_flow, bodies)):
        done = reached(text.callees(name), text.setup.knowledge)
        doubted = [claim for claim in doubted if reachable(claim, done)]
    first = [program.checked(body, early=True) for body in bodies if doubted]
    if all(any(settled(claim, flow, program.knowledge) for flow in first) for claim in doubted):
        return ()
    return _all_flows(text, name)


def _all_flows(text: Text, name: str) -> Sequence[Flow]:
    return [text.program.checked(body) for body in text.bodies(name)]


def _notes(setup: Setup, pair: Described) -> Iterator[tuple[str, str]]:
    """What contracts say of the parameters of the function that the comment stands above."""
    known = setup.knowledge.contracts.get(pair.name, ())
    if known and pair.function is not None:
        yield from (item for contract in known for item in contract.notes.items())
