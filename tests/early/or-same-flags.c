int walk(struct mm_struct *mm, struct counts *counts)
{
	int ret = 0, n = VM_FAULT_OOM;
	spin_lock(&mm->page_table_lock);
	if (counts->a)
		n = VM_FAULT_MAJOR;
	/* many */
	ret = n;
	ret |= 0;
	if (make_it(counts))
		return ret;
	spin_unlock(&mm->page_table_lock);
	return VM_FAULT_OOM;
}
