int walk(struct workspace *w, struct counts *counts)
{
	char *d = kmap_local_page(counts->page);
	w->strm.next_in = d;
	deflate(&w->strm);
	if (counts->a)
		w = d;
	/* many */
	kunmap_local(d);
	counts->v = w->level;
	return 0;
}
