int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	struct page *page = pfn_swap_entry_to_page(counts->entry);
	struct folio *folio;
	get_page(page);
	if (counts->a)
		folio = page_folio(page);
	else
		folio = make_it(counts);
	/* many */
	folio_wait_locked(folio);
	put_page(page);
	return 0;
}
