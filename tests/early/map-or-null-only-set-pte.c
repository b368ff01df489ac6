int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	pte_t *pte = NULL;
	if (counts->a)
		pte = pte_offset_map(pmd, addr);
	/* many */
	set_pte_at(mm, addr, pte, counts->pte);
	if (pte)
		pte_unmap(pte);
	return 0;
}
