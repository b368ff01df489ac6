"""What is believed of the rounds of a loop: there is one, and each moves on by at least one entry.

A range of page-table entries is never empty, so a loop that steps a mapped pointer has stepped it where it ends.  By
how many entries a round steps may be a number that a function has given; the head of a loop does not add zero, or the
loop would not end.  Example: behind `for (; addr != end; pte += nr, addr += nr * PAGE_SIZE)`, `pte - 1` is inside the
table, and `pte` may be past its end; behind `addr += PAGE_SIZE; if (addr == end) break; pte++` it is not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property

from kpatchlint.c.ir import Assign, Assume, Call, Compound, Load, LoopExit, Lowered, Operation, Place, Value
from kpatchlint.flow.evaluate import cell_of, evaluate
from kpatchlint.flow.prune import moved
from kpatchlint.flow.resources import Resources
from kpatchlint.flow.state import PathState, is_merged
from kpatchlint.flow.symbol import FARTHEST, Fresh, Literal, Shifted, Symbol, base_of


class Rounds:
    """The loops of one function."""

    def __init__(self, function: Lowered, resources: Resources) -> None:
        self.resources, self.function = resources, function
        self.loops = [op for op in function.cfg.operations() if isinstance(op, LoopExit)]
        self.advances = frozenset(site for loop in self.loops for site in loop.advances)

    def left(self, loop: LoopExit, state: PathState) -> bool:
        """Whether the loop may end in this state: a path that skips a loop which has a round is none."""
        return not any(self._unmoved(place, state) for place in loop.stepped) and not self._skipped(loop, state)

    def moved(self, symbol: Symbol, value: Value, site: int, state: PathState) -> Symbol:
        """The pointer behind a step; in a loop, a number nobody knows is one at least.

        In the loop's head it may be as many as there are; in its body it is taken to end inside the table.
        """
        if type(symbol) is Shifted and symbol.past and site in self._inside:
            return Shifted(symbol.base, symbol.low, symbol.high, past=False)
        by = value.operands[1] if isinstance(value, Compound) else value
        unknown = isinstance(symbol, Shifted) and not isinstance(evaluate(by, state, site), Literal)
        if not unknown or not any(loop.start <= site < loop.end for loop in self.loops):
            return symbol
        return Shifted(base_of(symbol), FARTHEST, None, past=site in self.advances)

    @cached_property
    def _inside(self) -> frozenset[int]:
        """Where something is stepped when what was stepped beside it has just been found not to be at the end."""
        edges = [(n, to) for n, block in enumerate(self.function.cfg.blocks) for to in block.successors]
        entered = Counter(to for _, to in edges)
        before = {to: n for n, to in edges if entered[to] == 1}
        return frozenset(self._stepped_inside(before))

    def _stepped_inside(self, before: Mapping[int, int]) -> Iterator[int]:
        for number, block in enumerate(self.function.cfg.blocks):
            for at, op in enumerate(block.operations):
                if isinstance(op, Assign) and steps(op.place, op.value) and _tested(self._up(number, at, before)):
                    yield op.start

    def _up(self, number: int, at: int, before: Mapping[int, int]) -> Iterator[Operation]:
        """The operations that have run whenever one is come to, from the last one upwards, as far as that is sure."""
        seen = {number}
        yield from reversed(self.function.cfg.blocks[number].operations[:at])
        while (number := before.get(number, -1)) >= 0 and number not in seen:
            seen.add(number)
            yield from reversed(self.function.cfg.blocks[number].operations)

    def _unmoved(self, place: Place, state: PathState) -> bool:
        """Whether it is a mapped pointer that stands where it stood before the loop, if only by an index."""
        symbol = evaluate(Load(place), state)
        if isinstance(symbol, Shifted) and (symbol.past or symbol.low != 0 or symbol.high is not None):
            return False
        kinds = self.resources.kinds
        start = symbol.base if isinstance(symbol, Shifted) else symbol
        return any(held.symbol == start and kinds[held.resource].walked for held in state.held)

    def _skipped(self, loop: LoopExit, state: PathState) -> bool:
        """A loop that gives back what was taken before it is not left without a round: its counters have moved."""
        if any(self._has_moved(place, loop, state) for place in loop.stepped):
            return False
        return any(self.resources.gives_back(call, state) for call in self._calls(loop))

    def _calls(self, loop: LoopExit) -> list[Call]:
        return [call for call in self.resources.calls.values() if loop.start <= call.start < loop.end]

    def _has_moved(self, place: Place, loop: LoopExit, state: PathState) -> bool:
        symbol = evaluate(Load(place), state)
        made_inside = isinstance(symbol, Fresh) and loop.start <= symbol.site < loop.end
        return made_inside or symbol is moved(cell_of(place, state)) or is_merged(symbol)


def steps(place: Place, value: Value) -> bool:
    """Whether it is moved on, or back, by something."""
    moves = isinstance(value, Compound) and value.operator in "+-" and len(value.operands) == 2
    return moves and isinstance(value, Compound) and Load(place) in value.operands


def _tested(operations: Iterator[Operation]) -> bool:
    """Whether something was stepped and then found not to be what it is compared with."""
    tested = set[Value]()
    for op in operations:
        if isinstance(op, Assume):
            tested |= _not_at_end(op)
        elif isinstance(op, Assign) and Load(op.place) in tested:
            return steps(op.place, op.value)
    return False


def _not_at_end(op: Assume) -> set[Value]:
    match op.value:
        case Compound("==", operands) if not op.truth:
            return set(operands)
        case Compound("<", (first, _)) if op.truth:
            return {first}
    return set()
