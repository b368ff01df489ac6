int walk(struct mm_struct *mm, char *p, char *r, spinlock_t *ptl, spinlock_t *b, struct counts *counts)
{
	char *q = r;
	if (counts->a)
		q = p;
	/* many */
	kunmap_local(p);
	kunmap_local(q);
	return 0;
}
