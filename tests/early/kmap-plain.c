int walk(struct page *page, struct counts *counts)
{
	char *p = kmap_local_page(page);
	if (counts->a)
		kunmap_local(p);
	/* many */
	kunmap_local(p);
	return 0;
}
