int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	if (counts->a)
		counts->pte = pte_offset_map(pmd, addr);
	else
		counts->pte = NULL;
	/* many */
	set_pte_at(mm, addr, counts->pte, counts->v);
	pte_unmap(counts->pte);
	return 0;
}
