int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	pte_t *pte;
	if (counts->a)
		pte = pte_offset_map(pmd, addr);
	else
		pte = pte_offset_map(other, addr);
	/* many */
	counts->v = pte_present(ptep_get(pte));
	pte_unmap(pte);
	return 0;
}
