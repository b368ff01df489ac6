int walk(struct mutex *m, struct counts *counts)
	__releases(m)
{
	if (counts->b) {
		mutex_lock(m);
		mutex_unlock(m);
		goto out;
	}
	if (counts->a) {
		mutex_lock(m);
		mutex_unlock(m);
	}
	/* many */
out:
	find_it(counts);
	return 0;
}
