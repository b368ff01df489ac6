int walk(struct mm_struct *mm, struct mm_struct *b, struct counts *counts)
{
	spinlock_t *ptl, *old;
	if (counts->a)
		ptl = &mm->page_table_lock;
	else
		ptl = &b->page_table_lock;
	old = ptl;
	/* many */
	spin_lock(ptl);
	spin_lock(old);
	find_it(counts);
	spin_unlock(old);
	spin_unlock(ptl);
	return 0;
}
