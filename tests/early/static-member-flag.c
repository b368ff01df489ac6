static void pick(struct vm_fault *vmf, struct counts *counts)
{
	vmf->flags = 0;
	if (counts->a)
		vmf->flags = 1;
	/* many */
}
int walk(struct vm_fault *vmf, spinlock_t *ptl, struct counts *counts)
{
	pick(vmf, counts);
	spin_lock(ptl);
	if (vmf->flags)
		spin_unlock(ptl);
	spin_unlock(ptl);
	return 0;
}
