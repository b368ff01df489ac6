int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts, pte_t orig)
{
	spinlock_t *ptl;
	swp_entry_t entry;
	pte_t want = orig;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	if (is_migration_entry(pte_to_swp_entry(orig))) {
		pte_unmap_unlock(pte, ptl);
		return 0;
	}
	if (counts->a)
		want = counts->pteval;
	/* many */
	if (!pte_same(ptep_get(pte), want)) {
		pte_unmap_unlock(pte, ptl);
		return 0;
	}
	entry = pte_to_swp_entry(ptep_get(pte));
	pte_unmap(pte);
	migration_entry_wait_on_locked(entry, ptl);
	return 0;
}
