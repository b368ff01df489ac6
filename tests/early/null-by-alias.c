int walk(struct counts *counts)
{
	char *p = counts->p, *q;
	if (counts->a)
		p = NULL;
	q = p;
	/* many */
	kunmap_local(q);
	return 0;
}
