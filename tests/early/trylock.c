int walk(struct mm_struct *mm, struct mm_struct *b, struct counts *counts)
{
	spinlock_t *ptl;
	int err = 0;
	if (counts->a)
		ptl = &mm->page_table_lock;
	else
		ptl = &b->page_table_lock;
	/* many */
	if (!spin_trylock(ptl)) {
		err = -EBUSY;
		goto out;
	}
	find_it(counts);
out:
	spin_unlock(ptl);
	return err;
}
