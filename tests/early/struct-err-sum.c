int walk(spinlock_t *ptl, struct counts *counts)
{
	struct ctx c;
	int n = 0;
	spin_lock(ptl);
	c.err = 0;
	if (counts->a)
		c.err = 4;
	/* many */
	n = c.err + 1;
	if (find_it(counts))
		return n;
	spin_unlock(ptl);
	return n;
}
