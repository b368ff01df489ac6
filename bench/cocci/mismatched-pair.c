int bad_only_the_lock(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	if (!pte)
		return 0;
	spin_unlock(ptl);				// finding
	return 1;
}

int bad_only_the_map(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	if (!pte)
		return 0;
	pte_unmap(pte);					// finding
	return 1;
}

void bad_other_lock(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, spinlock_t *other)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	pte_unmap_unlock(pte, other);			// finding
}

void bad_kernel_table(pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_kernel(pmd, addr);

	pte_unmap(pte);					// finding
}

void bad_other_map(struct page *page)
{
	char *to = kmap_atomic(page);

	to[0] = 0;
	kunmap_local(to);				// finding
}

void bad_reader_unlocks_as_writer(struct mm_struct *mm)
{
	mmap_read_lock(mm);
	mmap_write_unlock(mm);				// finding
}

int bad_writer_unlocks_as_reader(struct registry *registry)
{
	if (!down_write_trylock(&registry->sem))
		return -EAGAIN;
	up_read(&registry->sem);			// finding
	return 0;
}

void bad_inode(struct inode *inode)
{
	inode_lock_shared(inode);
	inode_unlock(inode);				// finding
}

int ok_both(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	if (!pte)
		return 0;
	pte_unmap(pte);
	spin_unlock(ptl);
	return 1;
}

int ok_both_at_once(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	if (!pte)
		return 0;
	pte_unmap_unlock(pte, ptl);
	return 1;
}

void ok_downgraded(struct registry *registry)
{
	down_write(&registry->sem);
	downgrade_write(&registry->sem);
	up_read(&registry->sem);
}

void ok_same_map(struct page *page)
{
	char *to = kmap_atomic(page);

	to[0] = 0;
	kunmap_atomic(to);
}
