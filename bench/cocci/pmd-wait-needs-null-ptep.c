void bad_cast(pmd_t *pmd, spinlock_t *ptl)
{
	migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), (pte_t *)pmd, ptl);	// finding
}

void bad_level(struct mm_struct *mm, pte_t *ptep, unsigned long addr)
{
	migration_entry_wait(mm, (pmd_t *)ptep, addr);					// finding
}

void bad_null(struct mm_struct *mm, spinlock_t *ptl)
{
	__migration_entry_wait(mm, NULL, ptl);						// finding
}

void bad_hugetlb(struct mm_struct *mm, unsigned long addr, unsigned long size, spinlock_t *ptl)
{
	pte_t *ptep = huge_pte_offset(mm, addr, size);

	__migration_entry_wait(mm, ptep, ptl);						// finding
}

void bad_unmapped(swp_entry_t entry, pte_t *ptep, spinlock_t *ptl)
{
	pte_unmap(ptep);
	migration_entry_wait_on_locked(entry, ptep, ptl);				// finding
}

void ok_null(pmd_t *pmd, spinlock_t *ptl)
{
	migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), NULL, ptl);
}

void ok_mapped(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, spinlock_t *ptl)
{
	pte_t *ptep = pte_offset_map(pmd, addr);

	__migration_entry_wait(mm, ptep, ptl);
}
