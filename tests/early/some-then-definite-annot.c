int walk(spinlock_t *ptl, spinlock_t *b, struct counts *counts)
	__releases(ptl)
{
	if (counts->a) {
		spin_unlock(ptl);
		goto out;
	}
	if (counts->b) {
		spin_unlock(ptl);
		spin_lock(ptl);
		spin_unlock(ptl);
	}
	/* many */
out:
	find_it(counts);
	return 0;
}
