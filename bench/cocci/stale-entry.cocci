// A wait is given an entry that was read before the lock was taken.
@waits@
@@
  \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(...)

@depends on waits@
expression entry, l, x;
identifier conv = {pte_to_swp_entry, pmd_to_swp_entry, softleaf_from_pte, softleaf_from_pmd};
identifier read = {ptep_get, ptep_get_lockless, pmdp_get, pmdp_get_lockless, huge_ptep_get};
identifier take = {folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave, spin_trylock,
  spin_trylock_irq, spin_trylock_irqsave, spin_trylock_bh, raw_spin_trylock, raw_spin_trylock_irq,
  raw_spin_trylock_irqsave, arch_spin_trylock, read_trylock, write_trylock};
identifier get = {pmd_lock, pud_lock, huge_pte_lock, pmd_trans_huge_lock, __pmd_trans_huge_lock,
  pud_trans_huge_lock, __pud_trans_huge_lock};
identifier map = {pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock, get_locked_pte};
identifier same = {pte_same, pmd_same, pud_same, huge_pte_same};
@@
(
  entry = conv(...)
|
  entry = read(...)
|
  entry = *x
)
  ... when != entry = ...
(
  take(l, ...)
|
  l = get(...)
|
  map(..., &l)
)
  ... when != entry = ...
      when != same(entry, ...)
      when != same(..., entry)
(
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(entry, ..., l)
|
* \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(conv(entry), ..., l)
)
