static void drop(spinlock_t *ptl, int which)
{
	if (which == 2)
		spin_unlock(ptl);
}
int walk(spinlock_t *ptl, struct counts *counts)
{
	int which = 1;
	spin_lock(ptl);
	if (make_it(counts))
		which = 2;
	/* many */
	drop(ptl, which);
	spin_unlock(ptl);
	return 0;
}
