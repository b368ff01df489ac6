int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	counts->pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!counts->pte)
		return 0;
	if (counts->a)
		counts->pte--;
	/* many */
	pte_unmap_unlock(counts->pte, ptl);
	return 0;
}
