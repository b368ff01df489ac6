int walk(spinlock_t *ptl, struct counts *counts, int n)
{
	int i;
	spin_lock(ptl);
	for (i = 0; i < n; i++) {
		if (counts->x[i]) {
			spin_unlock(ptl);
			find_it(counts);
			spin_lock(ptl);
		}
	}
	/* many */
	spin_unlock(ptl);
	spin_unlock(ptl);
	return 0;
}
