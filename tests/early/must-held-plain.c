int walk(struct mm_struct *mm, struct vm_area_struct *vma, struct counts *counts)
{
	if (counts->a) {
		mmap_read_lock(mm);
		find_it(counts);
		mmap_read_unlock(mm);
	}
	/* many */
	vma = find_vma(mm, counts->addr);
	return 0;
}
