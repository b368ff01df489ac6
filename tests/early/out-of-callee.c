static void give(int *out, int n)
{
	*out = n;
}
int walk(struct mm_struct *mm, struct counts *counts)
{
	int ret = 5, n = 0;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		n = -EIO;
	/* many */
	give(&ret, n);
	if (find_it(counts))
		return ret;
	spin_unlock(&mm->page_table_lock);
	return -EIO;
}
