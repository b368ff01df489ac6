int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	void *p;
	if (counts->a)
		counts->gfp = GFP_KERNEL;
	/* many */
	spin_lock(&mm->page_table_lock);
	p = kmalloc(8, counts->gfp);
	spin_unlock(&mm->page_table_lock);
	keep(p);
	return 0;
}
