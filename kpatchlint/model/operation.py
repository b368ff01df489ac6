"""What a micro-operation is: one statement, from a world to its outcomes.

An operation takes the world and the number of its task, and yields its outcomes; none means that it must wait.
`jump` is the outcome by which a program goes on at the label beside it.  The same functions make up the kernel's
protocol and the words of a caller, so a caller's violation is seen by the very rules the protocol obeys.
Assumption: sequential consistency; one statement is one atomic step.  Example:

    [outcome.violation for outcome in unlock_ptl(start(1), 0)] == [Violation.UNLOCK_NOT_OWNER]
"""

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import NamedTuple

from kpatchlint.model.kinds import Violation
from kpatchlint.model.world import Frame, Task, World, with_frame, with_task


class Outcome(NamedTuple):
    """What an operation led to: a world, perhaps with a jump; or a violation with its reason.

    graver  the violation hits another task, too
    """

    world: World
    jump: bool = False
    violation: Violation | None = None
    note: str = ""
    graver: bool = False


Outcomes = Iterator[Outcome]
Operation = Callable[[World, int], Outcomes]


def bad(world: World, kind: Violation, note: str, graver: bool = False) -> Outcome:
    """The outcome that is a violation, tried in `world`."""
    return Outcome(world, False, kind, note, graver)


def frame_of(world: World, me: int) -> Frame:
    """The variables of the function that task `me` is in."""
    return world.tasks[me].frames[-1]


def variable(world: World, me: int, **values: str) -> World:
    """`world` with variables of that function changed."""
    return with_frame(world, me, frame_of(world, me)._replace(**values))


def mine(world: World, me: int, **values: int | str) -> World:
    """`world` with fields of task `me` changed."""
    return with_task(world, me, changed(world.tasks[me], **values))


def changed(task: Task, **values: int | str) -> Task:
    """`task` with some of its numbers and names changed."""
    return task._replace(**values)  # type: ignore[arg-type]


def touch(world: World, me: int, after: World, jump: bool = False) -> Outcome:
    """An access to the folio that task `me` points to."""
    if frame_of(world, me).entry == "freed":
        return bad(world, Violation.FOLIO_UAF, "folio already freed")
    return Outcome(after, jump)


def change_queue(world: World, me: int, queue: tuple[int, ...]) -> Outcome:
    """The wait queue becomes `queue`, if task `me` holds its lock."""
    if world.queue_lock != me:
        return bad(world, Violation.QUEUE_RACE, "the queue's lock is not held")
    return Outcome(world._replace(queue=queue))


def operations(module: ModuleType) -> Mapping[str, Operation]:
    """The operations of a module by name: every public function it defines itself."""
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
