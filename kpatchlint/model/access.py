"""Operations of a caller: page-table lock, mappings, entries, functions, the VMA lock of hugetlb.

Assumption: a map that may fail may do so whatever the caller holds; no contract promises more.  Example:

    [o.note for o in read_entry(start(1), 0)] == ["ptep is not mapped"]
"""

from kpatchlint.model.kinds import Violation
from kpatchlint.model.operation import Outcome, Outcomes, bad, frame_of, mine, variable
from kpatchlint.model.world import NOBODY, Frame, Task, World, with_task

_FAILED = ("null", "failed")


def lock_ptl(world: World, me: int) -> Outcomes:
    """Take the lock of the table the task looks at, or of the linked one."""
    if me in (world.ptl, world.old_ptl):
        yield bad(world, Violation.SELF_DEADLOCK, "held already, spins for ever")
        return
    table = frame_of(world, me).table
    if table == "freed":
        yield bad(world, Violation.PGTABLE_UAF, "page table and its lock already freed")
    elif table == "old" and world.old_ptl == NOBODY:
        yield Outcome(world._replace(old_ptl=me))
    elif table != "old" and world.ptl == NOBODY:
        yield Outcome(world._replace(ptl=me))


def unlock_ptl(world: World, me: int) -> Outcomes:
    """Give back whichever page-table lock the task holds."""
    if frame_of(world, me).ptep == "failed":
        yield bad(world, Violation.NULL_USE, "ptl was not set, the map failed")
    elif world.old_ptl == me and not world.old:
        yield bad(world, Violation.PGTABLE_UAF, "page table and its lock already freed")
    elif world.old_ptl == me:
        yield Outcome(world._replace(old_ptl=NOBODY))
    elif world.ptl == me:
        yield Outcome(world._replace(ptl=NOBODY))
    elif world.ptl == NOBODY:
        yield bad(world, Violation.UNLOCK_NOT_OWNER, "nobody holds it")
    else:
        yield bad(world, Violation.UNLOCK_NOT_OWNER, "another task holds it", graver=True)


def check_pmd(world: World, me: int) -> Outcomes:
    """Jump if the table was unlinked between map and lock."""
    yield Outcome(world, jump=frame_of(world, me).table != "here")


# Mappings


def _with_maps(world: World, me: int, maps: tuple[str, ...]) -> World:
    return with_task(world, me, world.tasks[me]._replace(maps=maps))


def _own(world: World, me: int) -> str:
    """The name of the mapping that the function a task is in makes."""
    return "p" if len(world.tasks[me].frames) == 1 else "c"


def _try_map(world: World, me: int, failure: str, may_fail: bool) -> Outcomes:
    name, maps = _own(world, me), world.tasks[me].maps
    if name in maps:
        yield bad(world, Violation.MAP_TWICE, "overwrites the only pointer to a mapping")
        return
    if world.table:
        yield Outcome(variable(_with_maps(world, me, (*maps, name)), me, ptep="mapped", table="here"))
    if may_fail or not world.table:
        yield Outcome(variable(world, me, ptep=failure, table="none"), jump=True)


def map_table(world: World, me: int) -> Outcomes:
    """A map that cannot fail."""
    yield from _try_map(world, me, "null", may_fail=False)


def try_map(world: World, me: int) -> Outcomes:
    """A map that may fail, whatever the caller holds: jumps with a NULL pointer."""
    yield from _try_map(world, me, "null", may_fail=True)


def try_map_pair(world: World, me: int) -> Outcomes:
    """The map half of map-and-lock; where it fails, neither pointer nor lock is set."""
    yield from _try_map(world, me, "failed", may_fail=True)


def map_if_linked(world: World, me: int) -> Outcomes:
    """A map that fails only where the table is gone, for a weaker environment."""
    yield from _try_map(world, me, "null", may_fail=False)


def _unmap(world: World, me: int, name: str) -> Outcomes:
    maps = world.tasks[me].maps
    if name not in maps:
        yield bad(world, Violation.UNMAP_UNMAPPED, "not mapped")
    elif maps[-1] != name:
        yield bad(world, Violation.UNMAP_ORDER, "not the innermost mapping")
    else:
        yield Outcome(_with_maps(world, me, maps[:-1]))


def unmap(world: World, me: int) -> Outcomes:
    """Undo the function's own mapping."""
    if frame_of(world, me).ptep in _FAILED:
        yield bad(world, Violation.NULL_USE, "the map failed")
        return
    for outcome in _unmap(world, me, _own(world, me)):
        if outcome.violation:
            yield outcome
        else:
            yield Outcome(variable(outcome.world, me, ptep="none", table="none"))


def map_second(world: World, me: int) -> Outcomes:
    """A second, unrelated mapping on the same stack; it cannot fail."""
    if "d" in world.tasks[me].maps:
        yield bad(world, Violation.MAP_TWICE, "overwrites the only pointer to a mapping")
    else:
        yield Outcome(_with_maps(world, me, (*world.tasks[me].maps, "d")))


def unmap_second(world: World, me: int) -> Outcomes:
    """Undo the second mapping."""
    yield from _unmap(world, me, "d")


# Entries


def _value(world: World, me: int) -> str:
    if frame_of(world, me).table == "old" or world.pte not in ("entry", "device"):
        return "other"
    return "folio" if world.alive else "freed"


def _unusable(world: World, me: int) -> Outcome | None:
    ptep = frame_of(world, me).ptep
    if ptep in _FAILED:
        return bad(world, Violation.NULL_USE, "ptep is NULL, the map failed")
    if ptep != "mapped":
        return bad(world, Violation.PTE_USE_UNMAPPED, "ptep is not mapped")
    return None


def read_entry(world: World, me: int) -> Outcomes:
    """Read the entry through a mapped pointer."""
    yield _unusable(world, me) or Outcome(variable(world, me, entry=_value(world, me)))


def read_direct(world: World, me: int) -> Outcomes:
    """Read an entry of a level that is never mapped: PMD, PUD, hugetlb."""
    if frame_of(world, me).table == "freed":
        yield bad(world, Violation.PGTABLE_UAF, "page table already freed")
    else:
        yield Outcome(variable(world, me, entry=_value(world, me)))


def touch_entry(world: World, me: int) -> Outcomes:
    """Any other access through the mapped pointer."""
    yield _unusable(world, me) or Outcome(world)


def test_entry(world: World, me: int) -> Outcomes:
    """Jump if what was read is no migration entry."""
    entry = frame_of(world, me).entry
    if entry == "unread":
        yield bad(world, Violation.ENTRY_UNREAD, "nothing was read")
    else:
        yield Outcome(world, jump=entry == "other")


def assume_entry(world: World, me: int) -> Outcomes:
    """Go on only if it is a migration entry: one arm of a test."""
    yield from (outcome for outcome in test_entry(world, me) if not outcome.jump)


def assume_no_entry(world: World, me: int) -> Outcomes:
    """Go on only if it is none: the other arm."""
    tested = test_entry(world, me)
    yield from (outcome._replace(jump=False) for outcome in tested if outcome.violation or outcome.jump)


def assume_mapped(world: World, me: int) -> Outcomes:
    """Go on only if the pointer is not NULL."""
    if frame_of(world, me).ptep not in _FAILED:
        yield Outcome(world)


def assume_null(world: World, me: int) -> Outcomes:
    """Go on only if it is NULL."""
    if frame_of(world, me).ptep in _FAILED:
        yield Outcome(world)


# Functions


def _enter(world: World, me: int, frame: Frame) -> Outcomes:
    task = world.tasks[me]
    yield Outcome(with_task(world, me, task._replace(frames=(*task.frames, frame))))


def enter(world: World, me: int) -> Outcomes:
    """Into a callee that gets the pointer into the table."""
    yield from _enter(world, me, Frame(table=frame_of(world, me).table))


def enter_copy(world: World, me: int) -> Outcomes:
    """Into a callee that gets the address of a copy of the entry."""
    yield from _enter(world, me, Frame(entry=frame_of(world, me).entry))


def leave(world: World, me: int) -> Outcomes:
    """Back to the caller."""
    task = world.tasks[me]
    yield Outcome(with_task(world, me, task._replace(frames=task.frames[:-1])))


def _left(world: World, me: int) -> Outcomes:
    task = world.tasks[me]
    if me in (world.ptl, world.old_ptl):
        yield bad(world, Violation.LEAK_LOCK, "returns with ptl held")
    if task.maps:
        yield bad(world, Violation.LEAK_MAP, "returns with a page table mapped")
    if task.vma:
        yield bad(world, Violation.LEAK_VMA_LOCK, "returns with the VMA lock held")
    if task.refs:
        yield bad(world, Violation.LEAK_REF, "returns with a reference held")


def finish(world: World, me: int) -> Outcomes:
    """The end of the outermost function: nothing may be held."""
    yield from list(_left(world, me)) or [Outcome(with_task(world, me, Task()))]


def nothing(world: World, me: int) -> Outcomes:
    """A statement without effect in this world."""
    yield Outcome(world)


# The VMA lock of hugetlb


def lock_vma(world: World, me: int) -> Outcomes:
    """Read-lock it; a second time it deadlocks behind a writer that waits in between."""
    if me in (world.ptl, world.old_ptl):
        yield bad(world, Violation.SLEEP_ATOMIC, "may sleep with ptl held")
    elif world.tasks[me].vma:
        yield bad(world, Violation.SELF_DEADLOCK, "held already, and a writer may wait")
    elif world.vma_writer == NOBODY:
        yield Outcome(mine(world, me, vma=1))


def unlock_vma(world: World, me: int) -> Outcomes:
    """Give it back."""
    if world.tasks[me].vma:
        yield Outcome(mine(world, me, vma=0))
    else:
        yield bad(world, Violation.UNLOCK_NOT_OWNER, "the VMA lock is not held")


def need_vma(world: World, me: int) -> Outcomes:
    """Assert that it is held."""
    if world.tasks[me].vma:
        yield Outcome(world)
    else:
        yield bad(world, Violation.VMA_LOCK_NOT_HELD, "the VMA lock is not held")


def walk(world: World, me: int) -> Outcomes:
    """Look the table up, without mapping it."""
    if world.table:
        yield Outcome(variable(world, me, table="here"))
