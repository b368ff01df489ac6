static void pick(spinlock_t *ptl, struct vm_fault *b, struct counts *counts)
{
	if (counts->a)
		ptl = b->ptl;
	/* many */
	spin_unlock(ptl);
}
int walk(spinlock_t *ptl, struct vm_fault *b, struct counts *counts)
{
	spin_lock(ptl);
	pick(ptl, b, counts);
	/* many */
	spin_unlock(ptl);
	return 0;
}
