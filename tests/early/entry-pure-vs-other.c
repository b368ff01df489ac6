int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	swp_entry_t entry;
	pte_t *pte = pte_offset_map_rw_nolock(mm, pmd, addr, &counts->pmdval, &ptl);
	if (!pte)
		return 0;
	if (counts->a)
		entry = pte_to_swp_entry(ptep_get(pte));
	else
		entry = make_it(counts);
	/* many */
	if (!is_migration_entry(entry)) {
		pte_unmap(pte);
		return 0;
	}
	spin_lock(ptl);
	pte_unmap(pte);
	migration_entry_wait_on_locked(entry, ptl);
	return 0;
}
