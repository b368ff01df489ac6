int bad_early_return(struct queue *queue)
{
	spin_lock_irq(&queue->lock);			// finding
	if (!queue->length)
		return -ENOENT;
	queue->length--;
	spin_unlock_irq(&queue->lock);
	return 0;
}

void bad_end_of_the_function(struct queue *queue)
{
	mutex_lock(&queue->mutex);			// finding
	queue->length--;
	if (queue->length)
		mutex_unlock(&queue->mutex);
}

int bad_after_trylock(struct queue *queue)
{
	if (!read_trylock(&queue->lock))		// finding
		return -EAGAIN;
	if (!queue->length)
		return -ENOENT;
	read_unlock(&queue->lock);
	return 0;
}

int bad_in_the_branch_of_trylock(struct queue *queue)
{
	if (spin_trylock(&queue->lock)) {
		if (!queue->length)
			return -ENOENT;			// finding
		spin_unlock(&queue->lock);
	}
	return 0;
}

int bad_after_a_killable_lock(struct mm_struct *mm)
{
	if (mmap_read_lock_killable(mm))		// finding
		return -EINTR;
	if (!mm->map_count)
		return -ENOENT;
	mmap_read_unlock(mm);
	return 0;
}

int bad_lock_that_a_lookup_returns(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);		// finding

	if (!pmd_present(*pmd))
		return -ENOENT;
	spin_unlock(ptl);
	return 0;
}

int bad_lookup_that_may_fail(struct vm_area_struct *vma, pmd_t *pmd)
{
	spinlock_t *ptl;

	ptl = pmd_trans_huge_lock(pmd, vma);		// finding
	if (!ptl)
		return 0;
	if (!pmd_present(*pmd))
		return -ENOENT;
	spin_unlock(ptl);
	return 0;
}

int bad_section(struct queue *queue)
{
	rcu_read_lock();				// finding
	if (!queue->length)
		return -ENOENT;
	rcu_read_unlock();
	return 0;
}

int bad_lazy_mode(struct queue *queue)
{
	arch_enter_lazy_mmu_mode();			// finding
	if (!queue->length)
		return -ENOENT;
	arch_leave_lazy_mmu_mode();
	return 0;
}

int bad_folio_lock(struct folio *folio, bool dirty)
{
	folio_lock(folio);				// finding
	if (!dirty)
		return -ENOENT;
	folio_unlock(folio);
	return 0;
}

int bad_in_the_branch_of_a_lookup(struct vm_area_struct *vma, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_trans_huge_lock(pmd, vma);

	if (ptl) {
		if (!pmd_present(*pmd))
			return -ENOENT;			// finding
		spin_unlock(ptl);
	}
	return 0;
}

int bad_lock_of_a_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, addr);	// finding

	if (!vma)
		return 0;
	if (vma_is_anonymous(vma))
		return -ENOENT;
	vma_end_read(vma);
	return 1;
}

int bad_walk_not_ended(struct vm_area_struct *vma, unsigned long addr)
{
	struct folio_walk fw;
	struct folio *folio = folio_walk_start(&fw, vma, addr, 0);	// finding

	if (!folio)
		return 0;
	if (folio_test_anon(folio))
		return -ENOENT;
	folio_walk_end(&fw, vma);
	return 1;
}

int bad_semaphore(struct registry *registry)
{
	int ret;

	ret = down_read_killable(&registry->sem);	// finding
	if (ret)
		return ret;
	if (!registry->length)
		return -ENOENT;
	up_read(&registry->sem);
	return 0;
}

int bad_when_the_count_drops(struct queue *queue)
{
	if (!refcount_dec_and_lock(&queue->users, &queue->lock))	// finding
		return 0;
	if (!queue->length)
		return -ENOENT;
	spin_unlock(&queue->lock);
	return 0;
}

int bad_rmap(struct anon_vma *anon_vma)
{
	anon_vma_lock_write(anon_vma);			// finding
	if (!anon_vma->num_children)
		return -ENOENT;
	anon_vma_unlock_write(anon_vma);
	return 0;
}

int ok_both_paths(struct queue *queue)
{
	spin_lock_irq(&queue->lock);
	if (!queue->length) {
		spin_unlock_irq(&queue->lock);
		return -ENOENT;
	}
	queue->length--;
	spin_unlock_irq(&queue->lock);
	return 0;
}

void ok_left_to_the_caller(struct queue *queue)
{
	spin_lock(&queue->lock);
}

int ok_not_taken(struct queue *queue)
{
	if (!spin_trylock(&queue->lock))
		return -EAGAIN;
	queue->length--;
	spin_unlock(&queue->lock);
	return 0;
}

int ok_lookup_failed(struct vm_area_struct *vma, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_trans_huge_lock(pmd, vma);

	if (!ptl)
		return 0;
	spin_unlock(ptl);
	return 1;
}

int ok_section(struct queue *queue)
{
	int length;

	rcu_read_lock();
	length = queue->length;
	rcu_read_unlock();
	return length;
}
