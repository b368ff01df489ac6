int bad_counts(struct hstate *h, struct mm_struct *mm, pte_t *ptep)
{
	spinlock_t *ptl = huge_pte_lock(h, mm, ptep);
	int present = pte_present(ptep_get(ptep));			// finding

	spin_unlock(ptl);
	return present;
}

int ok_counts(struct hstate *h, struct mm_struct *mm, pte_t *ptep)
{
	spinlock_t *ptl = huge_pte_lock(h, mm, ptep);
	int present = pte_present(huge_ptep_get(ptep));

	spin_unlock(ptl);
	return present;
}
