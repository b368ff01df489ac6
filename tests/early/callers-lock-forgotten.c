int walk(struct vm_fault *vmf, struct vm_fault *b, struct counts *counts)
{
	spinlock_t *ptl;
	if (counts->a)
		ptl = vmf->ptl;
	else
		ptl = b->ptl;
	/* many */
	if (find_it(counts))
		return 0;
	spin_unlock(ptl);
	return 0;
}
