int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	if (counts->a) {
		spin_unlock(ptl);
		spin_lock(ptl);
	}
	if (counts->b)
		spin_unlock(ptl);
	else
		pte_unmap(pte);
	/* many */
	return 0;
}
