int walk(struct mm_struct *mm, struct counts *counts)
	__releases(&mm->mmap_lock)
{
	if (counts->b) {
		mmap_read_lock(mm);
		mmap_read_unlock(mm);
		goto out;
	}
	if (counts->a) {
		mmap_read_lock(mm);
		mmap_read_unlock(mm);
	}
	/* many */
out:
	find_it(counts);
	return 0;
}
