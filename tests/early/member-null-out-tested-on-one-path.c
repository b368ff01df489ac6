static void pick(struct vm_fault *vmf, struct counts *counts)
{
	if (counts->a)
		vmf->pte = NULL;
	/* many */
}
int walk(struct vm_fault *vmf, struct counts *counts)
{
	pick(vmf, counts);
	if (counts->b) {
		if (!vmf->pte)
			return 0;
	}
	/* many */
	pte_unmap(vmf->pte);
	return 0;
}
