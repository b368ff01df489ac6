void bad_read_before_the_lock(struct mm_struct *mm, pmd_t *pmd, pte_t *pte, spinlock_t *ptl)
{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(pte));

	if (!is_migration_entry(entry))
		return;
	spin_lock(ptl);
	migration_entry_wait_on_locked(entry, ptl);			// finding
}

void bad_copy(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl;
	pmd_t old = *pmd;

	ptl = pmd_lock(mm, pmd);
	if (is_pmd_migration_entry(*pmd))
		migration_entry_wait_on_locked(pmd_to_swp_entry(old), ptl);	// finding
}

void bad_mapped_again(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, pte_t *pte, spinlock_t *ptl)
{
	swp_entry_t entry;

	entry = pte_to_swp_entry(ptep_get(pte));
	pte_unmap_unlock(pte, ptl);
	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	pte_unmap(pte);
	migration_entry_wait_on_locked(entry, ptl);			// finding
}

void ok_read_under_the_lock(struct mm_struct *mm, pte_t *pte, spinlock_t *ptl)
{
	swp_entry_t entry;

	spin_lock(ptl);
	entry = pte_to_swp_entry(ptep_get(pte));
	migration_entry_wait_on_locked(entry, ptl);
}

void ok_read_again(struct mm_struct *mm, pte_t *pte, spinlock_t *ptl)
{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(pte));

	spin_lock(ptl);
	entry = pte_to_swp_entry(ptep_get(pte));
	migration_entry_wait_on_locked(entry, ptl);
}

void ok_found_equal(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl;
	pmd_t old = *pmd;

	ptl = pmd_lock(mm, pmd);
	if (pmd_same(old, *pmd))
		migration_entry_wait_on_locked(pmd_to_swp_entry(old), ptl);
}
