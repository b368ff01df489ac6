int walk(struct vm_area_struct *vma, pmd_t *pmd, struct counts *counts)
{
	spinlock_t *ptl = pmd_lock(vma->vm_mm, pmd);

	if (counts->a)
		pmdp_huge_get_and_clear(vma->vm_mm, counts->b, pmd);
	/* many */
	spin_unlock(ptl);
	flush_tlb_mm(vma->vm_mm);
	return 0;
}
