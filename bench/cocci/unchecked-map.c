int bad_used_at_once(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	int young = pte_young(ptep_get(pte));		// finding

	pte_unmap_unlock(pte, ptl);
	return young;
}

int bad_read_at_once(pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	return pte_present(*pte);			// finding
}

void bad_only_given_back(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	pte_unmap_unlock(pte, ptl);			// finding
}

void bad_lock_given_back(struct vm_area_struct *vma, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_trans_huge_lock(pmd, vma);

	spin_unlock(ptl);				// finding
}

int bad_release_behind_the_label(struct vm_area_struct *vma, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_trans_huge_lock(pmd, vma);
	int ret = 0;

	if (!ptl) {
		ret = -ENOENT;
		goto out;
	}
	ret = 1;
out:
	spin_unlock(ptl);				// finding
	return ret;
}

void bad_vma(struct mm_struct *mm, unsigned long addr)
{
	struct vm_area_struct *vma = lock_vma_under_rcu(mm, addr);

	vma_end_read(vma);				// finding
}

int ok_tested(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	int young;

	if (!pte)
		return 0;
	young = pte_young(ptep_get(pte));
	pte_unmap_unlock(pte, ptl);
	return young;
}

int ok_in_the_branch(pmd_t *pmd, unsigned long addr)
{
	int young = 0;
	pte_t *pte = pte_offset_map(pmd, addr);

	if (pte) {
		young = pte_young(*pte);
		pte_unmap(pte);
	}
	return young;
}

void ok_lock_tested(struct vm_area_struct *vma, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_trans_huge_lock(pmd, vma);

	if (ptl)
		spin_unlock(ptl);
}
