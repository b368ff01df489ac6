int walk(struct mm_struct *mm, struct counts *counts)
{
	if (counts->a) {
		rcu_read_lock();
		rcu_read_unlock();
	}
	/* many */
	rcu_read_unlock();
	rcu_read_unlock();
	return 0;
}
