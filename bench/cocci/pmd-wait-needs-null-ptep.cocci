// A wait is given a pointer of the wrong kind: of another level, not mapped, or NULL where one is mapped.
@casts@
expression e;
typedef pte_t, pmd_t;
@@
(
* \(__migration_entry_wait\|migration_entry_wait_on_locked\)(..., \((pte_t *)e\|(pte_t *)&e\), ...)
|
* \(migration_entry_wait\|pmd_migration_entry_wait\)(..., (pmd_t *)e, ...)
)

@@
expression mm;
@@
* \(migration_entry_wait\|__migration_entry_wait\|pmd_migration_entry_wait\)(mm, NULL, ...)

// Entries of hugetlb are not mapped.
@@
expression pte;
@@
  pte = \(huge_pte_offset\|hugetlb_walk\|huge_pte_alloc\)(...)
  ... when != pte = ...
* \(__migration_entry_wait\|migration_entry_wait_on_locked\)(..., pte, ...)

// Nor is what has been unmapped.
@@
expression pte, entry, l;
@@
  pte_unmap(pte);
  ... when != pte = ...
* \(__migration_entry_wait\|migration_entry_wait_on_locked\)(entry, pte, l)
