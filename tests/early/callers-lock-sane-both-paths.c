int walk(spinlock_t *ptl, struct vm_fault *b, struct counts *counts)
{
	if (counts->a)
		ptl = b->ptl;
	/* many */
	spin_unlock(ptl);
	return 0;
}
