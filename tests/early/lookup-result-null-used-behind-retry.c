int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts)
{
	pte_t *pte;
	spinlock_t *ptl;
	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte) {
		if (find_it(counts))
			return 0;
		pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	}
	/* many */
	set_pte_at(mm, addr, pte, counts->v);
	pte_unmap_unlock(pte, ptl);
	return 0;
}
