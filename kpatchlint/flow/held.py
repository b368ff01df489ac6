"""What a path holds, and what it has given up, each with the operation that did it.

Where something was taken, and by whom, is told, not compared.  Example: two paths that took one mapping at two places
and meet hold the same.
"""

from collections.abc import Hashable, Mapping

from msgspec.structs import replace

from kpatchlint.flow.symbol import Symbol
from kpatchlint.value import Alike

# a kind, and what it is
Resource = tuple[str, Symbol | None]


class Held(Alike, frozen=True):
    """Something held: its kind, what it is, the text it was taken under, the operation and the callee that took it.

    `again`: the caller held it and this function has given it up in between; `depth` is that of the trail, `mode` how.
    """

    resource: str
    symbol: Symbol | None
    place: str
    at: int
    by: str
    again: bool = False
    depth: int = 0
    mode: str = ""

    @property
    def essence(self) -> Hashable:
        """What is held."""
        return self.resource, self.symbol, self.again, self.mode

    def renamed(self, symbol: Symbol | None) -> "Held":
        """The same under another symbol."""
        return self if symbol is self.symbol else replace(self, symbol=symbol)


class Gone(Alike, frozen=True):
    """Something given up: by which callee, where, where it had been taken (-1: by the caller), whether that callee
    waits; `never` says that it was only looked up, `failed` that taking it has failed, `entry` that the caller had
    taken it, `maybe` that merged paths disagree, `some` that they do where the worst is taken to be true; `ways` are
    the bits of the callee's answer that would say so, and `asked` that there were more, which it does not have;
    `was` is what is held if it has none of them."""

    by: str
    at: int
    taken_at: int = -1
    waits: bool = False
    never: bool = False
    failed: bool = False
    maybe: bool = False
    entry: bool = False
    depth: int = 0
    some: bool = False
    ways: tuple[str, ...] = ()
    asked: bool = False
    was: Held | None = None

    @property
    def essence(self) -> Hashable:
        """How it was given up."""
        return self.waits, self.never, self.failed, self.maybe, self.entry, self.some, self.ways, self.asked

    @property
    def is_plain(self) -> bool:
        """Whether it is nothing but given up."""
        return not (self.waits or self.never or self.failed or self.maybe or self.entry)

    @property
    def is_doubtful(self) -> bool:
        """Whether it may be held still, and nobody has begun to ask."""
        return self.maybe and not (self.asked and self.ways)

    @property
    def is_given(self) -> bool:
        """Whether what the caller had taken was given back, for sure."""
        return self.entry and not self.maybe


def taken_again(
    held: tuple[Held, ...], gone: Mapping[Resource, Gone]
) -> tuple[tuple[Held, ...], Mapping[Resource, Gone]]:
    """The same where what was given up by one name, and taken by another later, turned out to be one: it is held."""
    newer = {(h.resource, h.symbol) for h in held if _is_newer(h, gone.get((h.resource, h.symbol)))}
    if not newer:
        return held, gone
    callers = {resource for resource in newer if gone[resource].entry}
    again = [replace(h, again=True) if (h.resource, h.symbol) in callers else h for h in held]
    return tuple(again), {resource: g for resource, g in gone.items() if resource not in newer}


def _is_newer(held: Held, gone: Gone | None) -> bool:
    # what the caller holds from the beginning is taken by nobody, at no depth
    return bool(held.by or held.depth) and gone is not None and gone.depth <= held.depth
