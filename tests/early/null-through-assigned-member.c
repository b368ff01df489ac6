int walk(struct counts *counts)
{
	struct ctx ctx;
	char *p;
	ctx.p = counts->p;
	if (counts->a)
		ctx.p = NULL;
	/* many */
	p = ctx.p;
	kunmap_local(p);
	return 0;
}
