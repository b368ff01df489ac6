static void drop(spinlock_t *a, int flags)
{
	if (flags & FOLL_PIN)
		spin_unlock(a);
}
int walk(spinlock_t *a, struct counts *counts)
{
	int flags = FOLL_GET;
	spin_lock(a);
	if (make_it(counts))
		flags = FOLL_PIN;
	/* many */
	drop(a, flags);
	spin_unlock(a);
	return 0;
}
