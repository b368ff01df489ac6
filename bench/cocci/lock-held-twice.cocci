// A lock is taken that is already held, a mapping overwritten, a lazy MMU mode entered within one.
@@
expression l;
statement S;
identifier take = {folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave, mutex_lock,
  mutex_lock_nested, mutex_lock_nest_lock, mutex_lock_io,
  lock_sock, write_seqcount_begin, raw_write_seqcount_begin, rt_mutex_lock, hugetlb_zap_begin, vma_pgtable_walk_begin,
  mmap_read_lock, mmap_write_lock, mmap_write_lock_nested, hugetlb_vma_lock_read, hugetlb_vma_lock_write,
  folio_lock, __folio_lock, lock_page};
identifier again = {folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave, mutex_lock,
  mutex_lock_nested, mutex_lock_nest_lock, mutex_lock_io,
  lock_sock, write_seqcount_begin, raw_write_seqcount_begin, rt_mutex_lock, hugetlb_zap_begin, vma_pgtable_walk_begin,
  mmap_read_lock, mmap_write_lock, mmap_write_lock_nested, hugetlb_vma_lock_read, hugetlb_vma_lock_write,
  folio_lock, __folio_lock, lock_page};
identifier trying = {spin_trylock, spin_trylock_irq, spin_trylock_irqsave, spin_trylock_bh, raw_spin_trylock,
  raw_spin_trylock_irq, raw_spin_trylock_irqsave, arch_spin_trylock, read_trylock, write_trylock, mutex_trylock,
  rt_mutex_trylock, mmap_read_trylock, mmap_write_trylock, hugetlb_vma_trylock_write, vma_start_read};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore, mutex_unlock,
  release_sock, write_seqcount_end, raw_write_seqcount_end, rt_mutex_unlock, ww_mutex_unlock, hugetlb_zap_end,
  vma_pgtable_walk_end, mmap_read_unlock, mmap_read_unlock_non_owner, mmap_write_unlock, vma_end_read,
  hugetlb_vma_unlock_read, hugetlb_vma_unlock_write, folio_unlock, unlock_page};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
@@
(
  take(l, ...);
|
  if (!trying(l, ...)) S
)
  ... when != give(l, ...)
      when != pte_unmap_unlock(..., l)
      when != drop(..., l)
      when != l = ...
* again(l, ...);

@tables@
@@
  \(pte_offset_map\|__pte_offset_map\|pte_offset_map_nolock\|pte_offset_map_ro_nolock\|pte_offset_map_rw_nolock\|
    pte_alloc_map\|pte_offset_map_lock\|__pte_offset_map_lock\|pte_alloc_map_lock\|get_locked_pte\)(...)

@pages@
@@
  \(kmap_local_page\|kmap_local_page_prot\|kmap_local_folio\|kmap_local_pfn\|kmap_atomic\|kmap_atomic_prot\|
    kmap_atomic_pfn\)(...)

// The lock of a table, taken again by its name or by a callee.
@@
expression mm, pmd, l;
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
identifier takes = {pmd_migration_entry_wait, pmd_install, pmd_lock, pud_lock};
@@
  l = \(pmd_lock\|pud_lock\)(mm, pmd)
  ... when != give(l, ...)
      when != drop(..., l)
      when != l = ...
(
* spin_lock(\(pmd_lockptr\|pud_lockptr\)(mm, pmd));
|
* takes(mm, pmd, ...)
)

@depends on tables@
expression mm, pmd, pte, l;
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
identifier maplock = {pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock, get_locked_pte};
@@
  pte = maplock(mm, pmd, ..., &l)
  ... when != give(l, ...)
      when != drop(..., l)
      when != pte_unmap_unlock(..., l)
(
* migration_entry_wait(mm, pmd, ...);
|
* __migration_entry_wait(..., l);
)

@@
expression pte, l;
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
@@
  l = huge_pte_lock(..., pte)
  ... when != give(l, ...)
      when != l = ...
* migration_entry_wait_huge(..., pte);

@@
expression l;
identifier take = {folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
@@
  take(l, ...);
  ... when != give(l, ...)
      when != drop(..., l)
* __migration_entry_wait(..., l);

// The only pointer to a mapping is overwritten.
@depends on tables@
expression pte, other;
statement S;
identifier map = {__pte_map, pte_offset_map, __pte_offset_map, pte_offset_map_nolock, pte_offset_map_ro_nolock,
  pte_offset_map_rw_nolock, pte_alloc_map, pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock,
  get_locked_pte};
identifier map2 = {__pte_map, pte_offset_map, __pte_offset_map, pte_offset_map_nolock, pte_offset_map_ro_nolock,
  pte_offset_map_rw_nolock, pte_alloc_map, pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock,
  get_locked_pte};
@@
  pte = map(...)
  ... when != pte = ...
  if (!pte) S
  ... when != pte_unmap(...)
      when != pte_unmap_unlock(...)
      when != other = pte
* pte = map2(...)

@depends on pages@
expression to, other;
identifier kmap = {kmap_local_page, kmap_local_page_prot, kmap_local_folio, kmap_local_pfn, kmap_atomic,
  kmap_atomic_prot, kmap_atomic_pfn};
identifier kmap2 = {kmap_local_page, kmap_local_page_prot, kmap_local_folio, kmap_local_pfn, kmap_atomic,
  kmap_atomic_prot, kmap_atomic_pfn};
@@
  to = kmap(...)
  ... when != kunmap_local(...)
      when != kunmap_atomic(...)
      when != other = to
* to = kmap2(...)

@@
@@
  rtnl_lock();
  ... when != rtnl_unlock()
* rtnl_lock();

@@
@@
  idr_preload(...);
  ... when != idr_preload_end()
* idr_preload(...);

@@
@@
  arch_enter_lazy_mmu_mode();
  ... when != arch_leave_lazy_mmu_mode()
* arch_enter_lazy_mmu_mode();
