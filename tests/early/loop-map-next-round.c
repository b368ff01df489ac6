int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts, int n)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	int i;
	if (!pte)
		return 0;
	for (i = 0; i < n; i++) {
		set_pte(pte, counts->v);
		if (find_it(counts)) {
			pte_unmap_unlock(pte, ptl);
			if (make_it(counts))
				continue;
			pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
			if (!pte)
				return 0;
		}
	}
	/* many */
	pte_unmap_unlock(pte, ptl);
	return 0;
}
