int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	struct page *page;
	swp_entry_t entry = make_entry(counts);
	if (counts->a)
		page = pfn_swap_entry_to_page(entry);
	else
		page = make_it(counts);
	/* many */
	get_page(page);
	migration_entry_wait(mm, pmd, addr);
	put_page(page);
	return 0;
}
