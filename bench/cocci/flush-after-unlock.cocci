// What was cleared under a lock is taken out of the TLB only behind it.
@@
expression l;
identifier clear = {ptep_clear, ptep_get_and_clear, ptep_get_and_clear_full, get_and_clear_full_ptes, clear_full_ptes,
  pmd_clear, pud_clear, pmdp_huge_get_and_clear, pudp_huge_get_and_clear};
identifier flush = {flush_tlb_mm, flush_tlb_range, flush_tlb_page, flush_pmd_tlb_range, flush_pud_tlb_range};
@@
  clear(...);
  ... when != flush(...)
(
  spin_unlock(l);
|
  pte_unmap_unlock(..., l);
)
  ... when != flush(...)
* flush(...);
