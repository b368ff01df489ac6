"""The pieces programs are put together from: the wait itself, the functions that call it, the environment.

Each is a program text (see `program`) whose statements stand in the order of the kernel's function, with what has
no effect in this world left out: delay accounting, pressure stalls, signals (the wait is uninterruptible).
Example: `wait("unlock_ptl")` is the wait that drops the lock it is given, and nothing else.
"""


def wait(release: str) -> str:
    """Wait on the folio of an entry; `release` is what happens when the waiter stands in the queue."""
    return f"""
        find_folio
        lock_queue
        set_waiters
        test_locked -> queued
        enqueue
    queued:
        unlock_queue
        {release}
    sleep:
        set_state
        load_flags -> woken
        schedule
        asleep
        goto sleep
    woken:
        finish_wait -> done
        lock_queue
        dequeue
        unlock_queue
    done:
        leave_wait
    """


WAIT_UNMAP = wait("unlock_ptl\nunmap")
"""Up to v6.4, given a mapped pte."""
WAIT = wait("unlock_ptl")
"""Since v6.5; before, given NULL."""

FAULT_STAYS = f"""
    map_table
    lock_ptl
    read_entry
    test_entry -> out
    {WAIT_UNMAP}
    goto out_of_it
out:
    unlock_ptl
    unmap
out_of_it:
"""
"""The fault handler's wait up to v6.4."""

MAP_LOCK_RCU = """
again:
    try_map_pair -> mapped
    lock_ptl
    check_pmd -> changed
    goto mapped
changed:
    unlock_ptl
    unmap
    goto again
mapped:
"""
"""Map and lock since v6.5: the table may have gone in between."""

FAULT_RCU = f"""
again:
    try_map_pair -> out_of_it
    lock_ptl
    check_pmd -> changed
    read_entry
    unmap
    test_entry -> out
    {WAIT}
    goto out_of_it
changed:
    unlock_ptl
    unmap
    goto again
out:
    unlock_ptl
out_of_it:
"""
"""The fault handler's wait since v6.5."""

FAULT_PMD = f"""
    lock_ptl
    read_direct
    test_entry -> out
    {WAIT}
    goto out_of_it
out:
    unlock_ptl
out_of_it:
"""
"""The wait for a PMD entry."""

FAULT_COPY = f"""
    nothing@lock_other
    test_entry -> out
    {wait("nothing@unlock_other")}
    goto out_of_it
out:
    nothing@unlock_other
out_of_it:
"""
"""The same, given the address of a copy: it locks what is not the entry's lock, and reads what does not change."""

FAULT_HUGE = f"""
    need_vma
    lock_ptl
    read_direct@read_huge
    test_entry -> out
    unlock_vma
    {WAIT}
    goto out_of_it
out:
    unlock_ptl
    unlock_vma
out_of_it:
"""
"""The wait for a hugetlb entry: drops the VMA lock once the entry is known to be there."""

MIGRATOR = """
start:
    ?isolate
    lock_folio
    lock_walk -> unmapped
    install_entry
    unlock_ptl
unmapped:
    check_refs -> failed
    lock_walk -> unlock
    remove_to_new
    unlock_ptl
    goto unlock
failed:
    lock_walk -> unlock
    remove_to_old
    unlock_ptl
unlock:
    unlock_folio -> put
    lock_queue
next:
    pick_waiter -> walked
    set_woken
    wake_up
    unlink_waiter
    goto next
walked:
    clear_waiters
    unlock_queue
put:
    put_folio
    goto start
"""
"""Migrates the folio, or fails, again and again."""

ALLOCATOR = """
start:
    ?reuse
    goto start
"""

REMOVER_RCU = """
start:
    ?lock_walk -> start
    unlink
    unlock_ptl
    free_after_grace
    new_table
    goto start
"""
"""Removes the page table, frees it after a grace period."""

REMOVER_HUGE = """
start:
    ?lock_vma_write
    lock_walk -> gone
    unlink@unshare
    unlock_ptl
    free_at_once
gone:
    unlock_vma_write
    new_table
    goto start
"""
"""Unshares a hugetlb page table: under the VMA lock, freed at once."""

OTHER_WAKER = """
start:
    ?lock_queue
    unlock_queue
    goto start
"""
"""Somebody who wakes waiters of another folio that has the same wait queue."""
