void bad_unlock_after_wait(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	if (is_pmd_migration_entry(*pmd))
		migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), ptl);
	spin_unlock(ptl);				// finding
}

void bad_twice(struct queue *queue)
{
	mutex_lock(&queue->mutex);
	if (!queue->length)
		mutex_unlock(&queue->mutex);
	mutex_unlock(&queue->mutex);			// finding
}

void bad_lock_only_named(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_nolock(mm, pmd, addr, &ptl);

	pte_unmap_unlock(pte, ptl);			// finding
}

void bad_section_left_twice(struct queue *queue)
{
	rcu_read_lock();
	if (!queue->length)
		rcu_read_unlock();
	rcu_read_unlock();				// finding
}

void bad_folio(struct folio *folio, bool done)
{
	folio_lock(folio);
	if (done)
		folio_unlock(folio);
	folio_unlock(folio);				// finding
}

void ok_wait_returns(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	if (is_pmd_migration_entry(*pmd)) {
		migration_entry_wait_on_locked(pmd_to_swp_entry(*pmd), ptl);
		return;
	}
	spin_unlock(ptl);
}

void ok_taken_again(struct queue *queue)
{
	mutex_lock(&queue->mutex);
	mutex_unlock(&queue->mutex);
	mutex_lock(&queue->mutex);
	mutex_unlock(&queue->mutex);
}

void ok_named_and_taken(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_nolock(mm, pmd, addr, &ptl);

	spin_lock(ptl);
	pte_unmap_unlock(pte, ptl);
}
