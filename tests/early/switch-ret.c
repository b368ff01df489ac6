int walk(struct mm_struct *mm, struct counts *counts)
{
	int ret, n = 3;
	spin_lock(&mm->page_table_lock);
	if (counts->a)
		n = 4;
	/* many */
	switch (n) {
	case 3:
		ret = 0;
		break;
	default:
		ret = 9;
		if (make_it(counts))
			return ret;
	}
	spin_unlock(&mm->page_table_lock);
	return 9;
}
