static void pick(struct counts *counts, gfp_t *p)
{
	if (counts->a)
		*p = GFP_KERNEL;
	else
		*p = GFP_ATOMIC;
	/* many */
}
int walk(struct mm_struct *mm, struct counts *counts)
{
	gfp_t p;
	void *q;
	pick(counts, &p);
	/* many */
	spin_lock(&mm->page_table_lock);
	q = kmalloc(8, p);
	spin_unlock(&mm->page_table_lock);
	keep(q);
	return 0;
}
