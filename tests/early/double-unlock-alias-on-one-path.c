int walk(struct mm_struct *mm, char *p, char *r, spinlock_t *ptl, spinlock_t *b, struct counts *counts)
{
	spinlock_t *q = b;
	if (counts->a)
		q = ptl;
	/* many */
	spin_unlock(ptl);
	spin_unlock(q);
	return 0;
}
