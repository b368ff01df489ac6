int walk(struct mm_struct *mm, struct counts *counts)
{
	int err = 0;
	if (counts->a)
		mm = counts->mm;
	/* many */
	if (!mmap_read_trylock(mm)) {
		err = -EBUSY;
		goto out;
	}
	find_it(counts);
out:
	mmap_read_unlock(mm);
	return err;
}
