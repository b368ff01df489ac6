int walk(spinlock_t *ptl, struct vm_fault *vmf, struct counts *counts)
{
	vmf->n = 0;
	if (make_it(counts))
		vmf->n = 1;
	/* many */
	if (find_it(counts)) {
		vmf->n = 0;
		spin_unlock(ptl);
		return 0;
	}
	return 0;
}
