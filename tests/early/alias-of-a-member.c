int walk(struct mm_struct *mm, char *p, char *r, spinlock_t *ptl, spinlock_t *b, struct counts *counts)
{
	if (counts->a)
		counts->ptl = ptl;
	/* many */
	spin_unlock(ptl);
	spin_unlock(counts->ptl);
	return 0;
}
