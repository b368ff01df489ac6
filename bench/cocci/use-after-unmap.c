int bad_read(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	pte_unmap_unlock(pte, ptl);
	return pte_young(ptep_get(pte));		// finding
}

void bad_write(struct mm_struct *mm, pte_t *pte, unsigned long addr, pte_t entry, bool done)
{
	if (done)
		pte_unmap(pte);
	set_pte_at(mm, addr, pte, entry);		// finding
}

int bad_read_through_the_pointer(pte_t *pte)
{
	pte_unmap(pte);
	return pte_present(*pte);			// finding
}

char bad_page(struct page *page)
{
	char *from = kmap_local_page(page);

	kunmap_local(from);
	return from[0];					// finding
}

int ok_read_before(pte_t *pte)
{
	pte_t entry = ptep_get(pte);

	pte_unmap(pte);
	return pte_young(entry);
}

int ok_mapped_again(pmd_t *pmd, unsigned long addr, pte_t *pte)
{
	pte_unmap(pte);
	pte = pte_offset_map(pmd, addr);
	return pte_young(ptep_get(pte));
}

char ok_page(struct page *page)
{
	char *from = kmap_local_page(page);
	char first = from[0];

	kunmap_local(from);
	return first;
}
