int walk(spinlock_t *ptl, struct counts *counts)
{
	bool dropped = false, again = false;
	if (counts->a) {
		dropped = true;
		again = true;
	}
	/* many */
	if (find_it(counts))
		return 0;
	if (dropped)
		spin_unlock(ptl);
	if (again)
		spin_lock(ptl);
	spin_unlock(ptl);
	return 0;
}
