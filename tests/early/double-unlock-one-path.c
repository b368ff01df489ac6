int walk(spinlock_t *ptl, struct counts *counts)
{
	if (counts->a) {
		spin_lock(ptl);
		find_it(counts);
		spin_unlock(ptl);
	}
	/* many */
	spin_unlock(ptl);
	return 0;
}
