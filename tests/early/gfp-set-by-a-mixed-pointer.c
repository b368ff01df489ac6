int walk(spinlock_t *ptl, struct ctx *c, struct ctx *d, struct counts *counts)
{
	void *x;
	if (counts->a)
		d = c;
	/* many */
	d->gfp = GFP_KERNEL;
	spin_lock(ptl);
	x = kmalloc(8, c->gfp);
	spin_unlock(ptl);
	keep(x);
	return 0;
}
