int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	pte_t *pte;
	if (counts->a)
		pte = pte_offset_map_lock(mm, pmd, addr, &counts->ptl);
	else
		pte = pte_offset_map_lock(mm, other, addr, &counts->ptl);
	/* many */
	set_pte_at(mm, addr, pte, counts->v);
	pte_unmap_unlock(pte, counts->ptl);
	return 0;
}
