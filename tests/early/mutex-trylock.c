int walk(struct counts *counts, struct counts *b)
{
	if (counts->a)
		counts = b;
	/* many */
	if (!mutex_trylock(&counts->lock))
		goto out;
	find_it(counts);
out:
	mutex_unlock(&counts->lock);
	return 0;
}
