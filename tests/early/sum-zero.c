int walk(struct mm_struct *mm, struct counts *counts)
{
	int n = 0, ret, m = 3;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		m = 4;
	/* many */
	ret = m - 3;
	if (find_it(counts))
		return ret;
	spin_unlock(&mm->page_table_lock);
	return 0;
}
