int walk(struct mm_struct *mm, struct counts *counts)
{
	if (counts->a)
		mm = counts->mm;
	/* many */
	mmap_read_lock(mm);
	if (find_it(counts))
		return 0;
	mmap_read_unlock(mm);
	return 0;
}
