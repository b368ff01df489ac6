// A lock is given back, or a section left, that is not held any more: a wait or an unlock did it before.
@@
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
      when != bit_spin_lock(..., l)
      when != l = ...
      when != map(..., &l)
(
* give(l, ...);
|
* pte_unmap_unlock(..., l);
)

@@
expression l;
identifier take = {mutex_lock, mutex_lock_nested, mutex_lock_nest_lock, mutex_lock_io,
  srcu_read_lock, lock_sock, write_seqcount_begin, raw_write_seqcount_begin, rt_mutex_lock,
  anon_vma_lock_read, anon_vma_lock_write, i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested,
  inode_lock_shared, filemap_invalidate_lock, filemap_invalidate_lock_shared, down_read, down_read_nested,
  down_read_non_owner, down_write, down_write_nested, down_write_nest_lock, percpu_down_read, percpu_down_write,
  hugetlb_zap_begin, vma_pgtable_walk_begin, mmap_read_lock, mmap_write_lock, mmap_write_lock_nested,
  hugetlb_vma_lock_read, hugetlb_vma_lock_write, mutex_trylock, rt_mutex_trylock, anon_vma_trylock_read,
  i_mmap_trylock_read, i_mmap_trylock_write, inode_trylock, down_read_trylock, down_write_trylock,
  percpu_down_read_trylock, mutex_lock_interruptible, mutex_lock_interruptible_nested, mutex_lock_killable,
  mutex_lock_killable_nested, ww_mutex_lock, ww_mutex_lock_interruptible, down_read_interruptible,
  down_read_killable, down_read_killable_nested, down_write_killable, down_write_killable_nested, mmap_read_trylock,
  mmap_write_trylock, hugetlb_vma_trylock_write, vma_start_read, mmap_read_lock_killable, mmap_write_lock_killable};
identifier give = {mutex_unlock,
  release_sock, write_seqcount_end, raw_write_seqcount_end, srcu_read_unlock, rt_mutex_unlock, ww_mutex_unlock, anon_vma_unlock_read, anon_vma_unlock_write,
  i_mmap_unlock_read, i_mmap_unlock_write, inode_unlock, inode_unlock_shared, filemap_invalidate_unlock,
  filemap_invalidate_unlock_shared, up_read, up_read_non_owner, up_write, percpu_up_read, percpu_up_write,
  hugetlb_zap_end, vma_pgtable_walk_end, mmap_read_unlock, mmap_read_unlock_non_owner, mmap_write_unlock,
  vma_end_read, hugetlb_vma_unlock_read, hugetlb_vma_unlock_write};
@@
  give(l, ...);
  ... when != take(l, ...)
      when != l = ...
* give(l, ...);

@@
expression folio;
identifier take = {folio_lock, __folio_lock, lock_page, folio_trylock, trylock_page, folio_lock_killable,
  lock_page_killable};
@@
  \(folio_unlock\|unlock_page\)(folio);
  ... when != take(folio)
      when != folio = ...
* \(folio_unlock\|unlock_page\)(folio);

// The lookup names the lock, and does not take it.
@@
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
identifier map = {pte_offset_map_nolock, pte_offset_map_ro_nolock, pte_offset_map_rw_nolock};
identifier lockptr = {pte_lockptr, pmd_lockptr, pud_lockptr, huge_pte_lockptr};
@@
(
  map(..., &l)
|
  l = lockptr(...)
)
  ... when != take(l, ...)
      when != drop(..., l)
      when != l = ...
(
* give(l, ...);
|
* pte_unmap_unlock(..., l);
)

@@
identifier off = {preempt_disable, get_cpu, local_bh_disable, migrate_disable, cpus_read_lock, rtnl_lock};
identifier on = {preempt_enable, preempt_enable_no_resched, put_cpu, local_bh_enable, migrate_enable,
  cpus_read_unlock, rtnl_unlock};
identifier enter = {arch_enter_lazy_mmu_mode, lazy_mmu_mode_enable};
identifier leave = {arch_leave_lazy_mmu_mode, lazy_mmu_mode_disable};
@@
(
  rcu_read_unlock();
  ... when != rcu_read_lock()
* rcu_read_unlock();
|
  on();
  ... when != off()
* on();
|
  leave();
  ... when != enter()
* leave();
|
  pagefault_enable();
  ... when != pagefault_disable()
* pagefault_enable();
|
  idr_preload_end();
  ... when != idr_preload(...)
* idr_preload_end();
)
