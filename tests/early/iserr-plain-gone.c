int walk(spinlock_t *p, spinlock_t *q, struct counts *counts)
{
	if (counts->a) {
		spin_lock(p);
		find_it(counts);
		spin_unlock(p);
	}
	/* many */
	if (IS_ERR(p)) {
		spin_lock(q);
		spin_lock(q);
		spin_unlock(q);
	}
	return 0;
}
