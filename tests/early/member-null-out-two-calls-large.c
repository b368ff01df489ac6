static void pick(struct vm_fault *vmf, struct counts *counts)
{
	if (counts->a)
		vmf->pte = NULL;
	/* many */
}
static int choose(struct vm_fault *vmf, struct counts *counts)
{
	pick(vmf, counts);
	/* many */
	return make_it(counts);
}
int walk(struct vm_fault *vmf, struct counts *counts)
{
	choose(vmf, counts);
	/* many */
	pte_unmap(vmf->pte);
	return 0;
}
