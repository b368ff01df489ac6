int walk(spinlock_t *ptl, struct counts *counts, int n)
{
	int i;
	for (i = 0; i < n; i++) {
		spin_unlock(ptl);
		find_it(counts, i);
		spin_lock(ptl);
	}
	/* many */
	kunmap_local(counts->p);
	kunmap_local(counts->p);
	return 0;
}
