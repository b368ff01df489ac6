int walk(spinlock_t *ptl, struct counts *counts, int n)
{
	int i;
	spin_lock(ptl);
	for (i = 0; i < n; i++) {
		if (find_it(counts, i))
			break;
		spin_unlock(ptl);
		cond_resched();
		spin_lock(ptl);
	}
	if (i == n) {
	/* many */
		spin_unlock(ptl);
		spin_unlock(ptl);
		return 0;
	}
	spin_unlock(ptl);
	return 0;
}
