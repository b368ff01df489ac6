int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	void *p;
	gfp_t gfp = mapping_mask(counts);
	if (counts->a)
		gfp |= GFP_KERNEL;
	/* many */
	spin_lock(&mm->page_table_lock);
	p = kmalloc(8, gfp);
	spin_unlock(&mm->page_table_lock);
	keep(p);
	return 0;
}
