int walk(spinlock_t *ptl, struct counts *counts, int n)
{
	int i, err = 0;
	for (i = 0; i < n; i++) {
		spin_lock(ptl);
		err = find_it(counts, i);
		spin_unlock(ptl);
		if (err)
			break;
	}
	spin_lock(ptl);
	/* many */
	msleep(1);
	spin_unlock(ptl);
	return err;
}
