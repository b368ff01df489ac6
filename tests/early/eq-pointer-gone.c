int walk(struct mm_struct *mm, spinlock_t *a, spinlock_t *b, struct counts *counts)
{
	spinlock_t *want = a;
	spinlock_t *p = find_it(counts);
	spin_lock(a);
	spin_unlock(a);
	if (counts->a)
		want = b;
	/* many */
	if (p == want)
		spin_unlock(p);
	return 0;
}
