int walk(struct mm_struct *mm, pmd_t *pmd, pmd_t *other, unsigned long addr, struct counts *counts)
{
	char *a = kmap_local_page(counts->p), *b = kmap_local_page(counts->q);
	/* many */
	kunmap_local(a);
	kunmap_local(b);
	return 0;
}
