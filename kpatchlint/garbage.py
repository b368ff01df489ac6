"""How often Python looks for cycles of garbage: seldom, as nearly everything here is freed by its reference count.

An analysis makes many small values that live long, and looking through them all again costs a third of its time, where
next to nothing is left in cycles: without any collection the peak of a scan is the same.  The check of one patch ends
before it is looked for at all.  Example: `collect_seldom()` at the start of a program and of its workers.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# containers made and not freed before the youngest generation is looked through; Python's own figure is 700
YOUNG = 1_000_000
# how often that is before the middle one is, too
MIDDLE = 2


def collect_seldom() -> None:
    """From now on, in this process."""
    gc.set_threshold(YOUNG, MIDDLE, 10)


@contextmanager
def nothing_to_collect() -> Iterator[None]:
    """While modules are loaded, which stay: they are looked through neither then nor later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def collect_no_more() -> None:
    """At the end of a program: Python looks through everything twice when it ends, but not through what is frozen."""
    gc.freeze()
