int walk(struct page *page, struct page *b, struct counts *counts)
{
	char *p = kmap_local_page(page);
	char *q = kmap_local_page(b);
	if (counts->a) {
		kunmap_local(q);
		q = kmap_local_page(b);
	}
	/* many */
	if (counts->a)
		kunmap_local(q);
	kunmap_local(p);
	if (!counts->a)
		kunmap_local(q);
	return 0;
}
