static void pick(struct vm_fault *vmf, struct counts *counts)
{
	if (counts->a)
		vmf->pte = NULL;
	/* many */
}
static void done(struct vm_fault *vmf, struct counts *counts)
{
	counts->n++;
	pte_unmap(vmf->pte);
}
int walk(struct vm_fault *vmf, struct counts *counts)
{
	pick(vmf, counts);
	/* many */
	done(vmf, counts);
	return 0;
}
