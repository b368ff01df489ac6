int walk(struct mm_struct *mm, struct counts *counts)
{
	if (mmap_read_trylock(mm)) {
		find_it(counts);
		mmap_read_unlock(mm);
	}
	/* many */
	mmap_read_unlock(mm);
	return 0;
}
