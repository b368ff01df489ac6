int walk(spinlock_t *ptl, struct counts *counts, int n)
{
	int i;
	for (i = 0; i < n; i++) {
		spin_lock(ptl);
		find_it(counts);
		spin_unlock(ptl);
	}
	/* many */
	spin_lock(ptl);
	return make_it(counts) ? 0 : spin_lock(ptl);
}
