"""The branches that one path took, newest last, and the steps of a finding in the order of the path.

A trail grows at its end and is shared by the states that split from one another; states with equal knowledge are one
state and keep the trail that came first.  `depth` is the number of branches taken so far, so it tells which of two
points of one path lies before the other.  Example: a lock taken at depth 2 and a return at depth 4 have two branches
between them, and these are the notes of the finding:

    ptl taken here by pmd_lock()
    `pmd_none(*pmd)` is true on this path
"""

from collections.abc import Iterator

from msgspec import Struct

from kpatchlint.event import Step

# a finding with more notes than this is not read
MOST_BRANCHES = 6


class Trail(Struct, frozen=True):
    """One branch (`start` to `end` of its condition, -1 at the entry) and those before it."""

    previous: "Trail | None"
    depth: int
    start: int
    end: int
    truth: bool

    def then(self, start: int, end: int, truth: bool) -> "Trail":
        """The trail with one more branch."""
        return Trail(self, self.depth + 1, start, end, truth)

    @property
    def steps(self) -> Iterator["Trail"]:
        """This branch and those before it."""
        node: Trail | None = self
        while node is not None:
            yield node
            node = node.previous


ENTRY = Trail(None, 0, -1, -1, truth=True)


class Point(Struct, frozen=True):
    """A step that is not a branch, and how many branches lie before it."""

    depth: int
    step: Step


def path(trail: Trail, *points: Point) -> tuple[Step, ...]:
    """The points, and the newest branches behind the first of them, in the order of the path."""
    first = min((point.depth for point in points), default=0)
    branches = [Point(node.depth, _step(node)) for node in _behind(trail, first)]
    return tuple(point.step for point in sorted((*branches[::-1], *points), key=lambda point: point.depth))


def _behind(trail: Trail, depth: int) -> Iterator[Trail]:
    """The newest branches after `depth`, each condition once."""
    seen: set[int] = set()
    for node in trail.steps:
        if node.depth <= depth or len(seen) >= MOST_BRANCHES:
            return
        if node.start not in seen:
            seen.add(node.start)
            yield node


def _step(node: Trail) -> Step:
    if node.end == node.start:
        return Step(node.start, f"this arm is {'' if node.truth else 'not '}compiled on this path")
    return Step(node.start, f"is {'true' if node.truth else 'false'} on this path", quoted=node.end)
