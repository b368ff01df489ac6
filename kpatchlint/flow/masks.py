"""Whether a mask of flags has one of some flags: by what it is made of, and by what this path has asked.

A flag is written by its name, which says yes where the mask is made of it by `|`; `& NAME` says yes where the path has
found the mask to have it, which only the name of a single bit may say.  Assumes that `& ~others` takes away what it
names, and no more.  Example: `gfp | __GFP_ZERO` has `& __GFP_DIRECT_RECLAIM` below `if (gfp & __GFP_DIRECT_RECLAIM)`.
"""

from collections.abc import Iterator, Sequence

from kpatchlint.flow.state import PathState
from kpatchlint.flow.symbol import Constant, Operator, Symbol

# how a flag begins that may have been asked for
ASKED = "& "


def bits(flags: Sequence[str]) -> tuple[str, ...]:
    """Those of the flags that may have been asked for, by their names."""
    return tuple(flag.removeprefix(ASKED) for flag in flags if flag.startswith(ASKED))


def flagged(mask: Symbol, flags: Sequence[str], state: PathState) -> list[Symbol]:
    """The parts of the mask that are known to bring one of the flags with them."""
    return [part for part in made_of(mask, flags) if _named(part, flags) or _answer(part, flags, state)]


def open_to(mask: Symbol, flags: Sequence[str], state: PathState) -> list[Symbol]:
    """The parts of the mask that may bring one with them, for all that is known on this path."""
    return [part for part in made_of(mask, flags) if _answer(part, flags, state) is not False]


def made_of(mask: Symbol, flags: Sequence[str]) -> Iterator[Symbol]:
    """What is combined in the mask by `|`; nothing of what such flags were taken out of."""
    match mask:
        case Operator("|", operands):
            for operand in operands:
                yield from made_of(operand, flags)
        case Operator("&", (kept, Operator("~", (out,)))):
            if not any(_named(part, flags) for part in made_of(out, ())):
                yield from made_of(kept, flags)
        case _:
            yield mask


def _named(part: Symbol, flags: Sequence[str]) -> bool:
    return type(part) is Constant and part.name in flags


def _answer(part: Symbol, flags: Sequence[str], state: PathState) -> bool | None:
    """What this path has found when it asked for one of the single bits; None where it did not."""
    if type(part) is Constant:
        return None
    answers = [state.truth(Operator("&", (part, Constant(bit)))) for bit in bits(flags)]
    return True if True in answers else False if False in answers else None
