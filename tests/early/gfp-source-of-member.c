int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	struct ctx ctx;
	void *p;
	gfp_t gfp = GFP_ATOMIC;
	if (counts->a)
		gfp = GFP_KERNEL;
	/* many */
	ctx.gfp = gfp;
	spin_lock(&mm->page_table_lock);
	p = kmalloc(8, ctx.gfp);
	spin_unlock(&mm->page_table_lock);
	keep(p);
	return 0;
}
