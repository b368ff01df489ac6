// A pointer into a page table or a page is used after it was unmapped.
@@
expression pte, other;
identifier use = {clear_full_ptes, clear_not_present_full_ptes, clear_young_dirty_ptes, get_and_clear_full_ptes,
  pte_clear_not_present_full, pte_install_uffd_wp_if_needed, ptep_clear, ptep_clear_flush_notify,
  ptep_clear_flush_young_notify, ptep_clear_young_notify, ptep_get_and_clear_full, set_pte, set_pte_at_notify,
  update_mmu_tlb, wrprotect_ptes, ptep_get, ptep_get_lockless, ptep_get_and_clear, ptep_clear_flush,
  ptep_set_wrprotect, ptep_set_access_flags, ptep_test_and_clear_young, ptep_clear_flush_young,
  ptep_modify_prot_start, ptep_modify_prot_commit, set_pte_at, set_ptes, pte_clear, update_mmu_cache};
@@
  \(pte_unmap\|pte_unmap_unlock\)(pte, ...);
  ... when != pte = ...
(
* use(..., pte, ...)
|
* *pte
|
* pte[other]
)

@@
expression to, other;
identifier member;
identifier copy = {memcpy, memcmp, memset, memmove, copy_page, clear_page};
@@
  \(kunmap_local\|kunmap_atomic\)(to);
  ... when != to = ...
(
* *to
|
* to[other]
|
* to->member
|
* copy(..., to, ...)
)
