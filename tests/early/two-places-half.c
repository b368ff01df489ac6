int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	pte_t *pte;
	if (counts->a)
		pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	else
		pte = pte_offset_map_lock(mm, pmd, addr + 1, &ptl);
	if (!pte)
		return 0;
	if (counts->b)
		spin_unlock(ptl);
	else
		pte_unmap_unlock(pte, ptl);
	/* many */
	return 0;
}
