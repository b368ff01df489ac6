static int pick(spinlock_t *ptl, struct counts *counts)
{
	int ret, n = 0;
	if (counts->a) {
		spin_unlock(ptl);
		n = 1;
	}
	/* many */
	ret = n + 1;
	return ret;
}
int walk(spinlock_t *ptl, struct counts *counts)
{
	spin_lock(ptl);
	if (pick(ptl, counts) == 2)
		spin_unlock(ptl);
	return 0;
}
