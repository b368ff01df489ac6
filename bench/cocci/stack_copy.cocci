// The address of a local copy, where a pointer into the live page table is needed.
@@
typedef pmd_t;
identifier copy;
expression mm;
@@
  pmd_t copy;
  ...
* pmd_migration_entry_wait(mm, &copy)
