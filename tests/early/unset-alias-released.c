int walk(struct counts *counts)
{
	char *p, *q;
	if (counts->a)
		p = kmap_local_page(counts->page);
	else
		p = counts->q;
	q = p;
	/* many */
	kunmap_local(q);
	kunmap_local(p);
	return 0;
}
