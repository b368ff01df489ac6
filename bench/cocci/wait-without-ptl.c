void bad_unlock_before_wait(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);
	swp_entry_t entry = pmd_to_swp_entry(*pmd);

	spin_unlock(ptl);
	if (is_migration_entry(entry))
		migration_entry_wait_on_locked(entry, ptl);	// finding
}

void bad_wait_twice(swp_entry_t entry, spinlock_t *ptl)
{
	migration_entry_wait_on_locked(entry, ptl);
	migration_entry_wait_on_locked(entry, ptl);		// finding
}

void bad_lock_only_named(struct mm_struct *mm, pmd_t *pmd, swp_entry_t entry)
{
	spinlock_t *ptl = pte_lockptr(mm, pmd);

	migration_entry_wait_on_locked(entry, ptl);		// finding
}

void bad_after_failed_lookup(struct vm_area_struct *vma, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_trans_huge_lock(pmd, vma);

	if (!ptl && is_pmd_migration_entry(*pmd)) {
		migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), ptl);	// finding
		return;
	}
}

void bad_hugetlb(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	hugetlb_vma_unlock_read(vma);
	migration_entry_wait_huge(vma, addr, ptep);		// finding
}

void ok_held(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), ptl);
}

void ok_named_and_taken(struct mm_struct *mm, pmd_t *pmd, swp_entry_t entry)
{
	spinlock_t *ptl = pte_lockptr(mm, pmd);

	spin_lock(ptl);
	migration_entry_wait_on_locked(entry, ptl);
}

void ok_taken_again(swp_entry_t entry, spinlock_t *ptl)
{
	spin_unlock(ptl);
	spin_lock(ptl);
	migration_entry_wait_on_locked(entry, ptl);
}

void ok_hugetlb(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	hugetlb_vma_lock_read(vma);
	migration_entry_wait_huge(vma, addr, ptep);
}
