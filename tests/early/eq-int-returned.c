int walk(struct mm_struct *mm, struct counts *counts)
{
	int n, m = 7;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		m = 8;
	/* many */
	n = find_it(counts);
	if (n == m)
		return n;
	spin_unlock(&mm->page_table_lock);
	return 7;
}
