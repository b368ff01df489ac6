"""Operations of everybody else: migrator, waker, allocator, page-table removal.

Assumption: a migration may fail at any time for somebody else's reference, and may be tried again for ever.
Example:

    [o.note for o in unlock_folio(start(1, "entry"), 0)] == ["the migration entry is still there"]
"""

from kpatchlint.model.kinds import Violation
from kpatchlint.model.operation import Outcome, Outcomes, bad, change_queue, changed, mine, touch, variable
from kpatchlint.model.world import NOBODY, World, drop_ref, free_table, unlink_table, with_task


def isolate(world: World, me: int) -> Outcomes:
    """Choose a mapped folio and take a reference."""
    if world.alive and world.pte in ("present", "device") and not world.locked:
        yield Outcome(variable(world._replace(refs=world.refs + 1), me, entry="folio"))


def lock_folio(world: World, me: int) -> Outcomes:
    """Set PG_locked."""
    if not world.locked:
        yield touch(world, me, world._replace(locked=1))


def lock_walk(world: World, me: int) -> Outcomes:
    """Find the entry through the reverse map and lock its table; jump if there is none."""
    if not world.table:
        yield Outcome(world, jump=True)
    elif world.ptl == NOBODY:
        yield Outcome(world._replace(ptl=me))


def install_entry(world: World, me: int) -> Outcomes:
    """Replace the mapping, and its reference, by a migration entry."""
    if world.pte not in ("present", "device"):
        yield Outcome(world)
    elif not world.locked:
        yield bad(world, Violation.ENTRY_UNLOCKED, "folio is not locked")
    else:
        yield Outcome(drop_ref(world._replace(pte="entry")))


def _waiter_has_ref(world: World) -> bool:
    return any(task.refs for task in world.tasks)


def check_refs(world: World, me: int) -> Outcomes:
    """Go on if nobody else has a reference; jump if somebody has: one of another subsystem may always be there."""
    if world.refs == 1:
        yield touch(world, me, world)
    yield touch(world, me, world, jump=True)


def check_refs_alone(world: World, me: int) -> Outcomes:
    """The same in a world where nobody else takes references."""
    yield touch(world, me, world, jump=world.refs != 1)


def check_refs_strict(world: World, me: int) -> Outcomes:
    """The same, where a waiter's reference must not be what makes it fail."""
    if world.refs != 1 and _waiter_has_ref(world):
        yield bad(world, Violation.MIGRATION_FAILED, "fails: a waiter's reference", graver=True)
    else:
        yield from check_refs(world, me)


def may_fail(world: World, me: int) -> Outcomes:
    """Go on, or jump: the migration may fail for reasons of its own."""
    yield Outcome(world)
    yield Outcome(world, jump=True)


def remove_to_new(world: World, me: int) -> Outcomes:
    """Replace the entry by a mapping of the new folio."""
    yield Outcome(world._replace(pte="moved") if world.pte in ("entry", "device") else world)


def remove_to_old(world: World, me: int) -> Outcomes:
    """Replace the entry by a mapping of the old folio, with its reference."""
    if world.pte == "entry":
        yield touch(world, me, world._replace(pte="present", refs=world.refs + 1))
    else:
        yield Outcome(world)


def zap_device(world: World, me: int) -> Outcomes:
    """Replace a device-private entry, and its reference, by a mapping of the new folio."""
    yield Outcome(drop_ref(world._replace(pte="moved")) if world.pte == "device" else world)


def unlock_folio(world: World, me: int) -> Outcomes:
    """Clear PG_locked and read PG_waiters in one go; jump if nobody waits."""
    if world.pte == "entry":
        yield bad(world, Violation.ENTRY_UNLOCKED, "the migration entry is still there")
    else:
        yield touch(world, me, world._replace(locked=0), jump=not world.waiters)


def clear_locked(world: World, me: int) -> Outcomes:
    """Clear PG_locked without reading PG_waiters; for mutants."""
    yield touch(world, me, world._replace(locked=0))


def test_waiters(world: World, me: int) -> Outcomes:
    """Read PG_waiters; jump if it is clear; for mutants."""
    yield touch(world, me, world, jump=not world.waiters)


def pick_waiter(world: World, me: int) -> Outcomes:
    """The first wait entry of the queue; jump if there is none."""
    if world.queue:
        yield Outcome(mine(world, me, target=world.queue[0]))
    else:
        yield Outcome(mine(world, me, target=NOBODY), jump=True)


def _target(world: World, me: int, **values: int | str) -> Outcome:
    target = world.tasks[me].target
    task = world.tasks[target]
    if task.wait != "live":
        return bad(world, Violation.WAITENTRY_UAF, "the waiter's stack frame has gone")
    return Outcome(with_task(world, target, changed(task, **values)) if values else world)


def set_woken(world: World, me: int) -> Outcomes:
    """Set WQ_FLAG_WOKEN in its wait entry."""
    yield _target(world, me, woken=1)


def wake_up(world: World, me: int) -> Outcomes:
    """Make it runnable."""
    yield _target(world, me, state="running")


def unlink_waiter(world: World, me: int) -> Outcomes:
    """Take its wait entry out of the queue, the last access to it."""
    seen = _target(world, me)
    target = world.tasks[me].target
    queue = tuple(task for task in world.queue if task != target)
    yield seen if seen.violation else change_queue(world, me, queue)


def clear_waiters(world: World, me: int) -> Outcomes:
    """Clear PG_waiters."""
    yield touch(world, me, world._replace(waiters=0))


def put_folio(world: World, me: int) -> Outcomes:
    """Drop the migrator's reference."""
    yield touch(world, me, drop_ref(world) if world.alive else world)


def drain(world: World, me: int) -> Outcomes:
    """Wait for work on every CPU; a fault handler that has begun and does not sleep keeps it from running."""
    if all(task.state == "sleeping" or world.pcs[i] in (0, NOBODY) for i, task in enumerate(world.tasks[:me])):
        yield Outcome(world)


# The rest of the environment


def reuse(world: World, me: int) -> Outcomes:
    """The freed folio is handed out again and mapped; nobody's old pointer becomes valid by that."""
    if not world.alive and world.table and world.ptl == NOBODY and world.pte in ("moved", "none"):
        yield Outcome(world._replace(pte="present", alive=1, refs=1))


def unlink(world: World, me: int) -> Outcomes:
    """Take the page table away under its lock; only one at a time is unlinked and in use."""
    if world.old_ptl == NOBODY:
        yield Outcome(unlink_table(world))


def free_after_grace(world: World, me: int) -> Outcomes:
    """Free it when nobody can have it mapped any more."""
    mapped = (frame.table == "old" and frame.ptep == "mapped" for task in world.tasks for frame in task.frames)
    if world.old_ptl == NOBODY and not any(mapped):
        yield Outcome(free_table(world))


def free_at_once(world: World, me: int) -> Outcomes:
    """Free it now."""
    yield Outcome(free_table(world))


def new_table(world: World, me: int) -> Outcomes:
    """A new, empty page table is linked."""
    yield Outcome(world._replace(table=1))


def lock_vma_write(world: World, me: int) -> Outcomes:
    """Write-lock the VMA lock: waits for every reader."""
    if world.vma_writer == NOBODY and not any(task.vma for task in world.tasks):
        yield Outcome(world._replace(vma_writer=me))


def unlock_vma_write(world: World, me: int) -> Outcomes:
    """Give it back."""
    yield Outcome(world._replace(vma_writer=NOBODY))
