// What a map or lookup returned, and may be NULL, is used or given back without a test.
@tables@
@@
  \(pte_offset_map\|__pte_offset_map\|pte_offset_map_nolock\|pte_offset_map_ro_nolock\|pte_offset_map_rw_nolock\|
    pte_alloc_map\|pte_offset_map_lock\|__pte_offset_map_lock\|pte_alloc_map_lock\|get_locked_pte\)(...)

@huge@
@@
  \(pmd_trans_huge_lock\|__pmd_trans_huge_lock\|pud_trans_huge_lock\|__pud_trans_huge_lock\)(...)

@depends on tables@
expression pte, other;
identifier map = {__pte_map, pte_offset_map, __pte_offset_map, pte_offset_map_nolock, pte_offset_map_ro_nolock,
  pte_offset_map_rw_nolock, pte_alloc_map, pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock,
  get_locked_pte};
identifier use = {clear_full_ptes, clear_not_present_full_ptes, clear_young_dirty_ptes, get_and_clear_full_ptes,
  pte_clear_not_present_full, pte_install_uffd_wp_if_needed, ptep_clear, ptep_clear_flush_notify,
  ptep_clear_flush_young_notify, ptep_clear_young_notify, ptep_get_and_clear_full, set_pte, set_pte_at_notify,
  update_mmu_tlb, wrprotect_ptes, ptep_get, ptep_get_lockless, ptep_get_and_clear, ptep_clear_flush,
  ptep_set_wrprotect, ptep_set_access_flags, ptep_test_and_clear_young, ptep_clear_flush_young,
  ptep_modify_prot_start, ptep_modify_prot_commit, set_pte_at, set_ptes, pte_clear, update_mmu_cache};
@@
  pte = map(...)
  ... when != !pte
      when != pte == NULL
      when != pte != NULL
      when != pte
      when != pte = ...
(
* use(..., pte, ...)
|
* *pte
|
* pte_unmap(pte)
|
* pte_unmap_unlock(pte, ...)
|
* pte[other]
)

@depends on huge@
expression l;
identifier maybe = {pmd_trans_huge_lock, __pmd_trans_huge_lock, pud_trans_huge_lock, __pud_trans_huge_lock};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
@@
  l = maybe(...)
  ... when != !l
      when != l == NULL
      when != l != NULL
      when != l
* give(l, ...)

@@
expression vma;
identifier member;
@@
  vma = lock_vma_under_rcu(...)
  ... when != !vma
      when != vma == NULL
      when != vma != NULL
      when != vma
(
* vma->member
|
* vma_end_read(vma)
)

// The release behind a label that a failed lookup jumps to.
@depends on huge@
expression l;
identifier maybe = {pmd_trans_huge_lock, __pmd_trans_huge_lock, pud_trans_huge_lock, __pud_trans_huge_lock};
identifier give = {folio_memcg_unlock, unlock_page_memcg, spin_unlock, spin_unlock_irq, spin_unlock_irqrestore,
  spin_unlock_bh, raw_spin_unlock, raw_spin_unlock_irq, raw_spin_unlock_irqrestore, raw_spin_unlock_bh,
  arch_spin_unlock, read_unlock, read_unlock_irq, read_unlock_irqrestore, read_unlock_bh, write_unlock,
  write_unlock_irq, write_unlock_irqrestore, write_unlock_bh, hlist_bl_unlock, write_sequnlock, write_sequnlock_irq,
  write_sequnlock_irqrestore, write_sequnlock_bh, read_sequnlock_excl, local_unlock, local_unlock_irq,
  local_unlock_irqrestore, xa_unlock, xa_unlock_bh, xa_unlock_irq, xa_unlock_irqrestore, xas_unlock, xas_unlock_bh,
  xas_unlock_irq, xas_unlock_irqrestore};
@@
  l = maybe(...)
  ... when != l = ...
  if (!l) {
  ... when != l = ...
* give(l, ...);
  ...
  return ...;
  }
