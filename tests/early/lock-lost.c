int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	swp_entry_t entry;
	pte_t *pte = pte_offset_map(pmd, addr);
	if (!pte)
		return 0;
	if (counts->a)
		ptl = pte_lockptr(mm, pmd);
	else
		ptl = &mm->page_table_lock;
	/* many */
	entry = pte_to_swp_entry(ptep_get(pte));
	if (!is_migration_entry(entry)) {
		pte_unmap(pte);
		return 0;
	}
	pte_unmap(pte);
	spin_lock(ptl);
	migration_entry_wait_on_locked(entry, ptl);
	return 0;
}
