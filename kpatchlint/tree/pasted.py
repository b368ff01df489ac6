"""Which names are pasted together where a patch has changed some files, without all macros of the tree being read anew.

Assumption: more definitions and more calls never build fewer names.  So where a patch defines nothing that may paste,
what the tree pastes and the calls that the patch adds build at least what is built; and when that is nothing that was
asked for, what the patch takes away does not matter.  Example: a patch that adds GETTER(x) where GETTER was known:
`pasted` finds get_x.
"""

from collections.abc import Callable, Collection, Iterable

from msgspec import Struct

from kpatchlint.tree.paste import CALLED, Define, Pasters, generated, plain
from kpatchlint.tree.shard import pasting_of


class Pasting(Struct, frozen=True):
    """What some shards say: macros that may paste or call others, and calls that may be of such."""

    defines: frozenset[Define]
    calls: frozenset[bytes]


def pasting(shards: Iterable[bytes]) -> Pasting:
    """What these shards say together, given as the cache has it."""
    told = [pasting_of(packed) for packed in shards]
    defines = frozenset(define for defines, _ in told for define in defines)
    return Pasting(defines, frozenset(call for _, calls in told for call in calls))


def pasted(
    known: Pasters, old: Pasting, new: Pasting, names: Collection[bytes], anew: Callable[[], Pasters]
) -> frozenset[bytes]:
    """Those of the names that are built.

    known  what builds names in the tree before
    old    what the changed files said in it, and `new` what they say now
    anew   what builds names in the tree now: asked only where the rest does not tell
    """
    if any(_matters(known, define) for define in new.defines - old.defines):
        return generated(anew(), names)
    found = generated(_with(known, new.calls - old.calls), names)
    less = any(_matters(known, define) for define in old.defines - new.defines)
    less = less or any(_split(call)[0] in known.macros for call in old.calls - new.calls)
    return generated(anew(), names) if found and less else found


def _matters(known: Pasters, define: Define) -> bool:
    """Whether a macro may paste, or call one that does."""
    return b"##" in define[2] or any(name in known.macros for name in CALLED.findall(define[2]))


def _with(known: Pasters, calls: Iterable[bytes]) -> Pasters:
    every = dict(known.calls)
    for name, args in map(_split, calls):
        if name in known.macros:
            every[name] = (*every.get(name, ()), plain(args))
    return Pasters(known.macros, every)


def _split(call: bytes) -> tuple[bytes, bytes]:
    name, _, args = call.partition(b"(")
    return name, args
