int walk(struct counts *counts, pte_t *ptep)
{
	pte_t pte;
	if (counts->a)
		pte = ptep_get(ptep);
	/* many */
	counts->pte = pte;
	counts->v = pte_present(counts->pte);
	return 0;
}
