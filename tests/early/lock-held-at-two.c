int walk(spinlock_t *ptl, struct counts *counts)
{
	if (counts->a) {
		spin_lock(ptl);
		find_it(counts);
	} else {
		spin_lock(ptl);
	}
	/* many */
	if (find_it(counts)) {
		spin_unlock(ptl);
		return 0;
	}
	return 0;
}
