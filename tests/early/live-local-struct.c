int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	pmd_t copy = *pmd;
	struct vm_fault vmf;
	vmf.pmd = pmd;
	if (counts->a)
		vmf.pmd = &copy;
	/* many */
	migration_entry_wait(mm, vmf.pmd, addr);
	return 0;
}
