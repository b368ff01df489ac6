int walk(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct counts *counts, swp_entry_t orig)
{
	spinlock_t *ptl;
	swp_entry_t entry;
	swp_entry_t want = orig;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	if (is_migration_entry(orig)) {
		pte_unmap_unlock(pte, ptl);
		return 0;
	}
	if (counts->a)
		want = counts->entry;
	/* many */
	entry = pte_to_swp_entry(ptep_get(pte));
	whoknows(ptep_get(pte));
	if (entry != want) {
		pte_unmap_unlock(pte, ptl);
		return 0;
	}
	pte_unmap(pte);
	migration_entry_wait_on_locked(entry, ptl);
	return 0;
}
