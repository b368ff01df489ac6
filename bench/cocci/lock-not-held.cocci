// A function is called on a path that has given back the lock which it requires.
@@
expression l;
identifier take = {folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave, mutex_lock,
  mutex_lock_nested, mutex_lock_nest_lock, mutex_lock_io, rt_mutex_lock, anon_vma_lock_read, anon_vma_lock_write,
  i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested, inode_lock_shared, filemap_invalidate_lock,
  filemap_invalidate_lock_shared, down_read, down_read_nested, down_read_non_owner, down_write, down_write_nested,
  down_write_nest_lock, percpu_down_read, percpu_down_write, spin_trylock, spin_trylock_irq, spin_trylock_irqsave,
  spin_trylock_bh, raw_spin_trylock, raw_spin_trylock_irq, raw_spin_trylock_irqsave, arch_spin_trylock,
  read_trylock, write_trylock, mutex_trylock, rt_mutex_trylock, anon_vma_trylock_read, i_mmap_trylock_read,
  i_mmap_trylock_write, inode_trylock, down_read_trylock, down_write_trylock, percpu_down_read_trylock};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore, mutex_unlock, rt_mutex_unlock, ww_mutex_unlock, anon_vma_unlock_read,
  anon_vma_unlock_write, i_mmap_unlock_read, i_mmap_unlock_write, inode_unlock, inode_unlock_shared,
  filemap_invalidate_unlock, filemap_invalidate_unlock_shared, up_read, up_read_non_owner, up_write, percpu_up_read,
  percpu_up_write};
@@
  give(l, ...);
  ... when != take(l, ...)
      when != l = ...
* \(assert_spin_locked\|assert_raw_spin_locked\|lockdep_assert_held\|lockdep_assert_held_read\|
    lockdep_assert_held_write\|lockdep_assert_held_once\)(l)

@@
expression mm;
identifier lock = {mmap_read_lock, mmap_write_lock, mmap_read_trylock, mmap_read_lock_killable,
  mmap_write_lock_killable};
@@
  \(mmap_read_unlock\|mmap_write_unlock\)(mm);
  ... when != lock(mm)
      when != mm = ...
* \(find_vma\|mmap_assert_locked\|mmap_assert_write_locked\)(mm, ...)

@@
expression vma;
@@
  \(hugetlb_vma_unlock_read\|hugetlb_vma_unlock_write\)(vma);
  ... when != hugetlb_vma_lock_read(vma)
      when != hugetlb_vma_lock_write(vma)
      when != vma = ...
* hugetlb_vma_assert_locked(vma)

@@
expression vma;
@@
  vma_end_read(vma);
  ... when != vma = ...
* \(vma_assert_locked\|vma_assert_write_locked\)(vma)

@@
expression mapping;
@@
  \(i_mmap_unlock_read\|i_mmap_unlock_write\)(mapping);
  ... when != i_mmap_lock_read(mapping)
      when != i_mmap_lock_write(mapping)
      when != mapping = ...
* \(i_mmap_assert_locked\|i_mmap_assert_write_locked\)(mapping)

@@
expression l, mm, pmd;
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
@@
  l = \(pmd_lock(mm, pmd)\|pmd_lockptr(mm, pmd)\)
  ... when != l = ...
  give(l, ...);
  ... when != spin_lock(l)
      when != l = ...
* \(pgtable_trans_huge_deposit\|pgtable_trans_huge_withdraw\)(mm, pmd, ...)

// A callee of the same file says by an assertion that its caller holds the lock.
@asserts@
identifier f, p, m;
type T;
parameter list[n] before;
@@
f(before, T p, ...) {
  ...
  \(lockdep_assert_held\|lockdep_assert_held_write\|assert_spin_locked\)(&p->m);
  ... when any
}

@@
identifier asserts.f, asserts.m;
expression e;
expression list[asserts.n] before;
identifier take = {folio_memcg_lock, lock_page_memcg, spin_lock, spin_lock_nested, spin_lock_nest_lock,
  spin_lock_irq, spin_lock_irqsave, spin_lock_irqsave_nested, spin_lock_bh, raw_spin_lock, raw_spin_lock_nested,
  raw_spin_lock_irq, raw_spin_lock_irqsave, raw_spin_lock_irqsave_nested, raw_spin_lock_bh, arch_spin_lock,
  read_lock, read_lock_irq, read_lock_irqsave, read_lock_bh, write_lock, write_lock_nested, write_lock_irq,
  write_lock_irqsave, write_lock_bh, hlist_bl_lock, write_seqlock, write_seqlock_irq, write_seqlock_irqsave,
  write_seqlock_bh, read_seqlock_excl, local_lock, local_lock_irq, local_lock_irqsave, xa_lock, xa_lock_bh,
  xa_lock_irq, xa_lock_irqsave, xas_lock, xas_lock_bh, xas_lock_irq, xas_lock_irqsave, mutex_lock,
  mutex_lock_nested, mutex_lock_nest_lock, mutex_lock_io, rt_mutex_lock, anon_vma_lock_read, anon_vma_lock_write,
  i_mmap_lock_read, i_mmap_lock_write, inode_lock, inode_lock_nested, inode_lock_shared, filemap_invalidate_lock,
  filemap_invalidate_lock_shared, down_read, down_read_nested, down_read_non_owner, down_write, down_write_nested,
  down_write_nest_lock, percpu_down_read, percpu_down_write, spin_trylock, spin_trylock_irq, spin_trylock_irqsave,
  spin_trylock_bh, raw_spin_trylock, raw_spin_trylock_irq, raw_spin_trylock_irqsave, arch_spin_trylock,
  read_trylock, write_trylock, mutex_trylock, rt_mutex_trylock, anon_vma_trylock_read, i_mmap_trylock_read,
  i_mmap_trylock_write, inode_trylock, down_read_trylock, down_write_trylock, percpu_down_read_trylock};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore, mutex_unlock, rt_mutex_unlock, ww_mutex_unlock, anon_vma_unlock_read,
  anon_vma_unlock_write, i_mmap_unlock_read, i_mmap_unlock_write, inode_unlock, inode_unlock_shared,
  filemap_invalidate_unlock, filemap_invalidate_unlock_shared, up_read, up_read_non_owner, up_write, percpu_up_read,
  percpu_up_write};
@@
  give(&e->m, ...);
  ... when != take(&e->m, ...)
      when != e = ...
* f(before, e, ...)

// A callback returns without the lock or map that the walk holds around it.
@callback@
identifier ops, entry;
@@
(
struct mm_walk_ops ops = { .pte_entry = entry, };
|
struct mm_walk_ops ops = { .hugetlb_entry = entry, };
|
struct mm_walk_ops ops = { .pte_hole = entry, };
)

@@
identifier callback.entry;
expression vma;
identifier pte;
type T;
@@
entry(T pte, ...) {
  ... when any
(
* \(pte_unmap\|pte_unmap_unlock\)(pte, ...);
|
* hugetlb_vma_unlock_read(vma);
)
  ... when != hugetlb_vma_lock_read(vma)
      when any
}
