struct page *walk(struct mm_struct *mm, struct counts *counts)
{
	struct page *page = NULL;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		page = ERR_PTR(-EIO);
	/* many */
	if (find_it(counts))
		return page;
	spin_unlock(&mm->page_table_lock);
	return NULL;
}
