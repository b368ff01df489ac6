"""How often Python looks for cycles of garbage: seldom, as nearly everything here is freed by its reference count.

An analysis makes many small values that live long, and looking through them all again costs a third of its time; what
is left in cycles is a few hundred MB at most, in the largest functions.  Example: `collect_seldom()` at the start of a
program and of its workers.
"""

import gc

# containers made and not freed before the youngest generation is looked through; Python's own figure is 700
YOUNG = 20_000


def collect_seldom() -> None:
    """From now on, in this process."""
    gc.set_threshold(YOUNG, 10, 10)


def collect_no_more() -> None:
    """At the end of a program: Python looks through everything twice when it ends, but not through what is frozen."""
    gc.freeze()
