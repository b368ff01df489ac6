"""Violations: everything that can go wrong in the model, a closed set.

A violation is named once, here; rules name it in `violates`, automata and timelines carry it.  What it means
is said without any kernel function's name, those are in `kernel.toml`.  Example:

    Violation("folio-uaf").meaning == "a folio is touched after its last reference was dropped"
"""

from enum import StrEnum


class Violation(StrEnum):
    """One kind of violation; the value is its name in rule files, automata and on the command line."""

    FOLIO_UAF = "folio-uaf"
    WAITENTRY_UAF = "waitentry-uaf"
    PGTABLE_UAF = "pgtable-uaf"
    LOST_WAKEUP = "lost-wakeup"
    QUEUE_RACE = "queue-race"
    SLEEP_ATOMIC = "sleep-atomic"
    SLEEP_MAPPED = "sleep-mapped"
    UNLOCK_NOT_OWNER = "unlock-not-owner"
    SELF_DEADLOCK = "self-deadlock"
    UNMAP_UNMAPPED = "unmap-unmapped"
    UNMAP_ORDER = "unmap-order"
    PTE_USE_UNMAPPED = "pte-use-unmapped"
    MAP_TWICE = "map-twice"
    LEAK_LOCK = "leak-lock"
    LEAK_MAP = "leak-map"
    LEAK_VMA_LOCK = "leak-vma-lock"
    LEAK_REF = "leak-ref"
    NULL_USE = "null-use"
    ENTRY_UNREAD = "entry-unread"
    NOT_MIGRATION_ENTRY = "not-migration-entry"
    VMA_LOCK_NOT_HELD = "vma-lock-not-held"
    ENTRY_UNLOCKED = "entry-unlocked"
    MIGRATION_FAILED = "migration-failed"
    LIVELOCK = "livelock"

    @property
    def meaning(self) -> str:
        """One clause that says what happens."""
        return _MEANING[self]


_MEANING = {
    Violation.FOLIO_UAF: "a folio is touched after its last reference was dropped",
    Violation.WAITENTRY_UAF: "a wait entry is touched after the waiter's stack frame has gone",
    Violation.PGTABLE_UAF: "a page table, or the lock in it, is touched after it was freed",
    Violation.LOST_WAKEUP: "a waiter sleeps and nobody is left to wake it",
    Violation.QUEUE_RACE: "the wait queue is changed without its lock",
    Violation.SLEEP_ATOMIC: "a task sleeps while it holds a spinlock",
    Violation.SLEEP_MAPPED: "a task sleeps while it has a page table mapped",
    Violation.UNLOCK_NOT_OWNER: "a lock is released by a task that does not hold it",
    Violation.SELF_DEADLOCK: "a task takes a lock that it holds already",
    Violation.UNMAP_UNMAPPED: "what is not mapped is unmapped",
    Violation.UNMAP_ORDER: "mappings are undone in another order than last in, first out",
    Violation.PTE_USE_UNMAPPED: "a page table entry is accessed through a pointer that is not mapped",
    Violation.MAP_TWICE: "the only pointer to a mapping is overwritten by another mapping",
    Violation.LEAK_LOCK: "a function returns with the page-table lock held",
    Violation.LEAK_MAP: "a function returns with a page table mapped",
    Violation.LEAK_VMA_LOCK: "a function returns with the VMA lock held",
    Violation.LEAK_REF: "a function returns with a folio reference held",
    Violation.NULL_USE: "the result of a map that failed is used",
    Violation.ENTRY_UNREAD: "an entry is used before it was read",
    Violation.NOT_MIGRATION_ENTRY: "a wait is given an entry that is no migration entry",
    Violation.VMA_LOCK_NOT_HELD: "a hugetlb wait is called without the VMA lock it drops",
    Violation.ENTRY_UNLOCKED: "a migration entry is visible while its folio is not locked",
    Violation.MIGRATION_FAILED: "a migration fails because of a reference that a waiter took",
    Violation.LIVELOCK: "tasks run for ever and none comes nearer to its end",
}
