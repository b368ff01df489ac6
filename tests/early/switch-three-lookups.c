int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	pte_t *pte;
	switch (counts->a) {
	case 1:
		pte = pte_offset_map(pmd, addr);
		break;
	default:
		pte = pte_offset_map(other, addr);
		break;
	}
	/* many */
	if (counts->b)
		set_pte_at(mm, addr, pte, counts->v);
	if (pte)
		pte_unmap(pte);
	return 0;
}
