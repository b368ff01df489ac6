void bad_behind_the_lock(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl = pmd_lock(vma->vm_mm, pmd);

	pmdp_huge_get_and_clear(vma->vm_mm, addr, pmd);
	spin_unlock(ptl);
	flush_pmd_tlb_range(vma, addr, addr + HPAGE_PMD_SIZE);	// finding
}

void bad_in_a_loop(struct vm_area_struct *vma, pte_t *first, spinlock_t *ptl, unsigned long addr, unsigned long end)
{
	unsigned long start = addr;
	pte_t *pte = first;

	for (; addr < end; addr += PAGE_SIZE)
		ptep_get_and_clear(vma->vm_mm, addr, pte++);
	pte_unmap_unlock(first, ptl);
	flush_tlb_range(vma, start, end);			// finding
}

void ok_under_the_lock(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl = pmd_lock(vma->vm_mm, pmd);

	pmdp_huge_get_and_clear(vma->vm_mm, addr, pmd);
	flush_pmd_tlb_range(vma, addr, addr + HPAGE_PMD_SIZE);
	spin_unlock(ptl);
}
