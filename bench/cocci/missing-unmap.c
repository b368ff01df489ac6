int bad_early_return(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);	// finding

	if (!pte)
		return -EAGAIN;
	if (pte_none(ptep_get(pte)))
		return -ENOENT;
	pte_unmap_unlock(pte, ptl);
	return 0;
}

void bad_end_of_the_function(pmd_t *pmd, unsigned long addr)
{
	pte_t *pte;

	pte = pte_offset_map(pmd, addr);		// finding
	if (!pte)
		return;
	if (pte_none(ptep_get(pte)))
		pte_unmap(pte);
}

int bad_page(struct page *page, int length)
{
	char *to = kmap_local_page(page);		// finding

	if (!length)
		return -ENOENT;
	kunmap_local(to);
	return 0;
}

int bad_kept_in_a_structure(struct follow_pfnmap_args *args)
{
	if (follow_pfnmap_start(args))			// finding
		return -EINVAL;
	return 0;
}

int bad_followed(struct mm_struct *mm, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte;

	if (follow_pte(mm, addr, &pte, &ptl))		// finding
		return -EINVAL;
	if (pte_none(ptep_get(pte)))
		return -ENOENT;
	pte_unmap_unlock(pte, ptl);
	return 0;
}

bool bad_walk_left(struct page_vma_mapped_walk *walk)
{
	while (page_vma_mapped_walk(walk)) {
		if (pte_young(ptep_get(walk->pte)))
			return true;			// finding
	}
	return false;
}

int ok_both_paths(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	if (!pte)
		return -EAGAIN;
	if (pte_none(ptep_get(pte))) {
		pte_unmap_unlock(pte, ptl);
		return -ENOENT;
	}
	pte_unmap_unlock(pte, ptl);
	return 0;
}

pte_t *ok_handed_to_the_caller(pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	if (!pte)
		return NULL;
	if (!pte_none(ptep_get(pte)))
		return pte;
	pte_unmap(pte);
	return NULL;
}

int ok_page(struct page *page)
{
	char *to = kmap_local_page(page);
	int first = to[0];

	kunmap_local(to);
	return first;
}

bool ok_walk_ended(struct page_vma_mapped_walk *walk)
{
	while (page_vma_mapped_walk(walk)) {
		if (pte_young(ptep_get(walk->pte))) {
			page_vma_mapped_walk_done(walk);
			break;
		}
	}
	return false;
}

int ok_followed(struct follow_pfnmap_args *args)
{
	if (follow_pfnmap_start(args))
		return -EINVAL;
	follow_pfnmap_end(args);
	return 0;
}
