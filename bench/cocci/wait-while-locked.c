void bad_under_a_spinlock(struct queue *queue)
{
	spin_lock_bh(&queue->lock);
	if (queue->length)
		cond_resched();				// finding
	spin_unlock_bh(&queue->lock);
}

void *bad_allocation(struct queue *queue)
{
	void *item;

	if (!spin_trylock(&queue->lock))
		return NULL;
	item = kmalloc(queue->length, GFP_KERNEL);	// finding
	spin_unlock(&queue->lock);
	return item;
}

void bad_wait_under_another_lock(swp_entry_t entry, spinlock_t *ptl, struct queue *queue)
{
	spin_lock(&queue->lock);
	migration_entry_wait_on_locked(entry, ptl);	// finding
	spin_unlock(&queue->lock);
}

void bad_under_the_lock_of_a_table(struct mm_struct *mm, pmd_t *pmd, struct queue *queue)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	mutex_lock(&queue->mutex);			// finding
	spin_unlock(ptl);
	mutex_unlock(&queue->mutex);
}

void bad_while_mapped(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	if (!pte)
		return;
	migration_entry_wait(mm, pmd, addr);		// finding
	pte_unmap(pte);
}

void bad_in_a_section(struct queue *queue)
{
	rcu_read_lock();
	synchronize_rcu();				// finding
	rcu_read_unlock();
}

void bad_with_the_vma_lock(struct vm_area_struct *vma, swp_entry_t entry, spinlock_t *ptl)
{
	hugetlb_vma_lock_read(vma);
	migration_entry_wait_on_locked(entry, ptl);	// finding
	hugetlb_vma_unlock_read(vma);
}

void bad_atomic_map(struct page *page)
{
	char *to = kmap_atomic(page);

	might_sleep();					// finding
	kunmap_atomic(to);
}

int bad_copy_from_user(struct queue *queue, const void __user *from)
{
	int ret;

	spin_lock(&queue->lock);
	ret = copy_from_user(&queue->first, from, 4);	// finding
	spin_unlock(&queue->lock);
	return ret;
}

static int bad_entry(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	cond_resched();					// finding
	return 0;
}

static const struct mm_walk_ops bad_ops = {
	.pte_entry = bad_entry,
};

void bad_with_the_folio(struct folio *folio, struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	if (!folio_trylock(folio))
		return;
	migration_entry_wait(mm, pmd, addr);		// finding
	folio_unlock(folio);
}

void bad_with_the_fault_mutex(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, u32 hash)
{
	mutex_lock(&hugetlb_fault_mutex_table[hash]);
	migration_entry_wait(mm, pmd, addr);		// finding
	mutex_unlock(&hugetlb_fault_mutex_table[hash]);
}

vm_fault_t bad_userfault(struct vm_fault *vmf, unsigned long reason)
{
	vm_fault_t ret;

	hugetlb_vma_lock_read(vmf->vma);
	ret = handle_userfault(vmf, reason);		// finding
	hugetlb_vma_unlock_read(vmf->vma);
	return ret;
}

void *bad_combined_flags(struct queue *queue)
{
	void *item;

	rcu_read_lock();
	item = kzalloc(64, GFP_KERNEL | __GFP_NOWARN);	// finding
	rcu_read_unlock();
	return item;
}

void bad_wait_leaves_the_map(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, swp_entry_t entry)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	if (!pte)
		return;
	migration_entry_wait_on_locked(entry, ptl);	// finding
	pte_unmap(pte);
}

void ok_after_unlock(struct queue *queue)
{
	spin_lock_bh(&queue->lock);
	queue->length = 0;
	spin_unlock_bh(&queue->lock);
	cond_resched();
}

void *ok_atomic_allocation(struct queue *queue)
{
	void *item;

	spin_lock(&queue->lock);
	item = kmalloc(queue->length, GFP_ATOMIC);
	spin_unlock(&queue->lock);
	return item;
}

void ok_wait_drops_the_lock(swp_entry_t entry, spinlock_t *ptl)
{
	spin_lock(ptl);
	migration_entry_wait_on_locked(entry, ptl);
	cond_resched();
}

void ok_unmapped(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	if (!pte) {
		cond_resched();
		return;
	}
	pte_unmap(pte);
	migration_entry_wait(mm, pmd, addr);
}

void ok_wait_drops_the_vma_lock(struct vm_area_struct *vma, unsigned long addr, pte_t *ptep)
{
	hugetlb_vma_lock_read(vma);
	migration_entry_wait_huge(vma, addr, ptep);
}

int ok_copy_without_faults(struct queue *queue, const void __user *from)
{
	int ret;

	spin_lock(&queue->lock);
	pagefault_disable();
	ret = copy_from_user(&queue->first, from, 4);
	pagefault_enable();
	spin_unlock(&queue->lock);
	return ret;
}

static int ok_entry(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return pte_young(ptep_get(pte));
}

static const struct mm_walk_ops ok_ops = {
	.pte_entry = ok_entry,
};

void ok_where_the_trylock_failed(struct folio *folio, struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	if (!folio_trylock(folio)) {
		migration_entry_wait(mm, pmd, addr);
		return;
	}
	folio_unlock(folio);
}
