int walk(struct mutex *m, struct counts *counts)
{
	if (counts->a) {
		mutex_lock(m);
		mutex_unlock(m);
	}
	/* many */
	mutex_unlock(m);
	return 0;
}
