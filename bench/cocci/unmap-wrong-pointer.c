int bad_past_the_end(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	int young = 0;

	for (; addr != end; pte++, addr += PAGE_SIZE)
		young += pte_young(ptep_get(pte));
	pte_unmap_unlock(pte, ptl);			// finding
	return young;
}

int bad_past_the_end_of_do(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	int young = 0;

	do {
		young += pte_young(ptep_get(pte));
	} while (pte++, addr += PAGE_SIZE, addr != end);
	pte_unmap_unlock(pte, ptl);			// finding
	return young;
}

int bad_before_the_start(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	for (; addr != end; pte++, addr += PAGE_SIZE) {
		if (pte_none(ptep_get(pte)))
			break;
	}
	pte_unmap_unlock(pte - 1, ptl);			// finding
	return 0;
}

void bad_twice(pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	if (pte_none(ptep_get(pte)))
		pte_unmap(pte);
	pte_unmap(pte);					// finding
}

void bad_page_twice(struct page *page)
{
	char *to = kmap_local_page(page);

	kunmap_local(to);
	kunmap_local(to);				// finding
}

void bad_start_of_the_earlier_map(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *start, *pte;

	start = pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	pte_unmap_unlock(start, ptl);
	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	pte_unmap_unlock(start, ptl);			// finding
}

int ok_start(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *start = pte_offset_map_lock(mm, pmd, addr, &ptl);
	pte_t *pte = start;
	int young = 0;

	for (; addr != end; pte++, addr += PAGE_SIZE)
		young += pte_young(ptep_get(pte));
	pte_unmap_unlock(start, ptl);
	return young;
}

int ok_one_back(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	int young = 0;

	do {
		young += pte_young(ptep_get(pte));
	} while (pte++, addr += PAGE_SIZE, addr != end);
	pte_unmap_unlock(pte - 1, ptl);
	return young;
}

void ok_mapped_again(pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	pte_unmap(pte);
	pte = pte_offset_map(pmd, addr);
	pte_unmap(pte);
}
