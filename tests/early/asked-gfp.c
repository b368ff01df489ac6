int walk(struct mm_struct *mm, struct counts *counts, gfp_t gfp)
{
	void *q;
	int slow = 0;
	if (gfp & __GFP_DIRECT_RECLAIM)
		slow = 1;
	/* many */
	spin_lock(&mm->page_table_lock);
	q = kmalloc(8, gfp);
	spin_unlock(&mm->page_table_lock);
	if (slow)
		keep(q);
	return 0;
}
