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
	spin_unlock(ptl);
	migration_entry_wait_on_locked(counts->e, ptl);
	return 0;
}
