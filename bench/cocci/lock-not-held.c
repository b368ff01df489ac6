static void ok_set_length(int length, struct queue *queue)
{
	lockdep_assert_held(&queue->lock);
	queue->length = length;
}

void bad_callee_asserts(struct queue *queue)
{
	spin_lock(&queue->lock);
	ok_set_length(1, queue);
	spin_unlock(&queue->lock);
	ok_set_length(0, queue);			// finding
}

void bad_asserted_here(struct queue *queue)
{
	mutex_unlock(&queue->mutex);
	lockdep_assert_held(&queue->mutex);		// finding
}

struct vm_area_struct *bad_lookup(struct mm_struct *mm, unsigned long addr)
{
	mmap_read_lock(mm);
	mmap_read_unlock(mm);
	return find_vma(mm, addr);			// finding
}

void bad_mapping(struct address_space *mapping)
{
	i_mmap_unlock_read(mapping);
	i_mmap_assert_locked(mapping);			// finding
}

void bad_deposit(struct mm_struct *mm, pmd_t *pmd, pgtable_t table)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	spin_unlock(ptl);
	pgtable_trans_huge_deposit(mm, pmd, table);	// finding
}

static int bad_entry(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	pte_unmap(pte);					// finding
	return 0;
}

static int bad_hugetlb_entry(pte_t *pte, unsigned long hmask, unsigned long addr, unsigned long next,
			     struct mm_walk *walk)
{
	struct vm_area_struct *vma = walk->vma;

	hugetlb_vma_unlock_read(vma);			// finding
	if (refill_range(vma, addr))
		return -ENOMEM;
	hugetlb_vma_lock_read(vma);
	return 0;
}

static int ok_entry(pte_t *pte, unsigned long addr, unsigned long next, struct mm_walk *walk)
{
	return pte_young(ptep_get(pte));
}

static int ok_hugetlb_entry(pte_t *pte, unsigned long hmask, unsigned long addr, unsigned long next,
			    struct mm_walk *walk)
{
	struct vm_area_struct *vma = walk->vma;

	hugetlb_vma_unlock_read(vma);
	cond_resched();
	hugetlb_vma_lock_read(vma);
	return 0;
}

static const struct mm_walk_ops bad_ops = {
	.pte_entry = bad_entry,
	.hugetlb_entry = bad_hugetlb_entry,
};

static const struct mm_walk_ops ok_ops = {
	.pte_entry = ok_entry,
	.hugetlb_entry = ok_hugetlb_entry,
};

void ok_held(struct queue *queue)
{
	spin_lock(&queue->lock);
	ok_set_length(0, queue);
	spin_unlock(&queue->lock);
}

struct vm_area_struct *ok_lookup(struct mm_struct *mm, unsigned long addr)
{
	mmap_read_unlock(mm);
	mmap_read_lock(mm);
	return find_vma(mm, addr);
}

void ok_deposit(struct mm_struct *mm, pmd_t *pmd, pgtable_t table)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	pgtable_trans_huge_deposit(mm, pmd, table);
	spin_unlock(ptl);
}
