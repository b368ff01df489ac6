// Two maps of one stack given back in the order in which they were taken.
@tables@
@@
  \(pte_offset_map\|__pte_offset_map\|pte_offset_map_nolock\|pte_offset_map_ro_nolock\|pte_offset_map_rw_nolock\|
    pte_alloc_map\|pte_offset_map_lock\|__pte_offset_map_lock\|pte_alloc_map_lock\|get_locked_pte\)(...)

@pages@
@@
  \(kmap_local_page\|kmap_local_page_prot\|kmap_local_folio\|kmap_local_pfn\|kmap_atomic\|kmap_atomic_prot\|
    kmap_atomic_pfn\)(...)

@depends on tables || pages@
expression first, second;
identifier take = {__pte_map, pte_offset_map, __pte_offset_map, pte_offset_map_nolock, pte_offset_map_ro_nolock,
  pte_offset_map_rw_nolock, pte_alloc_map, pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock,
  get_locked_pte, kmap_local_page, kmap_local_page_prot, kmap_local_folio, kmap_local_pfn, kmap_atomic,
  kmap_atomic_prot, kmap_atomic_pfn};
identifier next = {__pte_map, pte_offset_map, __pte_offset_map, pte_offset_map_nolock, pte_offset_map_ro_nolock,
  pte_offset_map_rw_nolock, pte_alloc_map, pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock,
  get_locked_pte, kmap_local_page, kmap_local_page_prot, kmap_local_folio, kmap_local_pfn, kmap_atomic,
  kmap_atomic_prot, kmap_atomic_pfn};
identifier give = {pte_unmap, pte_unmap_unlock, kunmap_local, kunmap_atomic};
identifier last = {pte_unmap, pte_unmap_unlock, kunmap_local, kunmap_atomic};
@@
  first = take(...)
  ... when != give(first, ...)
      when != first = ...
  second = next(...)
  ... when != last(second, ...)
      when != second = ...
* give(first, ...);
  ... when != second = ...
* last(second, ...);
