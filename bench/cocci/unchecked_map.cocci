// The result of a map that may fail is used without a test.
@@
expression pte, mm, pmd, address;
identifier ptl;
@@
  pte = pte_offset_map_lock(mm, pmd, address, &ptl);
  ... when != pte == NULL
      when != pte != NULL
      when != !pte
      when != pte
* ptep_get(pte)
