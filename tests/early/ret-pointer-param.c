struct page *walk(struct mm_struct *mm, struct page *page, struct counts *counts)
{
	struct page *p = page;
	char *m = kmap_local_page(page);
	if (counts->a)
		p = (struct page *)m;
	/* many */
	return p;
}
