int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	struct ctx ctx;
	spin_lock(&mm->page_table_lock);
	ctx.err = 0;
	if (make_it(counts))
		ctx.err = 5;
	/* many */
	if (find_it(counts))
		return ctx.err;
	spin_unlock(&mm->page_table_lock);
	return ctx.err;
}
