void bad_pages(struct page *from, struct page *to)
{
	char *src = kmap_local_page(from);
	char *dst = kmap_local_page(to);

	copy_page(dst, src);
	kunmap_local(src);			// finding
	kunmap_local(dst);			// finding
}

void bad_tables(pmd_t *from, pmd_t *to, unsigned long addr)
{
	pte_t *src, *dst;

	src = pte_offset_map(from, addr);
	if (!src)
		return;
	dst = pte_offset_map(to, addr);
	pte_unmap(src);				// finding
	pte_unmap(dst);				// finding
}

void bad_table_and_page(pmd_t *pmd, unsigned long addr, struct page *page)
{
	pte_t *pte = pte_offset_map(pmd, addr);
	char *to = kmap_local_page(page);

	pte_unmap(pte);				// finding
	kunmap_local(to);			// finding
}

void ok_last_in_first_out(struct page *from, struct page *to)
{
	char *src = kmap_local_page(from);
	char *dst = kmap_local_page(to);

	copy_page(dst, src);
	kunmap_local(dst);
	kunmap_local(src);
}

void ok_one_after_the_other(struct page *from, struct page *to)
{
	char *src, *dst;

	src = kmap_local_page(from);
	kunmap_local(src);
	dst = kmap_local_page(to);
	kunmap_local(dst);
}
