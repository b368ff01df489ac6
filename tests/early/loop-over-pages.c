int walk(struct counts *counts, int n)
{
	int i;
	char *m = kmap_local_page(counts->page);
	for (i = 0; i < n; i++) {
		kunmap_local(m);
		m = kmap_local_page(counts->pages[i]);
	}
	/* many */
	kunmap_local(m);
	kunmap_local(m);
	return 0;
}
