static void pick(spinlock_t *ptl, struct vm_fault *b, struct counts *counts)
{
	if (counts->a)
		ptl = b->ptl;
	/* many */
	spin_lock(ptl);
}
int walk(spinlock_t *ptl, struct vm_fault *b, struct counts *counts)
{
	pick(ptl, b, counts);
	/* many */
	spin_lock(ptl);
	spin_unlock(ptl);
	spin_unlock(ptl);
	return 0;
}
