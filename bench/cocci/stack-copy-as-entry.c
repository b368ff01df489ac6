void bad_wait_on_copy(struct mm_struct *mm, pmd_t *pmd)
{
	pmd_t pmdval = pmdp_get_lockless(pmd);

	if (is_pmd_migration_entry(pmdval))
		pmd_migration_entry_wait(mm, &pmdval);			// finding
}

void bad_argument(struct mm_struct *mm, pmd_t orig, unsigned long addr)
{
	migration_entry_wait(mm, &orig, addr);				// finding
}

int bad_lock_of_copy(struct mm_struct *mm, pud_t *pud)
{
	pud_t old = *pud;
	spinlock_t *ptl = pud_lock(mm, &old);				// finding
	int same = pud_same(old, *pud);

	spin_unlock(ptl);
	return same;
}

void bad_copy_behind_a_pointer(struct mm_struct *mm, pmd_t *pmd)
{
	pmd_t copy = *pmd;
	pmd_t *seen = &copy;

	pmd_migration_entry_wait(mm, seen);				// finding
}

void bad_member(struct vm_fault *vmf)
{
	pmd_migration_entry_wait(vmf->vma->vm_mm, &vmf->orig_pmd);	// finding
}

void ok_live(struct mm_struct *mm, pmd_t *pmd)
{
	pmd_t pmdval = pmdp_get_lockless(pmd);

	if (is_pmd_migration_entry(pmdval))
		pmd_migration_entry_wait(mm, pmd);
}

void ok_table_of_a_structure(struct mm_struct *mm, struct table *table)
{
	pmd_migration_entry_wait(mm, &table->pmd);
}

void ok_map_of_a_copy(pmd_t copy, unsigned long addr)
{
	pte_t *pte = pte_offset_map(&copy, addr);

	pte_unmap(pte);
}
