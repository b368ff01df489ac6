int walk(spinlock_t *ptl, struct counts *counts)
	__must_hold(ptl)
{
	int n = 0;
	if (find_it(counts)) {
		n = 1;
		spin_unlock(ptl);
		spin_lock(ptl);
		spin_unlock(ptl);
	} else {
		spin_unlock(ptl);
	}
	/* many */
	if (n)
		counts->n = 2;
	return 0;
}
