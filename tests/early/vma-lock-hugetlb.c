int walk(struct vm_area_struct *vma, struct mm_struct *mm, unsigned long addr, struct counts *counts, struct hstate *h)
{
	pte_t *ptep;
	hugetlb_vma_lock_read(vma);
	ptep = hugetlb_walk(vma, addr, 4096);
	if (!ptep)
		goto out;
	if (counts->a)
		hugetlb_vma_unlock_read(vma);
	/* many */
	counts->v = huge_ptep_get(mm, addr, ptep);
	if (counts->a)
		return 0;
out:
	hugetlb_vma_unlock_read(vma);
	return 0;
}
