void bad_mutex(struct queue *queue)
{
	mutex_lock(&queue->mutex);
	if (!queue->length)
		mutex_lock(&queue->mutex);		// finding
	mutex_unlock(&queue->mutex);
}

void bad_after_trylock(struct queue *queue)
{
	if (!spin_trylock(&queue->lock))
		return;
	spin_lock(&queue->lock);			// finding
	spin_unlock(&queue->lock);
}

void bad_pmd_lock(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	if (pmd_none(*pmd))
		spin_lock(pmd_lockptr(mm, pmd));	// finding
	spin_unlock(ptl);
}

void bad_wait_takes_it(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	if (is_pmd_migration_entry(*pmd))
		pmd_migration_entry_wait(mm, pmd);	// finding
	spin_unlock(ptl);
}

void bad_wait_for_a_huge_page(struct hstate *h, struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	spinlock_t *ptl = huge_pte_lock(h, vma->vm_mm, ptep);

	migration_entry_wait_huge(vma, addr, ptep);	// finding
	spin_unlock(ptl);
}

void bad_wait_maps_it(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	migration_entry_wait(mm, pmd, addr);		// finding
	pte_unmap_unlock(pte, ptl);
}

void bad_mapped_again(pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	if (!pte)
		return;
	pte = pte_offset_map(pmd, addr);		// finding
	pte_unmap(pte);
}

void bad_page_mapped_again(struct page *page, struct page *next)
{
	char *to = kmap_local_page(page);

	to = kmap_local_page(next);			// finding
	kunmap_local(to);
}

void bad_lazy_mode(void)
{
	arch_enter_lazy_mmu_mode();
	arch_enter_lazy_mmu_mode();			// finding
	arch_leave_lazy_mmu_mode();
}

void ok_given_back(struct queue *queue)
{
	mutex_lock(&queue->mutex);
	mutex_unlock(&queue->mutex);
	mutex_lock(&queue->mutex);
	mutex_unlock(&queue->mutex);
}

void ok_failed(struct queue *queue)
{
	if (!spin_trylock(&queue->lock))
		spin_lock(&queue->lock);
	spin_unlock(&queue->lock);
}

void ok_wait_after_unlock(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	spin_unlock(ptl);
	pmd_migration_entry_wait(mm, pmd);
}

void ok_mapped_again(pmd_t *pmd, unsigned long addr)
{
	pte_t *pte;
again:
	pte = pte_offset_map(pmd, addr);
	if (!pte)
		goto again;
	pte_unmap(pte);
	pte = pte_offset_map(pmd, addr);
	pte_unmap(pte);
}
