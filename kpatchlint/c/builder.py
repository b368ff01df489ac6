"""A CFG under construction: blocks, edges, and the block that is being filled.

The one mutable thing in lowering; `finish` turns it into values.  Code behind a jump has no current block and is
dropped, because nothing reaches it.  Example: `b.emit(op); b.jump(loop); b.start(after)`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain

from kpatchlint.c.ir import CFG, Assume, BasicBlock, Exit, Operation, Value, Variable


class Builder:
    """Fills blocks in the order of the text."""

    def __init__(self) -> None:
        self._operations: list[list[Operation]] = []
        self._successors: list[list[int]] = []
        self._open: set[int] = set()
        self._temporaries = 0
        self.current: int | None = self.block()

    def block(self) -> int:
        """A new, empty, unconnected block."""
        self._operations.append([])
        self._successors.append([])
        return len(self._operations) - 1

    def temporary(self) -> Variable:
        """A place for the result of one operation."""
        self._temporaries += 1
        return Variable(f"%{self._temporaries}")

    def emit(self, operation: Operation) -> None:
        """Append to the current block; dropped where nothing gets."""
        if self.current is not None:
            self._operations[self.current].append(operation)

    def jump(self, target: int) -> None:
        """End the current block with an edge to `target`."""
        if self.current is not None:
            self._successors[self.current].append(target)
        self.current = None

    def stop(self) -> None:
        """End the current block without an edge."""
        self.current = None

    def start(self, block: int, *, enterable: bool = False) -> None:
        """Fall through to `block` and fill it; `enterable` says that code outside this fragment may jump to it."""
        self.jump(block)
        self.current = block
        if enterable:
            self._open.add(block)

    def branch(self, value: Value, yes: int, no: int, start: int, end: int) -> None:
        """End the current block: to `yes` where `value` is not zero, to `no` where it is."""
        if self.current is None:
            return
        sides = []
        for truth, goal in ((True, yes), (False, no)):
            side = self.block()
            self._operations[side].append(Assume(value, truth, start, end))
            self._successors[side].append(goal)
            sides.append(side)
        self._successors[self.current].extend(sides)
        self.current = None

    def fork(self, targets: Sequence[int]) -> None:
        """End the current block with an edge to each target."""
        if self.current is not None:
            self._successors[self.current].extend(targets)
        self.current = None

    def finish(self) -> CFG:
        """The CFG as it stands, where blocks that only follow one another are one: each costs an analysis as much as
        its operations do."""
        entered = Counter(chain.from_iterable(self._successors))
        follows = {
            block: after[0]
            for block, after in enumerate(self._successors)
            if len(after) == 1 and entered[after[0]] == 1 and self._may_follow(after[0])
        }
        behind = set(follows.values())
        runs = [self._run(head, follows) for head in range(len(self._operations)) if head not in behind]
        number = {run[0]: index for index, run in enumerate(runs)}
        blocks = (
            BasicBlock(
                tuple(operation for block in run for operation in self._operations[block]),
                tuple(number[block] for block in self._successors[run[-1]]),
            )
            for run in runs
        )
        return CFG(tuple(blocks), frozenset(number[block] for block in self._open))

    def _may_follow(self, block: int) -> bool:
        """Whether it is entered by its edges only; ways out stay, so that what is known there is what matters there."""
        return block not in (0, *self._open) and not any(isinstance(op, Exit) for op in self._operations[block])

    @staticmethod
    def _run(head: int, follows: Mapping[int, int]) -> list[int]:
        """The blocks from `head` on that only follow one another."""
        run = [head]
        while run[-1] in follows:
            run.append(follows[run[-1]])
        return run
