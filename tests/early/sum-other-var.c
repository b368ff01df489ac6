int walk(struct mm_struct *mm, struct counts *counts)
{
	int n = 0, ret = 0;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		n = 1;
	/* many */
	ret += n;
	if (find_it(counts))
		return ret;
	spin_unlock(&mm->page_table_lock);
	return ret;
}
