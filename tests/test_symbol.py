"""Symbols: equal ones are one object for as long as somebody holds them."""

import gc

from kpatchlint.check import scan_source
from kpatchlint.flow.symbol import ZERO, Cell, Initial, Interned, Literal

CODE = """\
void f(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *%s = pmd_lock(mm, pmd);

	if (%s->len)
		count(%s);
	spin_unlock(%s);
}
"""


def test_equal_symbols_are_one():
    assert Initial(Cell(None, "a")) is Initial(Cell(None, "a"))
    assert Initial(Cell(None, "a")) is not Initial(Cell(None, "b"))
    assert Literal(0) is ZERO


def test_a_long_run_does_not_keep_the_symbols_of_every_function():
    scan_source("x.c", (CODE % (("ptl",) * 4)).encode())
    gc.collect()
    before = len(Interned.known)
    for number in range(20):
        scan_source("x.c", (CODE % ((f"p{number}",) * 4)).encode())
    gc.collect()
    assert len(Interned.known) - before < 5
