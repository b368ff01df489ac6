// What a wait dropped, or an unlock left without protection, is used without a new lookup.
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
identifier map = {pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock, get_locked_pte,
  pte_offset_map_nolock, pte_offset_map_ro_nolock, pte_offset_map_rw_nolock};
@@
  \(migration_entry_wait_on_locked\|softleaf_entry_wait_on_locked\)(..., l);
  ... when != l = ...
      when != map(..., &l)
* take(l, ...)

@depends on waits@
expression pte, l;
identifier use = {clear_full_ptes, clear_not_present_full_ptes, clear_young_dirty_ptes, get_and_clear_full_ptes,
  pte_clear_not_present_full, pte_install_uffd_wp_if_needed, ptep_clear, ptep_clear_flush_notify,
  ptep_clear_flush_young_notify, ptep_clear_young_notify, ptep_get_and_clear_full, set_pte, set_pte_at_notify,
  update_mmu_tlb, wrprotect_ptes, ptep_get, ptep_get_lockless, ptep_get_and_clear, ptep_clear_flush,
  ptep_set_wrprotect, ptep_set_access_flags, ptep_test_and_clear_young, ptep_clear_flush_young,
  ptep_modify_prot_start, ptep_modify_prot_commit, set_pte_at, set_ptes, pte_clear, update_mmu_cache,
  huge_ptep_modify_prot_start, huge_ptep_modify_prot_commit, huge_ptep_get, set_huge_pte_at,
  huge_ptep_get_and_clear, huge_ptep_clear_flush, huge_ptep_set_wrprotect, huge_ptep_set_access_flags,
  huge_pte_clear, huge_pmd_unshare, huge_pte_lock};
@@
  migration_entry_wait_on_locked(..., pte, l);
  ... when != pte = ...
(
* use(..., pte, ...)
|
* *pte
)

@@
expression pte, vma;
identifier use = {clear_full_ptes, clear_not_present_full_ptes, clear_young_dirty_ptes, get_and_clear_full_ptes,
  pte_clear_not_present_full, pte_install_uffd_wp_if_needed, ptep_clear, ptep_clear_flush_notify,
  ptep_clear_flush_young_notify, ptep_clear_young_notify, ptep_get_and_clear_full, set_pte, set_pte_at_notify,
  update_mmu_tlb, wrprotect_ptes, ptep_get, ptep_get_lockless, ptep_get_and_clear, ptep_clear_flush,
  ptep_set_wrprotect, ptep_set_access_flags, ptep_test_and_clear_young, ptep_clear_flush_young,
  ptep_modify_prot_start, ptep_modify_prot_commit, set_pte_at, set_ptes, pte_clear, update_mmu_cache,
  huge_ptep_modify_prot_start, huge_ptep_modify_prot_commit, huge_ptep_get, set_huge_pte_at,
  huge_ptep_get_and_clear, huge_ptep_clear_flush, huge_ptep_set_wrprotect, huge_ptep_set_access_flags,
  huge_pte_clear, huge_pmd_unshare, huge_pte_lock};
@@
(
  __migration_entry_wait(..., pte, ...);
|
  migration_entry_wait_huge(vma, ..., pte);
|
  __migration_entry_wait_huge(..., pte, ...);
)
  ... when != pte = ...
(
* use(..., pte, ...)
|
* *pte
)

// A table of hugetlb may be unshared when the lock of its VMA is given up.
@@
expression pte, vma;
identifier use = {huge_ptep_modify_prot_start, huge_ptep_modify_prot_commit, huge_ptep_get, set_huge_pte_at,
  huge_ptep_get_and_clear, huge_ptep_clear_flush, huge_ptep_set_wrprotect, huge_ptep_set_access_flags,
  huge_pte_clear, huge_pmd_unshare, huge_pte_lock};
@@
  pte = hugetlb_walk(vma, ...)
  ... when != pte = ...
  \(hugetlb_vma_unlock_read\|hugetlb_vma_unlock_write\)(vma);
  ... when != pte = ...
      when != hugetlb_vma_lock_read(vma)
      when != hugetlb_vma_lock_write(vma)
(
* use(..., pte, ...)
|
* *pte
)
