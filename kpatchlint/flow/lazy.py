"""A property that is computed once, without the lock that `functools.cached_property` has in Python 3.11.

A path state is asked for half a dozen of these, and there are hundreds of thousands of states.  Assumes that nobody
minds if two threads compute the same.  Example: `key = lazy(_key)` in a class whose instances have a `__dict__`.
"""

from collections.abc import Callable
from typing import Generic, TypeVar, overload

T = TypeVar("T")
Owner = TypeVar("Owner")


class lazy(Generic[Owner, T]):  # noqa: N801 - it is read as a decorator
    """The decorator."""

    def __init__(self, compute: Callable[[Owner], T]) -> None:
        self.compute, self.name, self.__doc__ = compute, compute.__name__, compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type[Owner]) -> "lazy[Owner, T]": ...

    @overload
    def __get__(self, instance: Owner, owner: type[Owner]) -> T: ...

    def __get__(self, instance: Owner | None, owner: type[Owner]) -> "T | lazy[Owner, T]":
        if instance is None:
            return self
        # from now on Python finds the value there and does not ask here
        value = instance.__dict__[self.name] = self.compute(instance)
        return value
