int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	swp_entry_t entry;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	if (counts->a)
		entry = pte_to_swp_entry(ptep_get(pte));
	else
		entry = pte_to_swp_entry(pte_mkold(ptep_get(pte)));
	/* many */
	pte_unmap(pte);
	migration_entry_wait_on_locked(entry, ptl);
	return 0;
}
