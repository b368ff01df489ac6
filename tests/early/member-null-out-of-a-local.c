static void pick(struct vm_fault *vmf, struct counts *counts)
{
	vmf->pte = counts->pte;
	if (counts->a)
		vmf->pte = NULL;
	/* many */
}
int walk(struct counts *counts)
{
	struct vm_fault vmf;
	pick(&vmf, counts);
	/* many */
	pte_unmap(vmf.pte);
	return 0;
}
