int walk(struct vm_area_struct *vma, struct vm_area_struct *b, struct counts *counts)
{
	if (counts->a)
		vma = b;
	/* many */
	hugetlb_vma_lock_write(vma);
	if (find_it(counts))
		vma = counts->vma;
	hugetlb_vma_unlock_write(vma);
	return 0;
}
