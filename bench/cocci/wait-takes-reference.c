void bad_page(swp_entry_t entry, pte_t *pte, spinlock_t *ptl)
{
	struct page *page = pfn_swap_entry_to_page(entry);

	if (!get_page_unless_zero(page))
		return;
	pte_unmap_unlock(pte, ptl);
	wait_on_page_locked(page);			// finding
	put_page(page);
}

void bad_folio_of_the_page(swp_entry_t entry, spinlock_t *ptl)
{
	struct folio *folio;

	folio = page_folio(pfn_swap_entry_to_page(entry));
	folio_get(folio);
	spin_unlock(ptl);
	folio_lock(folio);				// finding
	folio_unlock(folio);
	folio_put(folio);
}

void bad_right_wait(swp_entry_t entry, spinlock_t *ptl)
{
	struct folio *folio = pfn_swap_entry_folio(entry);

	folio_get(folio);
	migration_entry_wait_on_locked(entry, ptl);	// finding
	folio_put(folio);
}

void ok_let_go(swp_entry_t entry, spinlock_t *ptl)
{
	struct folio *folio = pfn_swap_entry_folio(entry);

	folio_get(folio);
	count_folio(folio);
	folio_put(folio);
	migration_entry_wait_on_locked(entry, ptl);
}

void ok_another_folio(struct folio *folio)
{
	folio_get(folio);
	folio_lock(folio);
	folio_unlock(folio);
	folio_put(folio);
}
