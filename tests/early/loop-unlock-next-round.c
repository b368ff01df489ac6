int walk(struct mm_struct *mm, struct counts *counts, int n)
{
	int i;
	for (i = 0; i < n; i++) {
		if (counts->a) {
			spin_lock(&mm->page_table_lock);
			find_it(counts);
			spin_unlock(&mm->page_table_lock);
		}
		if (counts->b)
			spin_unlock(&mm->page_table_lock);
	}
	/* many */
	return 0;
}
