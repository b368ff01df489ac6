// A wait is given an entry that was not found to be a migration entry; a test, one that was never read.
@waits@
@@
  \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(...)

@depends on waits@
expression entry;
identifier conv = {pte_to_swp_entry, pmd_to_swp_entry, softleaf_from_pte, softleaf_from_pmd};
identifier test = {is_migration_entry, is_pmd_migration_entry, is_hugetlb_entry_migration,
  is_writable_migration_entry, is_readable_migration_entry, softleaf_is_migration, pmd_is_migration_entry};
@@
  entry = conv(...)
  ... when != test(entry)
      when != entry = ...
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(entry, ...)

// The entry is read where the lock is taken, and asked about under the name that it has in the table.
@depends on waits@
expression l, x;
identifier get = {pmd_lock, pud_lock, huge_pte_lock, pmd_trans_huge_lock, __pmd_trans_huge_lock,
  pud_trans_huge_lock, __pud_trans_huge_lock};
identifier conv = {pte_to_swp_entry, pmd_to_swp_entry, softleaf_from_pte, softleaf_from_pmd};
identifier test = {is_migration_entry, is_pmd_migration_entry, is_hugetlb_entry_migration,
  is_writable_migration_entry, is_readable_migration_entry, softleaf_is_migration, pmd_is_migration_entry};
@@
  l = get(...)
  ... when != test(x)
      when != test(conv(x))
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(conv(x), ..., l)

// The wrong arm of the test.
@depends on waits@
expression entry;
identifier conv = {pte_to_swp_entry, pmd_to_swp_entry, softleaf_from_pte, softleaf_from_pmd};
identifier test = {is_migration_entry, is_pmd_migration_entry, is_hugetlb_entry_migration,
  is_writable_migration_entry, is_readable_migration_entry, softleaf_is_migration, pmd_is_migration_entry};
@@
(
  if (!test(entry)) {
  ... when != entry = ...
(
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(entry, ...);
|
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(conv(entry), ...);
)
  ...
  }
|
  if (test(entry)) {
  ...
  return ...;
  }
  ... when != entry = ...
(
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(entry, ...);
|
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(conv(entry), ...);
)
)

// A declaration without a value is not one that has one.
@asked@
@@
  \(is_migration_entry\|softleaf_is_migration\|migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(...)

@initialised depends on asked@
typedef swp_entry_t, softleaf_t;
identifier entry;
expression e;
position p;
@@
  \(swp_entry_t entry@p = e;\|softleaf_t entry@p = e;\)

@depends on asked@
identifier entry;
position p != initialised.p;
@@
  \(swp_entry_t entry@p;\|softleaf_t entry@p;\)
  ... when != entry = ...
      when != &entry
(
* \(is_migration_entry\|softleaf_is_migration\)(entry)
|
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(entry, ...)
)
