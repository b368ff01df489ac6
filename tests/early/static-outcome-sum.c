static int pick(spinlock_t *ptl, struct counts *counts)
{
	int n = 0, ret = 0;
	if (make_it(counts)) {
		spin_unlock(ptl);
		n = 1;
	}
	/* many */
	ret = ret + n;
	return ret;
}
int walk(spinlock_t *ptl, struct counts *counts)
{
	spin_lock(ptl);
	if (pick(ptl, counts) == 1)
		spin_unlock(ptl);
	return 0;
}
