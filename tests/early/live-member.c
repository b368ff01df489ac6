int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	pmd_t copy = *pmd;
	counts->pmd = pmd;
	if (counts->a)
		counts->pmd = &copy;
	/* many */
	migration_entry_wait(mm, counts->pmd, addr);
	return 0;
}
