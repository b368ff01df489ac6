"""How long the analysis of a function, and of a file, may take: bounds for code that somebody wrote to be slow.

Counted is the CPU time of the thread, so a busy machine changes no report.  The bounds lie far above what real code
needs, and whoever reaches one says so.  Example: while `clock.function()` is entered, `clock.late()` says why to stop
once the function, its callees included, has taken its share, or the file has.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic, thread_time

# Seconds.  Of the files of 6.12 the slowest takes 17: bench/robust.py measures it.
OF_FUNCTION, OF_FILE = 60.0, 300.0


class Clock:
    """The time of one file."""

    def __init__(self, of_function: float = OF_FUNCTION, of_file: float = OF_FILE) -> None:
        self.of_function, self.of_file = of_function, of_file
        self._spent = 0.0
        self._began = self._end = inf
        # before this point of real time nothing can be late
        self._early = 0.0

    @contextmanager
    def function(self) -> Iterator[None]:
        """Time for one function; a callee that is entered meanwhile lives on its caller's."""
        if self._began < inf:
            yield
            return
        self._early = 0.0
        self._began = thread_time()
        self._end = self._began + min(self.of_function, self.of_file - self._spent)
        try:
            yield
        finally:
            self._spent += thread_time() - self._began
            self._began = self._end = inf

    def late(self) -> str:
        """Why the function under analysis is to be given up, or the next one not begun; empty while there is time."""
        real = monotonic()
        if real < self._early:
            return ""
        now = thread_time()
        of_file = self.of_file - self._spent - max(now - self._began, 0)
        if of_file <= 0:
            return f"the file takes longer than {self.of_file:g} s: analysis stopped"
        # a thread takes no more than real time, and asking for the latter costs a tenth, or less on a busy machine
        self._early = real + min(of_file, self._end - now)
        return f"takes longer than {self.of_function:g} s: analysis stopped" if now > self._end else ""
