int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl = &mm->page_table_lock;
	int n = 0;
	if (find_it(counts)) {
		spin_lock(ptl);
		if (make_it(counts))
			return 0;
		spin_unlock(ptl);
	} else {
		n = 1;
		spin_lock(ptl);
		spin_unlock(ptl);
	}
	/* many */
	if (n)
		counts->n = 2;
	return 0;
}
