static void pick(struct vm_fault *vmf, struct counts *counts)
{
	if (counts->a)
		vmf->pte = NULL;
	/* many */
}
int walk(struct vm_fault *vmf, struct counts *counts)
{
	pte_t *pte;
	pick(vmf, counts);
	pte = vmf->pte;
	/* many */
	pte_unmap(pte);
	return 0;
}
