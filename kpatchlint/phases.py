"""Where the time of a run goes: CPU seconds by phase, measured only when it was asked for.

A phase inside another one is not counted twice.  Assumption: the run is of one process and one thread.  Example:

    begin()
    with phase("parse"): ...
    print(table())        a line for each phase: its name, seconds, share, and how often it was entered
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import process_time

REST = "start, and the rest"


class _Spent:
    """CPU seconds and entries by phase, and the phases that are entered now."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.entered: Counter[str] = Counter((REST,))
        self._open = [REST]
        self._since = 0.0

    def switch(self) -> None:
        """Give the time since the last change to the phase that was entered last."""
        now = process_time()
        name = self._open[-1]
        self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """The time of a phase."""
        self.switch()
        self._open.append(name)
        self.entered[name] += 1
        try:
            yield
        finally:
            self.switch()
            self._open.pop()


_SPENT: ContextVar[_Spent | None] = ContextVar("spent", default=None)


def begin() -> None:
    """Measure from now on; what the process has taken so far counts as its start."""
    _SPENT.set(_Spent())


def measured() -> bool:
    """Whether somebody asked."""
    return _SPENT.get() is not None


@contextmanager
def phase(name: str) -> Iterator[None]:
    """What is done inside belongs to this phase."""
    spent = _SPENT.get()
    if spent is None:
        yield
        return
    with spent.inside(name):
        yield


def table() -> str:
    """Phases, those that took longest first; ends the measurement."""
    spent = _SPENT.get() or _Spent()
    _SPENT.set(None)
    spent.switch()
    whole = sum(spent.seconds.values()) or 1.0
    rows = (
        f"{name:<20} {seconds:>8.3f} {seconds / whole:>6.0%} {spent.entered[name]:>8}\n"
        for name, seconds in sorted(spent.seconds.items(), key=lambda item: -item[1])
    )
    return f"{'phase':<20} {'seconds':>8} {'share':>6} {'entered':>8}\n" + "".join(rows)
