void bad_lock_taken_again(swp_entry_t entry, spinlock_t *ptl, pmd_t *pmd)
{
	spin_lock(ptl);
	migration_entry_wait_on_locked(entry, ptl);
	spin_lock(ptl);					// finding
	spin_unlock(ptl);
}

pte_t bad_read_after_wait(swp_entry_t entry, pte_t *ptep, spinlock_t *ptl)
{
	migration_entry_wait_on_locked(entry, ptep, ptl);
	return ptep_get(ptep);				// finding
}

pte_t bad_read_after_wait_that_maps(struct mm_struct *mm, pte_t *ptep, spinlock_t *ptl)
{
	__migration_entry_wait(mm, ptep, ptl);
	return *ptep;					// finding
}

pte_t bad_hugetlb(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	migration_entry_wait_huge(vma, addr, ptep);
	return huge_ptep_get(vma->vm_mm, addr, ptep);	// finding
}

pte_t bad_table_without_its_lock(struct vm_area_struct *vma, unsigned long addr, unsigned long size)
{
	pte_t *ptep;

	hugetlb_vma_lock_read(vma);
	ptep = hugetlb_walk(vma, addr, size);
	hugetlb_vma_unlock_read(vma);
	return huge_ptep_get(vma->vm_mm, addr, ptep);	// finding
}

void ok_looked_up_again(swp_entry_t entry, spinlock_t *ptl, pmd_t *pmd, struct mm_struct *mm)
{
	migration_entry_wait_on_locked(entry, ptl);
	ptl = pmd_lockptr(mm, pmd);
	spin_lock(ptl);
	spin_unlock(ptl);
}

pte_t ok_mapped_again(struct mm_struct *mm, pmd_t *pmd, pte_t *ptep, spinlock_t *ptl, unsigned long addr)
{
	__migration_entry_wait(mm, ptep, ptl);
	ptep = pte_offset_map(pmd, addr);
	return *ptep;
}

pte_t ok_table_under_its_lock(struct vm_area_struct *vma, unsigned long addr, unsigned long size)
{
	pte_t *ptep, entry;

	hugetlb_vma_lock_read(vma);
	ptep = hugetlb_walk(vma, addr, size);
	entry = huge_ptep_get(vma->vm_mm, addr, ptep);
	hugetlb_vma_unlock_read(vma);
	return entry;
}
