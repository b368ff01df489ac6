// A path that leaves with a page table or a page mapped, and neither unmaps it nor hands it on.
@tables@
@@
  \(pte_offset_map\|__pte_offset_map\|pte_offset_map_nolock\|pte_offset_map_ro_nolock\|pte_offset_map_rw_nolock\|
    pte_alloc_map\|pte_offset_map_lock\|__pte_offset_map_lock\|pte_alloc_map_lock\|get_locked_pte\)(...)

@pages@
@@
  \(kmap_local_page\|kmap_local_page_prot\|kmap_local_folio\|kmap_local_pfn\|kmap_atomic\|kmap_atomic_prot\|
    kmap_atomic_pfn\)(...)

@mapped depends on tables exists@
expression pte, l;
position p;
identifier map = {__pte_map, pte_offset_map, __pte_offset_map, pte_offset_map_nolock, pte_offset_map_ro_nolock,
  pte_offset_map_rw_nolock, pte_alloc_map, pte_offset_map_lock, __pte_offset_map_lock, pte_alloc_map_lock,
  get_locked_pte};
@@
  pte = map@p(...)
  ... when any
(
  pte_unmap(pte)
|
  pte_unmap_unlock(pte, l)
|
  pte_unmap(pte - 1)
|
  pte_unmap_unlock(pte - 1, l)
)

@@
expression pte, other;
position mapped.p;
statement S;
identifier f, map;
@@
f(...) {
  ... when any
* pte = map@p(...)
  ... when != pte = ...
  if (!pte) S
  ... when != pte_unmap(...)
      when != pte_unmap_unlock(...)
      when != other = pte
      when != return pte;
      when any
}

@page depends on pages exists@
expression to;
position p;
identifier kmap = {kmap_local_page, kmap_local_page_prot, kmap_local_folio, kmap_local_pfn, kmap_atomic,
  kmap_atomic_prot, kmap_atomic_pfn};
identifier kunmap = {kunmap_local, kunmap_atomic};
@@
  to = kmap@p(...)
  ... when any
  kunmap(to)

@@
expression to;
position page.p;
identifier f, kmap;
identifier kunmap = {kunmap_local, kunmap_atomic};
@@
f(...) {
  ... when any
* to = kmap@p(...)
  ... when != kunmap(...)
      when != folio_release_kmap(..., to)
      when != unmap_and_put_page(..., to)
      when != return to;
      when any
}

@@
expression to;
identifier f;
identifier map = {early_memremap, early_memremap_ro, early_memremap_prot, early_ioremap};
identifier unmap = {early_memunmap, early_iounmap};
@@
f(...) {
  ... when any
* to = map(...)
  ... when != unmap(...)
      when != return to;
      when any
}

// What maps and locks inside a structure, and is ended by its own function.
@@
expression args;
statement S;
identifier f;
@@
f(...) {
  ... when any
* if (follow_pfnmap_start(args))
  S
  ... when != follow_pfnmap_end(args)
      when any
}

@@
expression pte, l;
statement S;
identifier f;
@@
f(...) {
  ... when any
* if (follow_pte(..., &pte, &l))
  S
  ... when != pte_unmap_unlock(pte, l)
      when any
}

@@
expression walk;
@@
  while (page_vma_mapped_walk(walk)) {
  ... when != page_vma_mapped_walk_done(walk)
      when any
* \(return ...;\|break;\)
  ... when any
  }
