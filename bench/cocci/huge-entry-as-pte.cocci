// An entry of hugetlb, by the lock that is held, is read as if it were an ordinary one.
@@
expression ptl, ptep;
@@
  ptl = huge_pte_lock(..., ptep)
  ... when != spin_unlock(ptl)
      when any
* ptep_get(ptep)
