int walk(char **p, char **q, struct counts *counts)
{
	char **r = q;
	if (counts->a)
		r = p;
	/* many */
	*r = NULL;
	kunmap_local(*p);
	return 0;
}
