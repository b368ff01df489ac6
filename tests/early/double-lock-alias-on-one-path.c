int walk(struct mm_struct *mm, char *p, char *r, spinlock_t *ptl, spinlock_t *b, struct counts *counts)
{
	spinlock_t *q = b;
	if (counts->a)
		q = ptl;
	/* many */
	spin_lock(ptl);
	spin_lock(q);
	find_it(counts);
	spin_unlock(q);
	spin_unlock(ptl);
	return 0;
}
