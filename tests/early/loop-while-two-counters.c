int walk(spinlock_t *ptl, struct counts *counts, int n)
{
	int i = 0;
	if (counts->a)
		i = 1;
	else if (counts->b)
		i = counts->first;
	/* many */
	spin_lock(ptl);
	for (; i < n; i++) {
		spin_unlock(ptl);
		find_it(counts);
		spin_lock(ptl);
	}
	spin_unlock(ptl);
	spin_unlock(ptl);
	return 0;
}
