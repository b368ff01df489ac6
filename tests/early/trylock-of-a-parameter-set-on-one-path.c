int walk(spinlock_t *ptl, struct counts *counts)
{
	if (counts->a)
		ptl = counts->ptl;
	/* many */
	if (!spin_trylock(ptl))
		goto out;
	find_it(counts);
out:
	spin_unlock(ptl);
	return 0;
}
