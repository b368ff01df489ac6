void bad_never_tested(pte_t *pte, spinlock_t *ptl)
{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(pte));

	migration_entry_wait_on_locked(entry, ptl);				// finding
}

void bad_table_never_tested(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), ptl);		// finding
}

void bad_wrong_arm(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	if (is_pmd_migration_entry(*pmd)) {
		spin_unlock(ptl);
		return;
	}
	migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), ptl);		// finding
}

void bad_negated(swp_entry_t entry, spinlock_t *ptl)
{
	if (!is_migration_entry(entry)) {
		migration_entry_wait_on_locked(entry, ptl);			// finding
	}
}

void bad_read_again(pte_t *pte, spinlock_t *ptl)
{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(pte));

	if (!is_migration_entry(entry))
		return;
	entry = pte_to_swp_entry(ptep_get(pte));
	migration_entry_wait_on_locked(entry, ptl);				// finding
}

void bad_test_of_nothing(void)
{
	swp_entry_t entry;

	if (is_migration_entry(entry))						// finding
		count_entry();
}

void ok_tested(pte_t *pte, spinlock_t *ptl)
{
	swp_entry_t entry = pte_to_swp_entry(ptep_get(pte));

	if (is_migration_entry(entry))
		migration_entry_wait_on_locked(entry, ptl);
}

void ok_table_tested(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	if (is_pmd_migration_entry(*pmd))
		migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), ptl);
	else
		spin_unlock(ptl);
}

void ok_read(pte_t *pte)
{
	swp_entry_t entry;

	entry = pte_to_swp_entry(ptep_get(pte));
	if (is_migration_entry(entry))
		count_entry();
}
