"""Operations of a waiter: queue, wait entry, sleep, references.

Assumption: one wait queue; a folio is touched where a flag or a counter of it is.  Example:

    [o.violation for o in enqueue(start(1), 0)] == [Violation.QUEUE_RACE]
"""

from kpatchlint.model.kinds import Violation
from kpatchlint.model.operation import Outcome, Outcomes, bad, change_queue, frame_of, mine, touch
from kpatchlint.model.world import NOBODY, World, drop_ref


def find_folio(world: World, me: int) -> Outcomes:
    """From the entry to its folio, and a fresh wait entry on the stack."""
    entry = frame_of(world, me).entry
    if entry == "unread":
        yield bad(world, Violation.ENTRY_UNREAD, "entry was never read")
    elif entry == "other":
        yield bad(world, Violation.NOT_MIGRATION_ENTRY, "no migration entry")
    else:
        yield Outcome(mine(world, me, woken=0, wait="live"))


def lock_queue(world: World, me: int) -> Outcomes:
    """Take the lock of the wait queue."""
    if world.queue_lock == NOBODY:
        yield Outcome(world._replace(queue_lock=me))


def unlock_queue(world: World, me: int) -> Outcomes:
    """Give it back."""
    if world.queue_lock == me:
        yield Outcome(world._replace(queue_lock=NOBODY))
    else:
        yield bad(world, Violation.UNLOCK_NOT_OWNER, "the queue's lock is not held")


def set_waiters(world: World, me: int) -> Outcomes:
    """Tell whoever unlocks the folio to look into the queue."""
    yield touch(world, me, world._replace(waiters=1))


def test_locked(world: World, me: int) -> Outcomes:
    """Jump, woken, if the folio is not locked any more."""
    woken = world if world.locked else mine(world, me, woken=1)
    yield touch(world, me, woken, jump=not world.locked)


def enqueue(world: World, me: int) -> Outcomes:
    """Put the wait entry at the end of the queue."""
    yield change_queue(world, me, (*world.queue, me))


def enqueue_once(world: World, me: int) -> Outcomes:
    """The same, unless it stands there."""
    yield Outcome(world) if me in world.queue else change_queue(world, me, (*world.queue, me))


def if_unlocked(world: World, me: int) -> Outcomes:
    """Jump if the folio is not locked."""
    yield touch(world, me, world, jump=not world.locked)


def try_lock_folio(world: World, me: int) -> Outcomes:
    """Lock the folio and give it back at once; jump if somebody else has it."""
    yield touch(world, me, world, jump=bool(world.locked))


def dequeue(world: World, me: int) -> Outcomes:
    """Take the own wait entry out; nothing happens if the waker did that."""
    yield change_queue(world, me, tuple(task for task in world.queue if task != me))


def set_state(world: World, me: int) -> Outcomes:
    """Announce that the task is about to sleep."""
    yield Outcome(mine(world, me, state="sleeping"))


def load_flags(world: World, me: int) -> Outcomes:
    """Jump if woken."""
    yield Outcome(world, jump=bool(world.tasks[me].woken))


def _illegal_sleep(world: World, me: int) -> Outcomes:
    if me in (world.ptl, world.old_ptl, world.queue_lock):
        yield bad(world, Violation.SLEEP_ATOMIC, "sleeps with a spinlock held")
    if world.tasks[me].maps:
        yield bad(world, Violation.SLEEP_MAPPED, "sleeps with a page table mapped")


def schedule(world: World, me: int) -> Outcomes:
    """Give up the CPU, unless a wakeup came first."""
    wrong = list(_illegal_sleep(world, me)) if world.tasks[me].state == "sleeping" else []
    yield from wrong or [Outcome(world)]


def asleep(world: World, me: int) -> Outcomes:
    """Be away until somebody wakes the task."""
    if world.tasks[me].state == "running":
        yield Outcome(world)


def may_sleep(world: World, me: int) -> Outcomes:
    """A call that can sleep for reasons outside this world."""
    yield from list(_illegal_sleep(world, me)) or [Outcome(world)]


def finish_wait(world: World, me: int) -> Outcomes:
    """Run again; jump if the waker has taken the wait entry out of the queue."""
    yield Outcome(mine(world, me, state="running"), jump=me not in world.queue)


def leave_wait(world: World, me: int) -> Outcomes:
    """The stack frame with the wait entry goes."""
    yield Outcome(mine(world, me, wait="none", woken=0))


# References


def get_ref(world: World, me: int) -> Outcomes:
    """Take a reference unless the folio is being freed: jumps then."""
    if world.refs:
        yield touch(world, me, mine(world._replace(refs=world.refs + 1), me, refs=1))
    else:
        yield touch(world, me, world, jump=True)


def put_ref(world: World, me: int) -> Outcomes:
    """Drop it; the last one frees the folio."""
    yield touch(world, me, drop_ref(mine(world, me, refs=0)))
