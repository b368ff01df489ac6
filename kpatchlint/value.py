"""Values are frozen Structs of msgspec, not frozen dataclasses: the same to whoever reads or makes one, in less time.

Python writes, compiles and runs the methods of each dataclass anew at every start, in 0.4 ms; a Struct's are C, and
its class takes 0.013 ms.  For the 60 values that the check of a patch needs that was a fifth of the time it took.
`msgspec.structs.replace` makes a changed copy; `dict=True` makes room for what a `cached_property` keeps, and that is
no part of the value: a copy does not have it.  What stands here is what a Struct lacks.  Example:

    class Held(Alike, frozen=True):     equal to another with the same resource, wherever it was taken
        resource: str
        at: int

        @property
        def essence(self) -> Hashable:
            return self.resource
"""

from abc import ABCMeta
from collections.abc import Hashable

from msgspec import Struct, StructMeta


class Abstract(StructMeta, ABCMeta):
    """The metaclass of a Struct that has abstract methods, or is a `Mapping`."""


class Alike(Struct, frozen=True):
    """A value that only some of its fields are compared of."""

    @property
    def essence(self) -> Hashable:
        """What equal ones have in common."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Alike) and self.essence == other.essence

    def __hash__(self) -> int:
        return hash(self.essence)
