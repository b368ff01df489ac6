int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	if (counts->a) {
		pte_unmap_unlock(pte, ptl);
	} else {
		pte_unmap_unlock(pte, ptl);
		pte = counts->pte;
	}
	/* many */
	set_pte(pte, counts->v);
	return 0;
}
