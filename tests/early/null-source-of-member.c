int walk(struct counts *counts)
{
	struct ctx ctx;
	char *p = counts->p;
	if (counts->a)
		p = NULL;
	/* many */
	ctx.p = p;
	kunmap_local(ctx.p);
	return 0;
}
