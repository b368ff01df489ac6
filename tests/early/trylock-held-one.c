int walk(struct mm_struct *mm, spinlock_t *ptl, struct counts *counts)
{
	int got = 0;
	if (counts->a)
		got = spin_trylock(ptl);
	/* many */
	if (got)
		find_it(counts);
	spin_unlock(ptl);
	spin_unlock(ptl);
	return 0;
}
