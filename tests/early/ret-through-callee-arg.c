int walk(struct mm_struct *mm, struct counts *counts)
{
	int n = 0, ret;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		n = -EIO;
	/* many */
	if (find_it(counts)) {
		ret = n;
		return ret;
	}
	spin_unlock(&mm->page_table_lock);
	return -EIO;
}
