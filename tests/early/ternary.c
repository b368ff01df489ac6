int walk(struct mm_struct *mm, struct counts *counts)
{
	int ret, n = 0;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		n = 1;
	/* many */
	ret = n ? -EIO : 0;
	if (find_it(counts))
		return ret;
	spin_unlock(&mm->page_table_lock);
	return ret;
}
