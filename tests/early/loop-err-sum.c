int walk(struct mm_struct *mm, struct counts *counts)
{
	int ret = 0, n = 0;
	while (more_it(counts)) {
		spin_lock(&mm->page_table_lock);
		n = 0;
		if (counts->a)
			n = 1;
	/* many */
		ret = n - 1;
		if (find_it(counts))
			return ret;
		spin_unlock(&mm->page_table_lock);
		if (make_it(counts))
			return ret;
	}
	return 100;
}
