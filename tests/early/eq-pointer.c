int walk(struct mm_struct *mm, spinlock_t *a, spinlock_t *b, struct counts *counts)
{
	spinlock_t *want = a;
	spinlock_t *p = find_it(counts);
	spin_lock(a);
	if (counts->a)
		want = b;
	/* many */
	if (p == want)
		spin_lock(p);
	spin_unlock(a);
	return 0;
}
