// A wait that drops a lock which is not held: given back before, only named by a lookup, or not taken.
// What must stand in a file comes first, by its name: a file without it is not parsed.
@waits@
@@
  \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(...)

@depends on waits@
expression l;
identifier take = {folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave, spin_trylock,
  spin_trylock_irq, spin_trylock_irqsave, spin_trylock_bh, raw_spin_trylock, raw_spin_trylock_irq,
  raw_spin_trylock_irqsave, arch_spin_trylock, read_trylock, write_trylock};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
identifier map = {pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock, get_locked_pte,
  pte_offset_map_nolock, pte_offset_map_ro_nolock, pte_offset_map_rw_nolock};
@@
(
  give(l, ...);
|
  drop(..., l);
|
  pte_unmap_unlock(..., l);
)
  ... when != take(l, ...)
      when != l = ...
      when != map(..., &l)
* drop(..., l);

@depends on waits@
expression l;
identifier take = {folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave, spin_trylock,
  spin_trylock_irq, spin_trylock_irqsave, spin_trylock_bh, raw_spin_trylock, raw_spin_trylock_irq,
  raw_spin_trylock_irqsave, arch_spin_trylock, read_trylock, write_trylock};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
identifier map = {pte_offset_map_nolock, pte_offset_map_ro_nolock, pte_offset_map_rw_nolock};
identifier lockptr = {pte_lockptr, pmd_lockptr, pud_lockptr, huge_pte_lockptr};
@@
(
  map(..., &l)
|
  l = lockptr(...)
)
  ... when != take(l, ...)
      when != l = ...
* drop(..., l);

@depends on waits@
expression l, e;
identifier maybe = {pmd_trans_huge_lock, __pmd_trans_huge_lock, pud_trans_huge_lock, __pud_trans_huge_lock};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
@@
  l = maybe(...)
  ... when != l = ...
  if (\(!l\|!l && e\)) {
  ...
* drop(..., l);
  ...
  }

@@
expression vma;
identifier huge = {migration_entry_wait_huge, __migration_entry_wait_huge};
@@
  hugetlb_vma_unlock_read(vma);
  ... when != hugetlb_vma_lock_read(vma)
* huge(vma, ...);
