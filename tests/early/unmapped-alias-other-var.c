int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	pte_t *pte = huge_pte_offset(mm, addr, 4096), *p;
	if (!pte)
		return 0;
	counts->v = huge_ptep_get(mm, addr, pte);
	if (counts->a)
		p = find_it(counts);
	else
		p = pte;
	/* many */
	pte_unmap(p);
	set_huge_pte_at(mm, addr, pte, counts->p, 4096);
	return 0;
}
