"""The protocol: a fault handler that waits for a migration entry, in every form the kernel has had.

A variant is the program of the waiters and those of everybody else.  What is proven of it - no violation, no deadlock,
the end stays reachable - holds for all interleavings of one or two waiters with a migrator that repeats for ever,
an allocator, a waker of another folio and, where page tables can go, somebody who removes them.  Beside a second
waiter the other waker is left out: both only contend for the queue's lock.
Example:

    verdict("v6.5", waiters=2).kinds == frozenset()
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from kpatchlint.model.explore import Result, explore
from kpatchlint.model.fragment import (
    ALLOCATOR,
    FAULT_HUGE,
    FAULT_PMD,
    FAULT_RCU,
    FAULT_STAYS,
    MIGRATOR,
    OTHER_WAKER,
    REMOVER_HUGE,
    REMOVER_RCU,
    WAIT,
    wait,
)
from kpatchlint.model.kinds import Violation
from kpatchlint.model.program import assemble
from kpatchlint.model.system import System
from kpatchlint.model.world import World, start

WAITER = "fault handler"
MIGRATOR_NAME = "migrator"

_WITH_REF = """
    map_table
    lock_ptl
    read_entry
    test_entry -> out
    get_ref -> out
    unlock_ptl
    unmap
    {waiting}
    goto out_of_it
out:
    unlock_ptl
    unmap
out_of_it:
    finish
"""
_WAIT_HOLDING_REF = """
    find_folio
again:
    lock_queue
    enqueue_once
    set_waiters
    set_state
    unlock_queue
    if_unlocked -> unlocked
    schedule
    asleep
    if_unlocked -> unlocked
    goto again
unlocked:
    finish_wait -> done
    lock_queue
    dequeue
    unlock_queue
done:
    leave_wait
    put_ref
"""
_HUGE_LOCKLESS = f"""
    walk@walk_lockless
    read_direct@read_huge
    test_entry -> out_of_it
    lock_ptl
    read_direct@read_huge
    test_entry -> out
    {WAIT}
    goto out_of_it
out:
    unlock_ptl
out_of_it:
    finish
"""
_HUGE = f"""
    lock_vma
    walk
    read_direct@read_huge
    test_entry -> nothing_there
    {FAULT_HUGE.replace("out_of_it", "waited").replace("out:", "other:").replace("-> out", "-> other")}
    goto out_of_it
nothing_there:
    unlock_vma
out_of_it:
    finish
"""
_DEVICE = """
    nothing
retry:
    map_table
    lock_ptl
    read_entry
    test_entry@test_device -> out
    try_lock_folio@trylock_folio -> busy
    goto out
busy:
    {busy}
out:
    unlock_ptl
    unmap
out_of_it:
    finish
"""
_DEVICE_MIGRATOR = (
    MIGRATOR.replace("lock_folio\n", "lock_folio\n    drain\n    may_fail -> unlock\n", 1)
    .replace("    install_entry\n", "    zap_device\n")
    .replace(MIGRATOR[MIGRATOR.index("unmapped:") : MIGRATOR.index("unlock:\n")], "unmapped:\n")
    .replace("lock_walk -> unmapped", "lock_walk -> unlock")
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One form of the protocol.

    waiter   the program text of the fault handlers
    others   name and program text of everybody else; the migrator comes first
    expect   the violations it is known to have
    pte      what the entry is in the beginning
    """

    name: str
    title: str
    waiter: str
    others: Mapping[str, str]
    expect: frozenset[Violation] = frozenset()
    pte: str = "present"

    def system(self, waiters: int = 1) -> System:
        """The tasks of this variant, with that many waiters."""
        numbers = [f" {i + 1}" if waiters > 1 else "" for i in range(waiters)]
        others = {name: text for name, text in self.others.items() if waiters == 1 or text != OTHER_WAKER}
        names = (*(WAITER + number for number in numbers), *others)
        programs = (*(assemble(self.waiter) for _ in numbers), *map(assemble, others.values()))
        return System(names, programs, start(len(programs), self.pte), waiters)


def _others(remover: str = "") -> Mapping[str, str]:
    others = {MIGRATOR_NAME: MIGRATOR, "allocator": ALLOCATOR, "other waker": OTHER_WAKER}
    return others | ({"table removal": remover} if remover else {})


_LIVELOCK = frozenset({Violation.LIVELOCK})
_VARIANTS = (
    Variant(
        "pre5.0",
        "before v5.0: waits with a reference",
        _WITH_REF.format(waiting=_WAIT_HOLDING_REF),
        _others(),
    ),
    Variant(
        "pageref",
        "v5.0 to v5.16: takes a reference, drops it in the queue",
        _WITH_REF.format(waiting=wait("put_ref")),
        _others(),
    ),
    Variant("v6.1", "v5.17 to v6.4: waits under the lock, which the wait drops", FAULT_STAYS + "finish", _others()),
    Variant(
        "v6.5", "v6.5: the caller unmaps, page tables may go", FAULT_RCU + "finish", _others(REMOVER_RCU)
    ),
    Variant("pmd", "PMD entries", FAULT_PMD + "finish", _others()),
    Variant(
        "hugetlb-v6.1",
        "hugetlb up to v6.1: the table is looked at without a lock",
        _HUGE_LOCKLESS,
        _others(REMOVER_HUGE),
        frozenset({Violation.PGTABLE_UAF}),
    ),
    Variant("hugetlb", "hugetlb since v6.2: the wait drops the VMA lock", _HUGE, _others(REMOVER_HUGE)),
    Variant(
        "devpriv-spin",
        "device-private entries before v7.0: fault again until the folio is unlocked",
        _DEVICE.format(busy="unlock_ptl\nunmap\ngoto retry"),
        {**_others(), MIGRATOR_NAME: _DEVICE_MIGRATOR},
        _LIVELOCK,
        "device",
    ),
    Variant(
        "devpriv-wait",
        "device-private entries since v7.0: wait for the folio lock",
        _DEVICE.format(busy=f"unmap\n{WAIT}\ngoto out_of_it"),
        {**_others(), MIGRATOR_NAME: _DEVICE_MIGRATOR},
        pte="device",
    ),
)
VARIANTS: Mapping[str, Variant] = {variant.name: variant for variant in _VARIANTS}
"""Every variant by its name."""


def strict(variant: Variant) -> Variant:
    """The variant in which it is a violation that a waiter's reference makes a migration fail."""
    migrator = variant.others[MIGRATOR_NAME].replace("check_refs ", "check_refs_strict ")
    return replace(variant, name=f"{variant.name}-strict", others={**variant.others, MIGRATOR_NAME: migrator})


SOMETIMES: Mapping[str, Callable[[World], bool]] = {
    "a waiter sleeps": lambda world: any(task.state == "sleeping" for task in world.tasks),
    "a waiter stands in the queue": lambda world: bool(world.queue),
    "a waiter is woken": lambda world: any(task.woken for task in world.tasks),
    "the folio is freed": lambda world: not world.alive,
    "a lock is contended": lambda world: world.ptl >= 0 and world.queue_lock >= 0,
}
"""What must happen somewhere in every variant that waits, or its verdict says nothing."""


def verdict(variant: Variant, waiters: int = 1) -> Result[World]:
    """What exploring `variant` with that many waiters finds."""
    return explore(variant.system(waiters), SOMETIMES)
