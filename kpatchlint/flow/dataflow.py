"""The one solver: a worklist over basic blocks, for any lattice and transfer function.

An analysis brings a lattice (`join` of what reaches a block) and a transfer function; the solver brings the order.
Terminates when joins have no infinite ascending chains, or when `budget` transfers are spent.  Example: liveness is
this solver over reversed edges with sets of names, path states are this solver over forward edges with sets of states.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Protocol, TypeVar

L = TypeVar("L")
Graph = Sequence[Sequence[int]]


class TooCostlyError(Exception):
    """A bound on work or time was reached before the fixed point; the text says which, empty for that on transfers."""


class Analysis(Protocol[L]):
    """A lattice and a transfer function."""

    def join(self, block: int, old: L | None, new: L) -> L:
        """What is known at the start of `block` when `new` reaches it too; `old` itself when nothing changed."""
        ...

    def transfer(self, block: int, value: L) -> L:
        """What is known at the end of `block`."""
        ...


def solve(graph: Graph, entries: Mapping[int, L], analysis: Analysis[L], budget: int = 100_000) -> dict[int, L]:
    """The value at the start of each reached block; `TooCostlyError` when `budget` transfers do not suffice."""
    rank = {block: index for index, block in enumerate(_reverse_postorder(graph, entries))}
    values = {block: analysis.join(block, None, value) for block, value in entries.items()}
    waiting = [(rank[block], block) for block in values]
    heapq.heapify(waiting)
    queued = set(values)
    while waiting:
        block = heapq.heappop(waiting)[1]
        queued.discard(block)
        budget -= 1
        if budget < 0:
            raise TooCostlyError
        out = analysis.transfer(block, values[block])
        for successor in graph[block]:
            old = values.get(successor)
            new = analysis.join(successor, old, out)
            if new is not old:
                values[successor] = new
                if successor not in queued:
                    queued.add(successor)
                    heapq.heappush(waiting, (rank[successor], successor))
    return values


def circular(graph: Graph, entries: Iterable[int]) -> set[int]:
    """The blocks from which a path leads back to themselves: those of strongly connected components (Kosaraju)."""
    order, turned, found = _reverse_postorder(graph, entries), reversed_graph(graph), set[int]()
    seen = set(range(len(graph))).difference(order)
    for first in order:
        component = reached((first,), seen, turned)
        seen |= component
        if len(component) > 1 or first in graph[first]:
            found |= component
    return found


def reached(starts: Iterable[int], but: Set[int], graph: Graph) -> set[int]:
    """The blocks that a path from one of `starts` comes to, none of which lies in `but`."""
    found, waiting = set[int](), [*starts]
    while waiting:
        block = waiting.pop()
        if block not in found and block not in but:
            found.add(block)
            waiting.extend(graph[block])
    return found


def reversed_graph(graph: Graph) -> list[list[int]]:
    """The same blocks with every edge turned round."""
    turned: list[list[int]] = [[] for _ in graph]
    for block, successors in enumerate(graph):
        for successor in successors:
            turned[successor].append(block)
    return turned


def passing(graph: Graph, empty: Set[int]) -> list[Sequence[int]]:
    """The graph whose edges lead past the blocks in `empty`, each of which has one successor and does nothing."""
    behind: dict[int, int] = {}
    for block in empty:
        at = block
        # an empty loop is left as it is
        for _ in empty:
            if at not in empty:
                break
            (at,) = graph[at]
        behind[block] = at
    return [successors if empty.isdisjoint(successors) else _once(successors, behind) for successors in graph]


def _once(successors: Sequence[int], behind: Mapping[int, int]) -> Sequence[int]:
    return tuple(dict.fromkeys(behind.get(successor, successor) for successor in successors))


def _reverse_postorder(graph: Graph, entries: Iterable[int]) -> list[int]:
    seen: set[int] = set()
    order: list[int] = []
    for entry in sorted(entries, reverse=True):
        stack = [(entry, iter(graph[entry]))] if entry not in seen else []
        seen.add(entry)
        while stack:
            block, rest = stack[-1]
            following = next((s for s in rest if s not in seen), None)
            if following is None:
                order.append(block)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(graph[following])))
    return order[::-1]
