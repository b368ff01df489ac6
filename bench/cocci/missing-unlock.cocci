// A path that leaves with a lock held, or inside a section, that the function gives back elsewhere.
@kept exists@
expression l, e, bit;
position p;
statement S;
identifier f;
identifier take = {folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave, mutex_lock,
  mutex_lock_nested, mutex_lock_nest_lock, mutex_lock_io,
  lock_sock, write_seqcount_begin, raw_write_seqcount_begin, rt_mutex_lock, anon_vma_lock_read, anon_vma_lock_write,
  i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested, inode_lock_shared, filemap_invalidate_lock,
  filemap_invalidate_lock_shared, down_read, down_read_nested, down_read_non_owner, down_write, down_write_nested,
  down_write_nest_lock, percpu_down_read, percpu_down_write, hugetlb_zap_begin, vma_pgtable_walk_begin,
  mmap_read_lock, mmap_write_lock, mmap_write_lock_nested, hugetlb_vma_lock_read, hugetlb_vma_lock_write};
identifier trying = {spin_trylock, spin_trylock_irq, spin_trylock_irqsave, spin_trylock_bh, raw_spin_trylock,
  raw_spin_trylock_irq, raw_spin_trylock_irqsave, arch_spin_trylock, read_trylock, write_trylock, mutex_trylock,
  rt_mutex_trylock, anon_vma_trylock_read, i_mmap_trylock_read, i_mmap_trylock_write, inode_trylock,
  down_read_trylock, down_write_trylock, percpu_down_read_trylock, mmap_read_trylock, mmap_write_trylock,
  hugetlb_vma_trylock_write, vma_start_read};
identifier counting = {atomic_dec_and_lock, atomic_dec_and_lock_irqsave, refcount_dec_and_lock,
  refcount_dec_and_lock_irqsave, bit_spin_trylock, atomic_dec_and_mutex_lock, refcount_dec_and_mutex_lock};
identifier asking = {mutex_lock_interruptible, mutex_lock_interruptible_nested, mutex_lock_killable,
  mutex_lock_killable_nested, ww_mutex_lock, ww_mutex_lock_interruptible, down_read_interruptible,
  down_read_killable, down_read_killable_nested, down_write_killable, down_write_killable_nested,
  mmap_read_lock_killable, mmap_write_lock_killable};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore, mutex_unlock,
  release_sock, write_seqcount_end, raw_write_seqcount_end, srcu_read_unlock, rt_mutex_unlock, ww_mutex_unlock, anon_vma_unlock_read,
  anon_vma_unlock_write, i_mmap_unlock_read, i_mmap_unlock_write, inode_unlock, inode_unlock_shared,
  filemap_invalidate_unlock, filemap_invalidate_unlock_shared, up_read, up_read_non_owner, up_write, percpu_up_read,
  percpu_up_write, hugetlb_zap_end, vma_pgtable_walk_end, mmap_read_unlock, mmap_read_unlock_non_owner,
  mmap_write_unlock, vma_end_read, hugetlb_vma_unlock_read, hugetlb_vma_unlock_write};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
@@
f(...) {
  ... when any
(
  take@p(l, ...);
|
  bit_spin_lock@p(bit, l);
|
  if (!trying@p(l, ...)) S
|
  if (!counting@p(bit, l, ...)) S
|
  if (asking@p(l, ...)) S
|
  e = asking@p(l, ...);
  if (e) S
|
  e = srcu_read_lock@p(l);
)
  ... when != give(l, ...)
      when != __bit_spin_unlock(bit, l)
      when != bit_spin_unlock(bit, l)
      when != pte_unmap_unlock(..., l)
      when != drop(..., l)
      when any
}

@@
expression l, e, bit;
position kept.p;
statement S;
identifier take;
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore, mutex_unlock,
  release_sock, write_seqcount_end, raw_write_seqcount_end, srcu_read_unlock, rt_mutex_unlock, ww_mutex_unlock, anon_vma_unlock_read,
  anon_vma_unlock_write, i_mmap_unlock_read, i_mmap_unlock_write, inode_unlock, inode_unlock_shared,
  filemap_invalidate_unlock, filemap_invalidate_unlock_shared, up_read, up_read_non_owner, up_write, percpu_up_read,
  percpu_up_write, hugetlb_zap_end, vma_pgtable_walk_end, mmap_read_unlock, mmap_read_unlock_non_owner,
  mmap_write_unlock, vma_end_read, hugetlb_vma_unlock_read, hugetlb_vma_unlock_write};
@@
(
* take@p(l, ...);
|
* bit_spin_lock@p(bit, l);
|
* if (!take@p(l, ...))
  S
|
* if (!take@p(bit, l, ...))
  S
|
* if (take@p(l, ...))
  S
|
* e = take@p(l, ...);
  if (e) S
|
* e = take@p(l);
)
  ... when any
(
  give(l, ...)
|
  __bit_spin_unlock(bit, l)
|
  bit_spin_unlock(bit, l)
)

@@
expression l;
identifier trying = {spin_trylock, spin_trylock_irq, spin_trylock_irqsave, spin_trylock_bh, raw_spin_trylock,
  raw_spin_trylock_irq, raw_spin_trylock_irqsave, arch_spin_trylock, read_trylock, write_trylock, mutex_trylock,
  rt_mutex_trylock, anon_vma_trylock_read, i_mmap_trylock_read, i_mmap_trylock_write, inode_trylock,
  down_read_trylock, down_write_trylock, percpu_down_read_trylock, mmap_read_trylock, mmap_write_trylock,
  hugetlb_vma_trylock_write, vma_start_read};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore, mutex_unlock,
  release_sock, write_seqcount_end, raw_write_seqcount_end, srcu_read_unlock, rt_mutex_unlock, ww_mutex_unlock, anon_vma_unlock_read,
  anon_vma_unlock_write, i_mmap_unlock_read, i_mmap_unlock_write, inode_unlock, inode_unlock_shared,
  filemap_invalidate_unlock, filemap_invalidate_unlock_shared, up_read, up_read_non_owner, up_write, percpu_up_read,
  percpu_up_write, hugetlb_zap_end, vma_pgtable_walk_end, mmap_read_unlock, mmap_read_unlock_non_owner,
  mmap_write_unlock, vma_end_read, hugetlb_vma_unlock_read, hugetlb_vma_unlock_write};
@@
  if (trying(l, ...)) {
  ... when != give(l, ...)
      when any
* return ...;
  ... when any
  }

// The lock that a lookup returns, and one that may return none.
@looked_up exists@
expression l;
position p;
identifier get = {pmd_lock, pud_lock, huge_pte_lock, pmd_trans_huge_lock, __pmd_trans_huge_lock,
  pud_trans_huge_lock, __pud_trans_huge_lock, lock_vma_under_rcu};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore, hugetlb_zap_end, vma_pgtable_walk_end, mmap_read_unlock,
  mmap_read_unlock_non_owner, mmap_write_unlock, vma_end_read, hugetlb_vma_unlock_read, hugetlb_vma_unlock_write};
@@
  l = get@p(...)
  ... when any
  give(l, ...)

@@
expression l;
position looked_up.p;
identifier f;
identifier get = {pmd_lock, pud_lock, huge_pte_lock};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
@@
f(...) {
  ... when any
* l = get@p(...)
  ... when != give(l, ...)
      when != drop(..., l)
      when any
}

@@
expression l;
position looked_up.p;
statement S;
identifier f;
identifier maybe = {pmd_trans_huge_lock, __pmd_trans_huge_lock, pud_trans_huge_lock, __pud_trans_huge_lock,
  lock_vma_under_rcu};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore, hugetlb_zap_end, vma_pgtable_walk_end, mmap_read_unlock,
  mmap_read_unlock_non_owner, mmap_write_unlock, vma_end_read, hugetlb_vma_unlock_read, hugetlb_vma_unlock_write};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
@@
f(...) {
  ... when any
* l = maybe@p(...)
  ... when any
  if (!l) S
  ... when != give(l, ...)
      when != drop(..., l)
      when any
}

@@
expression l;
position looked_up.p;
identifier maybe = {pmd_trans_huge_lock, __pmd_trans_huge_lock, pud_trans_huge_lock, __pud_trans_huge_lock,
  lock_vma_under_rcu};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore, hugetlb_zap_end, vma_pgtable_walk_end, mmap_read_unlock,
  mmap_read_unlock_non_owner, mmap_write_unlock, vma_end_read, hugetlb_vma_unlock_read, hugetlb_vma_unlock_write};
identifier drop = {migration_entry_wait_on_locked, softleaf_entry_wait_on_locked};
@@
  l = maybe@p(...)
  ... when any
  if (l) {
  ... when != give(l, ...)
      when != drop(..., l)
      when any
* return ...;
  ... when any
  }

@@
expression fw, folio;
statement S;
identifier f;
@@
f(...) {
  ... when any
* folio = folio_walk_start(fw, ...)
  ... when any
  if (!folio) S
  ... when != folio_walk_end(fw, ...)
      when any
}

@section exists@
position p;
expression flags;
identifier off = {preempt_disable, preempt_disable_notrace, get_cpu, local_bh_disable, rcu_read_lock_sched,
  migrate_disable, cpus_read_lock, rtnl_lock};
identifier on = {preempt_enable, preempt_enable_notrace, preempt_enable_no_resched, put_cpu, local_bh_enable,
  rcu_read_unlock_sched, migrate_enable, cpus_read_unlock, rtnl_unlock};
identifier enter = {arch_enter_lazy_mmu_mode, lazy_mmu_mode_enable, lazy_mmu_mode_resume};
identifier leave = {arch_leave_lazy_mmu_mode, lazy_mmu_mode_disable, lazy_mmu_mode_pause};
@@
(
  rcu_read_lock@p();
  ... when any
  rcu_read_unlock();
|
  rcu_read_lock_bh@p();
  ... when any
  rcu_read_unlock_bh();
|
  off@p();
  ... when any
  on();
|
  local_irq_disable@p();
  ... when any
  local_irq_enable();
|
  local_irq_save@p(flags);
  ... when any
  local_irq_restore(flags);
|
  enter@p();
  ... when any
  leave();
|
  pagefault_disable@p();
  ... when any
  pagefault_enable();
|
  idr_preload@p(...);
  ... when any
  idr_preload_end();
)

@@
position section.p;
identifier f, enter;
identifier on = {preempt_enable, preempt_enable_notrace, preempt_enable_no_resched, put_cpu, local_bh_enable,
  rcu_read_unlock_sched, migrate_enable, cpus_read_unlock, rtnl_unlock};
identifier leave = {arch_leave_lazy_mmu_mode, lazy_mmu_mode_disable, lazy_mmu_mode_pause};
@@
f(...) {
  ... when any
* enter@p(...);
  ... when != rcu_read_unlock()
      when != rcu_read_unlock_bh()
      when != on()
      when != local_irq_enable()
      when != local_irq_restore(...)
      when != leave()
      when != pagefault_enable()
      when != idr_preload_end()
      when any
}

@folio exists@
expression l;
statement S;
position p;
@@
(
  \(folio_lock@p\|lock_page@p\)(l);
|
  if (!\(folio_trylock@p\|trylock_page@p\)(l)) S
|
  if (\(folio_lock_killable@p\|lock_page_killable@p\)(l)) S
)
  ... when any
  \(folio_unlock\|unlock_page\)(l)

@@
expression l;
statement S;
position folio.p;
identifier f, take, known;
@@
f(...) {
  ... when any
(
* take@p(l);
|
* if (!take@p(l))
  S
|
* if (take@p(l))
  S
)
  ... when != known(..., l, ...)
      when any
}
