// The address of a copy is given where a pointer into the live page table is needed.
@live@
@@
  \(pmd_lock\|pud_lock\|pmd_lockptr\|pud_lockptr\|pmd_trans_huge_lock\|__pmd_trans_huge_lock\|pud_trans_huge_lock\|
    __pud_trans_huge_lock\|huge_pte_lock\|huge_pte_lockptr\|pmd_install\|split_huge_pmd\|__split_huge_pmd\|
    zap_huge_pmd\|change_huge_pmd\|move_huge_pmd\|copy_huge_pmd\|migration_entry_wait\|__migration_entry_wait\|
    migration_entry_wait_huge\|pmd_migration_entry_wait\|migration_entry_wait_on_locked\)(...)

@depends on live@
typedef pte_t, pmd_t, pud_t;
local idexpression {pte_t, pmd_t, pud_t} copy;
identifier fn = {pmd_lock, pud_lock, pmd_lockptr, pud_lockptr, pmd_trans_huge_lock, __pmd_trans_huge_lock,
  pud_trans_huge_lock, __pud_trans_huge_lock, huge_pte_lock, huge_pte_lockptr, pmd_install, split_huge_pmd,
  __split_huge_pmd, zap_huge_pmd, change_huge_pmd, move_huge_pmd, copy_huge_pmd, migration_entry_wait,
  __migration_entry_wait, migration_entry_wait_huge, pmd_migration_entry_wait, migration_entry_wait_on_locked};
@@
* fn(..., &copy, ...)

@depends on live@
local idexpression {pte_t, pmd_t, pud_t} copy;
expression seen;
identifier fn = {pmd_lock, pud_lock, pmd_lockptr, pud_lockptr, pmd_trans_huge_lock, __pmd_trans_huge_lock,
  pud_trans_huge_lock, __pud_trans_huge_lock, huge_pte_lock, huge_pte_lockptr, pmd_install, split_huge_pmd,
  __split_huge_pmd, zap_huge_pmd, change_huge_pmd, move_huge_pmd, copy_huge_pmd, migration_entry_wait,
  __migration_entry_wait, migration_entry_wait_huge, pmd_migration_entry_wait, migration_entry_wait_on_locked};
@@
  seen = &copy
  ... when != seen = ...
* fn(..., seen, ...)

// Without headers the type of a member is not known, but its name is.
@depends on live@
expression e;
identifier member = {orig_pte, orig_pmd, orig_pud};
identifier fn = {pmd_lock, pud_lock, pmd_lockptr, pud_lockptr, pmd_trans_huge_lock, __pmd_trans_huge_lock,
  pud_trans_huge_lock, __pud_trans_huge_lock, huge_pte_lock, huge_pte_lockptr, pmd_install, split_huge_pmd,
  __split_huge_pmd, zap_huge_pmd, change_huge_pmd, move_huge_pmd, copy_huge_pmd, migration_entry_wait,
  __migration_entry_wait, migration_entry_wait_huge, pmd_migration_entry_wait, migration_entry_wait_on_locked};
@@
* fn(..., \(&e->member\|&e.member\), ...)
