int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	int n = 0;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	if (!counts->a) {
		n = 1;
		spin_unlock(ptl);
		spin_lock(ptl);
	}
	/* many */
	find_it(pte, ptl);
	if (n)
		counts->n = 2;
	return 0;
}
