"""The world of the model: one folio, one page-table entry, one wait queue, and the tasks at work on them.

Everything is an immutable tuple of names and small numbers, so states hash, compare and sort.  A task has a stack
of frames, one for each function it is in, with the variables of that function; what a task holds hangs on the
task.  Pointers to what was freed turn into `freed`, whoever has them, so a later touch is seen.
Assumption: at most one page table is unlinked and not yet freed.  Example:

    start(2).tasks[0].frames[-1].entry == "unread"
"""

from itertools import pairwise
from typing import NamedTuple

NOBODY = -1


class Frame(NamedTuple):
    """The variables of one function.

    table  the page table its pointer leads to: none (not looked up), here, old (unlinked), freed
    ptep   the pointer to the entry: none, mapped, null (a map failed), failed (a map with its lock failed)
    entry  what was read: unread, other (no migration entry), folio (of the folio), freed (of one freed since)
    """

    table: str = "none"
    ptep: str = "none"
    entry: str = "unread"


class Task(NamedTuple):
    """One task: its frames and what it holds.

    maps    the mappings, the innermost last: p (the entry's table), c (a callee's), d (a second mapping)
    woken   whether its wait entry has WQ_FLAG_WOKEN
    asleep  whether it has told the scheduler to sleep: running or sleeping
    wait    its wait entry: none, live
    target  the waiter that a waker is about to wake
    """

    frames: tuple[Frame, ...] = (Frame(),)
    maps: tuple[str, ...] = ()
    refs: int = 0
    vma: int = 0
    woken: int = 0
    state: str = "running"
    wait: str = "none"
    target: int = NOBODY

    @property
    def frame(self) -> Frame:
        """The frame of the function it is in."""
        return self.frames[-1]


class World(NamedTuple):
    """One state.  Locks are the number of the task that owns them, or NOBODY.

    pcs     where each task stands in its program
    pte     present, entry (a migration entry), device (a device-private entry), moved (another folio), none
    alive   the folio has not been freed; refs, locked and waiters are those of the folio
    table   whether the page table is linked; old, whether an unlinked one is not freed yet
    """

    pcs: tuple[int, ...]
    tasks: tuple[Task, ...]
    pte: str = "present"
    alive: int = 1
    refs: int = 1
    locked: int = 0
    waiters: int = 0
    ptl: int = NOBODY
    table: int = 1
    old: int = 0
    old_ptl: int = NOBODY
    vma_writer: int = NOBODY
    queue_lock: int = NOBODY
    queue: tuple[int, ...] = ()


def start(tasks: int, pte: str = "present", table: str = "none") -> World:
    """The state before anything has happened; `table` is what the first task's pointer leads to."""
    first = Task(frames=(Frame(table=table),))
    return World((0,) * tasks, (first, *(Task() for _ in range(tasks - 1))), pte)


def with_task(world: World, me: int, task: Task) -> World:
    """`world` with task number `me` replaced."""
    return world._replace(tasks=(*world.tasks[:me], task, *world.tasks[me + 1 :]))


def with_frame(world: World, me: int, frame: Frame) -> World:
    """`world` with the innermost frame of task `me` replaced."""
    task = world.tasks[me]
    return with_task(world, me, task._replace(frames=(*task.frames[:-1], frame)))


def drop_ref(world: World) -> World:
    """One reference of the folio less; the last one frees it, and every pointer to it dangles."""
    if world.refs > 1:
        return world._replace(refs=world.refs - 1)
    tasks = tuple(_dangling(task, "entry", "folio", "freed") for task in world.tasks)
    return world._replace(alive=0, refs=0, locked=0, waiters=0, tasks=tasks)


def unlink_table(world: World) -> World:
    """The page table is taken away from under its entry; whoever points into it points into the old one."""
    after = drop_ref(world) if world.pte == "present" else world
    tasks = tuple(_dangling(task, "table", "here", "old") for task in after.tasks)
    return after._replace(pte="none", table=0, old=1, old_ptl=after.ptl, ptl=NOBODY, tasks=tasks)


def free_table(world: World) -> World:
    """The unlinked page table is freed, with the lock in it, even if somebody holds that."""
    tasks = tuple(_dangling(task, "table", "old", "freed") for task in world.tasks)
    return world._replace(old=0, tasks=tasks)


def _dangling(task: Task, variable: str, before: str, after: str) -> Task:
    if all(getattr(frame, variable) != before for frame in task.frames):
        return task
    frames = (
        frame._replace(**{variable: after}) if getattr(frame, variable) == before else frame for frame in task.frames
    )
    return task._replace(frames=tuple(frames))


def renamed(world: World, order: tuple[int, ...]) -> World:
    """`world` with task `order[i]` as task i; every field that holds a task's number is renamed."""
    new = {old: i for i, old in enumerate(order)} | {NOBODY: NOBODY}
    tasks = (world.tasks[old] for old in order)
    return world._replace(
        pcs=tuple(world.pcs[old] for old in order),
        tasks=tuple(task._replace(target=new[task.target]) for task in tasks),
        ptl=new[world.ptl],
        old_ptl=new[world.old_ptl],
        vma_writer=new[world.vma_writer],
        queue_lock=new[world.queue_lock],
        queue=tuple(new[task] for task in world.queue),
    )


def canonical(world: World, equal: int) -> World:
    """`world` with its first `equal` tasks, which run the same program, in order of all that tells them apart."""
    if equal < 2 or all(before < after for before, after in pairwise(world.pcs[:equal])):
        return world
    order = sorted(range(equal), key=lambda task: _character(world, task))
    if order == list(range(equal)):
        return world
    return renamed(world, (*order, *range(equal, len(world.tasks))))


def _character(world: World, task: int) -> tuple[int, Task, tuple[bool, ...], tuple[int, ...]]:
    """Everything in `world` that is about `task`, without its number."""
    owners = (world.ptl, world.old_ptl, world.vma_writer, world.queue_lock, *(t.target for t in world.tasks))
    places = tuple(place for place, queued in enumerate(world.queue) if queued == task)
    return world.pcs[task], world.tasks[task], tuple(owner == task for owner in owners), places
