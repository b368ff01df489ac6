int walk(struct mm_struct *mm, char *p, char *r, spinlock_t *ptl, spinlock_t *b, struct counts *counts)
{
	char *q = r, *m = kmap_local_page(counts->page);
	if (counts->a)
		q = m;
	/* many */
	kunmap_local(m);
	counts->v = *q;
	return 0;
}
