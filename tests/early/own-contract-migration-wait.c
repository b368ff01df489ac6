void migration_entry_wait_on_locked(swp_entry_t entry, spinlock_t *ptl)
{
	struct counts *counts = current->counts;
	if (counts->a) {
		spin_unlock(ptl);
	}
	/* many */
	find_it(counts);
}
