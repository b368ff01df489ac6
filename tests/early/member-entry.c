int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	spinlock_t *ptl;
	struct vm_fault vmf;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!pte)
		return 0;
	vmf.entry = make_it(counts);
	if (counts->a)
		vmf.entry = pte_to_swp_entry(ptep_get(pte));
	/* many */
	pte_unmap(pte);
	migration_entry_wait_on_locked(vmf.entry, ptl);
	return 0;
}
