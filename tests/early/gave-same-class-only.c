int walk(spinlock_t *ptl, struct counts *counts)
{
	int n = 0;
	if (counts->a) {
		spin_lock(ptl);
		if (find_it(counts))
			return 7;
		spin_unlock(ptl);
		n = 7;
	}
	/* many */
	return n;
}
