"""What lowering must know of the dialect and of the text around a function, beside its own syntax tree.

Assumes that offsets are those of the text that the tree was made of.  Example: with `{40: "for_each_leaf"}` for
`iterators`, the `while` at byte 40 is a loop over elements.
"""

from collections.abc import Mapping

from msgspec import Struct

from kpatchlint.c.inline import Macro


class Context(Struct, frozen=True):
    """What lowering must know of the dialect and of the text: `iterators` and `guards` by offset of their word, `hints`
    stand for their first argument, `cleanups` gives a guard class its functions, `arrays`, `constants` (enumerators)
    and `macros` (`c/inline.py`) are those outside; `element_first`, `null_at_end`: `c/iterate.py`; calls of `members`
    have names."""

    iterators: Mapping[int, str] = {}
    guards: Mapping[int, str] = {}
    hints: frozenset[str] = frozenset()
    cleanups: Mapping[str, tuple[str, str]] = {}
    arrays: frozenset[str] = frozenset()
    constants: Mapping[str, int] = {}
    element_first: frozenset[int] = frozenset()
    null_at_end: frozenset[int] = frozenset()
    macros: Mapping[str, Macro] = {}
    members: frozenset[str] = frozenset()
