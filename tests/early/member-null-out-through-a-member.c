static void pick(struct walk *w, struct counts *counts)
{
	if (counts->a)
		w->vmf->pte = NULL;
	/* many */
}
int walk(struct walk *w, struct counts *counts)
{
	pick(w, counts);
	pte_unmap(w->vmf->pte);
	return 0;
}
