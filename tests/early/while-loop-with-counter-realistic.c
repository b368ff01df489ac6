int walk(struct vma *vma, unsigned long addr, unsigned long end, spinlock_t *ptl, struct counts *counts)
{
	spin_lock(ptl);
	for (; addr < end; addr += PAGE_SIZE) {
		spin_unlock(ptl);
		cond_resched();
		spin_lock(ptl);
	}
	/* many */
	spin_unlock(ptl);
	spin_unlock(ptl);
	return 0;
}
