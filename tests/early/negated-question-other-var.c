void walk(swp_entry_t e1, swp_entry_t e2, spinlock_t *ptl, struct counts *counts)
{
	int n = 0;
	swp_entry_t entry = make_entry(counts), orig = entry;
	if (!is_migration_entry(entry))
		n = 1;
	else if (counts->a)
		entry = e2;
	/* many */
	counts->n = n;
	keep_it(orig);
	migration_entry_wait_on_locked(entry, ptl);
}
