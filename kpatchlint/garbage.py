"""How often Python looks for cycles of garbage: seldom, as nearly everything here is freed by its reference count.

An analysis makes many small values that live long, and looking through them all again costs a third of its time, where
next to nothing is left in cycles: without any collection the peak of a scan is the same.  The check of one patch ends
before it is looked for at all, and leaves to the system to free what it has.  Example: `collect_seldom()` at the start
of a program and of its workers.
"""

import atexit
import gc
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

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


def leave(end: SystemExit) -> None:
    """End a program that has nothing left to do, with what has to be done at its end, and without freeing each value.

    It is left to Python where the status is no number, another thread is at work, somebody looks
    on - with `python -i`, or `KPATCHLINT_DEBUG` in the environment - or nobody hears what is said last.  Python looks
    for garbage twice when it ends, but not in what is frozen.
    """
    gc.freeze()
    watched = sys.flags.interactive or os.environ.get("KPATCHLINT_DEBUG")
    if not isinstance(end.code, int) or threading.active_count() > 1 or watched or sys.stdout is None:
        return
    atexit._run_exitfuncs()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(end.code & 0xFF)
