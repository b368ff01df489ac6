"""Findings that come of one mistake: told together, and not told twice."""

from kpatchlint.check import scan_source
from kpatchlint.report.mistake import mistakes

TWO_MAPS = """
int f(pmd_t *pmd, unsigned long addr, int again)
{
	pte_t *pte = pte_offset_map(pmd, addr);

	if (!pte)
		return 0;
	if (again) {
		pte_unmap(pte);
		pte = pte_offset_map(pmd, addr + PAGE_SIZE);
		if (!pte)
			return 0;
	}
	if (pte_none(ptep_get(pte)))
		return 1;
	pte_unmap(pte);
	return 0;
}
"""

TOO_EARLY = """
int f(pmd_t *pmd, unsigned long addr)
{
	pte_t *pte = pte_offset_map(pmd, addr);
	int ret;

	if (!pte)
		return 0;
	pte_unmap(pte);
	ret = pte_none(ptep_get(pte));
	pte_unmap(pte);
	return ret;
}
"""


def findings(text):
    return scan_source("mm/x.c", text.encode()).findings


def test_a_return_that_leaves_what_was_taken_here_or_there_is_one_finding():
    assert [finding.statement.strip() for finding in findings(TWO_MAPS)] == ["return 1;"]


def test_what_is_used_and_given_back_after_it_was_given_up_is_one_mistake():
    found = findings(TOO_EARLY)
    assert [finding.rule for finding in found] == ["use-after-unmap", "unmap-wrong-pointer"]
    assert mistakes(found) == [(found[0], (found[1],))]
