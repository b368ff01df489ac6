int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts, pte_t orig)
{
	spinlock_t *ptl;
	swp_entry_t entry;
	pte_t want = orig;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	entry = pte_to_swp_entry(ptep_get(pte));
	if (!is_migration_entry(entry)) {
		pte_unmap_unlock(pte, ptl);
		return 0;
	}
	spin_unlock(ptl);
	spin_lock(ptl);
	if (counts->a)
		want = ptep_get(pte);
	/* many */
	if (!pte_same(ptep_get(pte), want)) {
		pte_unmap_unlock(pte, ptl);
		return 0;
	}
	pte_unmap(pte);
	migration_entry_wait_on_locked(entry, ptl);
	return 0;
}
