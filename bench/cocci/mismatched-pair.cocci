// What was taken together is given back by half, by the wrong function, or with the lock of another mapping.
@tables@
@@
  \(pte_offset_map_lock\|__pte_offset_map_lock\|pte_alloc_map_lock\|get_locked_pte\)(...)

@depends on tables@
expression pte, l, other;
statement S;
identifier map = {pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock, get_locked_pte};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
@@
  pte = map(..., &l)
  ... when != pte = ...
  if (!pte) S
  ... when != pte = ...
      when != pte_unmap_unlock(...)
      when != pte_unmap(...)
      when != give(l, ...)
      when != other = pte
(
* give(l, ...);
  ... when != pte_unmap(...)
      when != pte_unmap_unlock(...)
  return ...;
|
* pte_unmap(pte);
  ... when != give(l, ...)
  return ...;
)

@depends on tables@
expression pte, l, other;
identifier map = {pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock, get_locked_pte};
@@
  pte = map(..., &l)
  ... when != pte = ...
(
  pte_unmap_unlock(pte, l);
|
* pte_unmap_unlock(pte, other);
)

@@
expression pte;
@@
  pte = \(pte_offset_kernel\|virt_to_kpte\|huge_pte_offset\|hugetlb_walk\|huge_pte_alloc\)(...)
  ... when != pte = ...
* \(pte_unmap\|pte_unmap_unlock\)(pte, ...);

@@
expression to;
@@
  to = \(kmap_atomic\|kmap_atomic_prot\|kmap_atomic_pfn\)(...)
  ... when != to = ...
* kunmap_local(to);

@@
expression to;
@@
  to = \(kmap_local_page\|kmap_local_page_prot\|kmap_local_folio\|kmap_local_pfn\)(...)
  ... when != to = ...
* kunmap_atomic(to);

// A hold of readers given back as that of a writer, and the other way round.
@modes@
@@
  \(down_read\|down_read_nested\|percpu_down_read\|mmap_read_lock\|hugetlb_vma_lock_read\|down_read_trylock\|
    percpu_down_read_trylock\|mmap_read_trylock\|down_read_killable\|down_read_interruptible\|
    mmap_read_lock_killable\|down_write\|down_write_nested\|percpu_down_write\|mmap_write_lock\|
    mmap_write_lock_nested\|hugetlb_vma_lock_write\|down_write_trylock\|mmap_write_trylock\|
    hugetlb_vma_trylock_write\|down_write_killable\|mmap_write_lock_killable\|anon_vma_lock_read\|
    i_mmap_lock_read\|inode_lock_shared\|filemap_invalidate_lock_shared\|anon_vma_lock_write\|
    i_mmap_lock_write\|inode_lock\|inode_lock_nested\|filemap_invalidate_lock\)(...)

@depends on modes@
expression l;
statement S;
identifier take = {anon_vma_lock_read, i_mmap_lock_read, inode_lock_shared, filemap_invalidate_lock_shared,
  down_read, down_read_nested, percpu_down_read, mmap_read_lock, hugetlb_vma_lock_read};
identifier try = {down_read_trylock, percpu_down_read_trylock, mmap_read_trylock};
identifier ask = {down_read_killable, down_read_interruptible, mmap_read_lock_killable};
identifier give = {anon_vma_unlock_read, i_mmap_unlock_read, inode_unlock_shared, filemap_invalidate_unlock_shared,
  up_read, percpu_up_read, mmap_read_unlock, hugetlb_vma_unlock_read};
identifier other = {anon_vma_unlock_write, i_mmap_unlock_write, inode_unlock, filemap_invalidate_unlock, up_write,
  percpu_up_write, mmap_write_unlock, hugetlb_vma_unlock_write};
@@
(
  take(l, ...);
|
  if (!try(l, ...)) S
|
  if (ask(l, ...)) S
)
  ... when != give(l)
* other(l);

@depends on modes@
expression l;
statement S;
identifier take = {anon_vma_lock_write, i_mmap_lock_write, inode_lock, inode_lock_nested, filemap_invalidate_lock,
  down_write, down_write_nested, percpu_down_write, mmap_write_lock, mmap_write_lock_nested,
  hugetlb_vma_lock_write};
identifier try = {down_write_trylock, mmap_write_trylock, hugetlb_vma_trylock_write};
identifier ask = {down_write_killable, mmap_write_lock_killable};
identifier give = {anon_vma_unlock_write, i_mmap_unlock_write, inode_unlock, filemap_invalidate_unlock, up_write,
  percpu_up_write, mmap_write_unlock, hugetlb_vma_unlock_write};
identifier down = {downgrade_write, mmap_write_downgrade};
identifier other = {anon_vma_unlock_read, i_mmap_unlock_read, inode_unlock_shared, filemap_invalidate_unlock_shared,
  up_read, percpu_up_read, mmap_read_unlock, hugetlb_vma_unlock_read};
@@
(
  take(l, ...);
|
  if (!try(l, ...)) S
|
  if (ask(l, ...)) S
)
  ... when != give(l)
      when != down(l)
* other(l);
