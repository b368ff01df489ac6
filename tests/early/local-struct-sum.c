int walk(struct mm_struct *mm, struct counts *counts)
{
	struct ctx c;
	int n = 0;
	spin_lock(&mm->page_table_lock);
	c.ret = 0;
	if (counts->a)
		n = 3;
	/* many */
	c.ret += n;
	if (make_it(counts))
		return c.ret;
	spin_unlock(&mm->page_table_lock);
	return c.ret;
}
