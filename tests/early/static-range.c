static void drop(pte_t *pte, spinlock_t *ptl, struct counts *c)
{
	if (c->both)
		pte_unmap_unlock(pte, ptl);
	else
		spin_unlock(ptl);
}
int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	struct counts c;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	c.both = 1;
	if (make_it(counts))
		c.both = 0;
	/* many */
	drop(pte, ptl, &c);
	return 0;
}
