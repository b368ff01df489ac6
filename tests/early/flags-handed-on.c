static void *pick(struct counts *counts, gfp_t gfp)
{
	gfp_t flags = gfp;
	if (counts->a)
		flags |= mapping_mask(counts);
	else
		flags = mapping_mask(counts);
	/* many */
	return kmalloc(8, flags);
}
int walk(struct mm_struct *mm, struct counts *counts)
{
	void *q;
	/* many */
	spin_lock(&mm->page_table_lock);
	q = pick(counts, GFP_KERNEL);
	spin_unlock(&mm->page_table_lock);
	keep(q);
	return 0;
}
