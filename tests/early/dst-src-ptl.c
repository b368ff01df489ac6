int walk(struct mm_struct *mm, pmd_t *dst_pmd, pmd_t *src_pmd, struct counts *counts)
{
	spinlock_t *dst_ptl, *src_ptl;
	dst_ptl = pmd_lockptr(mm, dst_pmd);
	src_ptl = pmd_lockptr(mm, src_pmd);
	if (counts->same)
		src_ptl = dst_ptl;
	/* many */
	spin_lock(dst_ptl);
	spin_lock(src_ptl);
	find_it(counts);
	spin_unlock(src_ptl);
	spin_unlock(dst_ptl);
	return 0;
}
