int walk(struct mm_struct *mm, struct counts *counts, struct vm_fault *vmf)
{
	spin_lock(&mm->page_table_lock);
	vmf->n = 0;
	if (make_it(counts))
		vmf->n = 1;
	/* many */
	if (find_it(counts)) {
		vmf->n = 0;
		spin_unlock(&mm->page_table_lock);
		return 0;
	}
	return 0;
}
