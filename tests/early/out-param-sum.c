int walk(struct mm_struct *mm, struct counts *counts, int *out)
{
	int n = 0;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		n = 1;
	/* many */
	*out = n + 1;
	if (find_it(counts))
		return 0;
	spin_unlock(&mm->page_table_lock);
	return 0;
}
