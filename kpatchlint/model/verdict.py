"""The machine's verdict on a program: which places are the first mistake on some path, and of which kinds.

Only the first violating operation of a path counts, because what happens afterwards in interleavings that got away with
it says nothing.  Assumes that a question is one of the automaton's, or one nobody knows the answer of.  Example: `U` as
the only operation of a caller that holds nothing is wrong at place 0, as `unlock-not-owner`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kpatchlint.model.automaton import Automaton, Move
from kpatchlint.model.kinds import Violation
from kpatchlint.model.programs import Graph


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a program, by place.

    wrong   what a place violates as the first mistake of some path: the kinds, for each path that differs
    clean   places reached on a path without a mistake
    behind  places reached on a path after a mistake: what a linter says there is no matter of this verdict
    """

    wrong: Mapping[int, frozenset[frozenset[Violation]]]
    clean: frozenset[int]
    behind: frozenset[int]


def verdict(graph: Graph, automaton: Automaton) -> Verdict:
    """The verdict of `automaton` on the program."""
    wrong: dict[int, frozenset[frozenset[Violation]]] = {}
    seen, waiting = {(0, 0)}, [(0, 0)]
    mistaken: set[int] = set()
    while waiting:
        place, state = waiting.pop()
        for edge in graph.edges[place]:
            move = automaton.move(state, edge.operation) if edge.operation else Move(state)
            if move.verdict:
                wrong[place] = wrong.get(place, frozenset()) | {move.verdict}
                mistaken.add(edge.target)
            elif min(move.target, edge.target) >= 0 and (edge.target, move.target) not in seen:
                seen.add((edge.target, move.target))
                waiting.append((edge.target, move.target))
    return Verdict(wrong, frozenset(place for place, _ in seen), frozenset(_reachable(graph, mistaken)))


def _reachable(graph: Graph, starts: set[int]) -> Iterator[int]:
    seen = {place for place in starts if place >= 0}
    waiting = list(seen)
    while waiting:
        place = waiting.pop()
        yield place
        for edge in graph.edges[place]:
            if edge.target >= 0 and edge.target not in seen:
                seen.add(edge.target)
                waiting.append(edge.target)
