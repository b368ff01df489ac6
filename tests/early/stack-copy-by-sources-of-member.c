int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	pmd_t copy = *pmd, *q = pmd;
	struct vm_fault vmf;
	if (counts->a)
		q = &copy;
	/* many */
	vmf.pmd = q;
	migration_entry_wait(mm, vmf.pmd, addr);
	return 0;
}
