int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl = pte_lockptr(mm, pmd);
	pte_t *pte = pte_offset_map(pmd, addr);
	if (!pte)
		return 0;
	if (counts->a) {
		spin_lock(ptl);
		spin_unlock(ptl);
	} else {
		pte_unmap(pte);
		pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
		if (!pte)
			return 0;
		spin_unlock(ptl);
	}
	/* many */
	if (find_it(counts))
		return 0;
	pte_unmap(pte);
	return 0;
}
