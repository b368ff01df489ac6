int walk(struct mm_struct *mm, struct counts *counts)
{
	int ret = 0;
	spin_lock(&mm->page_table_lock);
	if (make_it(counts))
		ret |= VM_FAULT_MAJOR;
	/* many */
	if (find_it(counts))
		return ret;
	spin_unlock(&mm->page_table_lock);
	return VM_FAULT_MAJOR;
}
