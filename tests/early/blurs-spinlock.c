static void pick(spinlock_t *ptl, spinlock_t *b, struct counts *counts)
	__acquires(ptl)
{
	if (counts->a)
		ptl = b;
	/* many */
	spin_lock(ptl);
}
int walk(spinlock_t *ptl, spinlock_t *b, spinlock_t *c, struct counts *counts)
{
	spin_lock(c);
	pick(ptl, b, counts);
	/* many */
	spin_unlock(c);
	spin_unlock(c);
	put(ptl, b);
	return 0;
}
