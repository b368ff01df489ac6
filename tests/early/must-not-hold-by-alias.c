int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	pmd_t *q = other;
	spinlock_t *ptl;
	if (counts->a)
		q = pmd;
	/* many */
	ptl = pmd_lock(mm, pmd);
	pmd_migration_entry_wait(mm, q);
	spin_unlock(ptl);
	return 0;
}
