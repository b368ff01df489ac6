static void pick(struct mm_struct *mm, struct mm_struct *b, struct counts *counts)
{
	if (counts->a)
		mm = b;
	/* many */
	mmap_read_lock(mm);
}
int walk(struct mm_struct *mm, struct mm_struct *b, struct counts *counts)
{
	mmap_read_lock(mm);
	pick(mm, b, counts);
	/* many */
	mmap_read_unlock(mm);
	mmap_read_unlock(mm);
	mmap_read_unlock(mm);
	return 0;
}
