int walk(struct counts *counts)
{
	struct ctx ctx;
	char *p;
	if (counts->a)
		p = counts->p;
	/* many */
	ctx.p = p;
	kunmap_local(ctx.p);
	return 0;
}
