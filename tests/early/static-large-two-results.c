static int pick(spinlock_t *ptl, struct counts *counts)
{
	int ret = 2;
	if (counts->a) {
		spin_unlock(ptl);
		ret = 1;
	}
	/* many */
	if (ret == 1)
		ret = 3;
	return ret;
}
int walk(spinlock_t *ptl, struct counts *counts)
{
	spin_lock(ptl);
	if (pick(ptl, counts) == 3)
		spin_unlock(ptl);
	else
		spin_unlock(ptl);
	return 0;
}
