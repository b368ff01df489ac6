static void pick(struct counts *counts, char **p)
{
	if (counts->a)
		*p = NULL;
	else
		*p = counts->ptr;
	/* many */
}
int walk(struct counts *counts)
{
	char *p;
	pick(counts, &p);
	kunmap_local(p);
	/* many */
	return 0;
}
