// A path that returns with the page table mapped.
@@
expression pte, mm, pmd, address, ptl;
@@
  pte = pte_offset_map_lock(mm, pmd, address, &ptl)
  ... when != pte_unmap_unlock(...)
      when != pte_unmap(...)
      when != if (!pte) { ... }
* return ...;
