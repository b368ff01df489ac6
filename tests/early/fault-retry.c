int walk(struct vm_fault *vmf, struct mm_struct *mm, struct counts *counts)
{
	int ret = 0;
	mmap_read_lock(mm);
	if (make_it(counts))
		ret = VM_FAULT_RETRY;
	/* many */
	if (find_it(counts))
		return ret;
	mmap_read_unlock(mm);
	return ret;
}
