static void drop(pte_t *pte, spinlock_t *ptl)
{
	if (pte)
		pte_unmap(pte);
	if (ptl)
		spin_unlock(ptl);
}
int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	spinlock_t *l = NULL;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	if (make_it(counts))
		l = ptl;
	/* many */
	drop(pte, l);
	return 0;
}
