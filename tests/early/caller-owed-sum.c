int walk(spinlock_t *ptl, struct counts *counts)
{
	int ret, n = 0;
	if (counts->a)
		n = 3;
	/* many */
	ret = n + 1;
	if (make_it(counts))
		return ret;
	spin_unlock(ptl);
	return ret;
}
