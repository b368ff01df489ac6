int walk(spinlock_t *ptl, struct counts *counts)
{
	int a = 0, b = 0;
	if (counts->a) {
		a = 1;
		b = 1;
	}
	/* many */
	if (find_it(counts))
		return 0;
	if (a)
		spin_unlock(ptl);
	if (!a && b)
		spin_lock(ptl);
	if (!a)
		spin_unlock(ptl);
	return 0;
}
