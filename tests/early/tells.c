int walk(struct mm_struct *mm, int *x)
{
	struct counts *counts = get_counts();
	spin_lock(&mm->page_table_lock);
	*x = 0;
	if (make_it(counts))
		*x = 1;
	/* many */
	if (find_it(counts)) {
		*x = 0;
		spin_unlock(&mm->page_table_lock);
		return 0;
	}
	return 0;
}
