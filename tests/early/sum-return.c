int walk(struct mm_struct *mm, struct counts *counts)
{
	int n, ret;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		n = 1;
	else
		n = 2;
	/* many */
	ret = n + 1;
	if (find_it(counts))
		return ret;
	spin_unlock(&mm->page_table_lock);
	return ret;
}
