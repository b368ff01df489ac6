// A reference to the folio of a migration entry is held while its migration is waited for.
@@
expression f, entry;
identifier lockwait = {folio_wait_bit, folio_wait_bit_killable, folio_lock, folio_lock_killable, __folio_lock,
  lock_page, lock_page_killable, folio_wait_locked, folio_wait_locked_killable, wait_on_page_locked};
identifier wait = {migration_entry_wait, __migration_entry_wait, migration_entry_wait_huge,
  __migration_entry_wait_huge, pmd_migration_entry_wait, put_and_wait_on_page_locked, folio_put_wait_locked,
  migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
@@
  f = \(\(migration_entry_to_page\|device_private_entry_to_page\|pfn_swap_entry_to_page\|pfn_swap_entry_folio\|
         softleaf_to_page\|softleaf_to_folio\)(entry)\|
        page_folio(\(migration_entry_to_page\|pfn_swap_entry_to_page\|softleaf_to_page\)(entry))\)
  ... when != f = ...
  \(get_page\|get_page_unless_zero\|try_get_page\|folio_get\|folio_try_get\)(f)
  ... when != \(put_page\|folio_put\)(f)
      when != f = ...
(
* lockwait(f)
|
* wait(...)
)
