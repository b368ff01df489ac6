int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	swp_entry_t entry;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	entry = pte_to_swp_entry(ptep_get(pte));
	if (is_migration_entry(entry)) {
		pte_unmap(pte);
		migration_entry_wait_on_locked(entry, ptl);
	} else {
		pte_unmap_unlock(pte, ptl);
	}
	/* many */
	if (counts->a)
		spin_lock(ptl);
	return 0;
}
