int walk(struct mm_struct *mm, spinlock_t *ptl, struct counts *counts)
{
	int got = spin_trylock(ptl);
	if (counts->a)
		got = 0;
	/* many */
	if (got)
		spin_unlock(ptl);
	return 0;
}
