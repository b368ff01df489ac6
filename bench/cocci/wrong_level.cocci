// A cast entry of another level given where a mapped PTE is meant.
@@
typedef pte_t;
expression entry, mm, ptl;
@@
* __migration_entry_wait(mm, (pte_t *)entry, ptl)
