int walk(struct vm_fault *vmf, struct vm_fault *b, struct counts *counts)
{
	spinlock_t *ptl;
	if (counts->a)
		ptl = b->ptl;
	else
		ptl = counts->ptl;
	vmf->ptl = ptl;
	/* many */
	spin_lock(vmf->ptl);
	find_it(counts);
	spin_unlock(ptl);
	spin_unlock(vmf->ptl);
	return 0;
}
