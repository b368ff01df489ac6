"""What the comments above functions say wrongly of them, or leave out, in a text that is examined.

Which comments are worth reading is decided before, in `examine.py`, so that a patch that comes near none does not pay
for what reads them.  Example: the comment "Must be called with ptl held." above a function that takes it is one event.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from functools import partial

import msgspec

from kpatchlint.c.calls import null_arguments
from kpatchlint.c.comments import Comment
from kpatchlint.c.parse import Function
from kpatchlint.event import Event
from kpatchlint.prose.claims import claims_of
from kpatchlint.prose.described import Described, described, touching
from kpatchlint.prose.effects import contradictions
from kpatchlint.prose.null import undocumented_null
from kpatchlint.prose.parameters import unknown_parameters
from kpatchlint.text import Setup, Text

# what the names of functions begin with where it is kept what a comment says wrongly of them
_CLAIMED = "claimed "


def doc_events(
    text: Text, names: Set[str], about: Sequence[Comment], touched: Sequence[tuple[int, int]] | None
) -> Iterator[Event]:
    """What these comments say wrongly or leave out: of functions of these names, and where they are touched themselves.

    touched  byte ranges; None for all of the text
    """
    setup, unit = text.setup, text.unit
    below = partial(_definition_below, text)
    pairs = list(described(text.commented, about, below, lambda word: setup.dialect.action(word) is not None))
    near = list(touching(pairs, touched))
    yield from unknown_parameters(near)
    wanted = [pair for pair in pairs if pair in near or (pair.function and pair.function.name in names)]
    notes = {(p.function.name, n): note for p in wanted if p.function for n, note in _notes(setup, p.function.name)}
    yield from undocumented_null(wanted, unit.named, notes, setup.dialect.hints, partial(_null_given, text))
    for pair in wanted:
        if pair.function is not None:
            yield from _claim_events(text, pair, pair.function.name)


def _definition_below(text: Text, offset: int) -> Function | None:
    """The definition that the text has directly at or behind the offset, without parsing any other."""
    chunk = text.unit.below(offset)
    if chunk is None or not text.only_words(offset, chunk.start):
        return None
    return text.unit.following(offset)


def _null_given(text: Text, pair: Described) -> Set[int]:
    """The positions at which calls in the text, and in its directory if they can be there, give NULL."""
    prototype, siblings, whole = pair.prototype, text.setup.siblings, text.source.text
    if prototype is None:
        return frozenset()
    local = b"static" in whole[pair.comment.end : prototype.end]
    others = siblings.others(text.source.path) if siblings is not None and not local else ()
    return frozenset().union(*(null_arguments(code, prototype.name) for code in (whole, *others)))


def _claim_events(text: Text, pair: Described, name: str) -> Iterator[Event]:
    said = claims_of(pair.comment, pair.doc, text.setup.wordings, text.said)
    place = f"{_CLAIMED}{pair.comment.offset} {name}"
    kept = text.row.get(place) if text.row is not None and said else None
    if kept is not None:
        yield from msgspec.msgpack.decode(kept, type=tuple[Event, ...])
    elif said:
        flows = [text.program.checked(body) for body in text.bodies(name)]
        found = tuple(contradictions(said, flows, text.program.knowledge))
        if text.row is not None and all(flow.complete for flow in flows):
            text.row.put(place, msgspec.msgpack.encode(found))
        yield from found


def _notes(setup: Setup, name: str) -> Iterable[tuple[str, str]]:
    return (item for contract in setup.knowledge.contracts.get(name, ()) for item in contract.notes.items())
