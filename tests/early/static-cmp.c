static void drop(spinlock_t *a, spinlock_t *b)
{
	spin_unlock(a);
	if (a != b)
		spin_unlock(b);
}
int walk(spinlock_t *a, spinlock_t *b, struct counts *counts)
{
	spinlock_t *x = a;
	spin_lock(a);
	if (make_it(counts))
		x = b;
	/* many */
	drop(a, x);
	spin_unlock(b);
	return 0;
}
