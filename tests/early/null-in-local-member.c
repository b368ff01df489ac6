int walk(struct counts *counts)
{
	struct ctx ctx;
	ctx.p = counts->p;
	if (counts->a)
		ctx.p = NULL;
	/* many */
	kunmap_local(ctx.p);
	return 0;
}
