"""The arms of `#if`: what is never compiled is taken out, and a function they split is read arm by arm.

Computed on ranges of conditional directives; a stray `#else` counts as if its `#if` stood at the start of
the range.  Assumes arms of different groups need not be combined: variant k takes arm k (or the last) of
every group. Example: `#ifdef A` x `#else` y `#endif` gives the variants x and y; without the `#else` they
are x and nothing.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from kpatchlint.c.lexical import Directive, blank

_OPEN = (b"if", b"ifdef", b"ifndef")


class Group(Struct):
    """One `#if ... #endif`: its arms as ranges, from the first directive to the last."""

    opening: Directive | None
    start: int
    arms: list[tuple[int, int]] = []
    has_else: bool = False

    def blanks(self, choice: int, end: int) -> Iterator[tuple[int, int]]:
        """The ranges that go when arm `choice` stays: the directives and the other arms."""
        index = min(choice, len(self.arms) - self.has_else)
        if index == len(self.arms):
            yield self.start, end
            return
        yield self.start, self.arms[index][0]
        yield self.arms[index][1], end


class Closed(Struct, frozen=True):
    """A group and where it ends."""

    group: Group
    end: int


def groups(directives: Sequence[Directive], start: int, end: int) -> list[Closed]:
    """The groups of conditional directives within a range, inner ones before outer ones."""
    done: list[Closed] = []
    stack: list[tuple[Group, int]] = []
    for directive in directives:
        if directive.keyword in _OPEN:
            stack.append((Group(directive, directive.start), directive.end))
            continue
        group, arm = stack.pop() if stack else (Group(None, start), start)
        group.arms.append((arm, directive.start))
        if directive.keyword == b"endif":
            done.append(Closed(group, directive.end))
        else:
            group.has_else = group.has_else or directive.keyword == b"else"
            stack.append((group, directive.end))
    for group, arm in reversed(stack):
        group.arms.append((arm, end))
        done.append(Closed(group, end))
    return done


def variants(found: Sequence[Closed]) -> int:
    """How many variants it takes to see every arm once."""
    return max((len(c.group.arms) + (not c.group.has_else) for c in found), default=1)


def select(piece: bytes, start: int, found: Sequence[Closed], choice: int) -> bytes:
    """The text `piece`, which stands at `start`, with arm `choice` of every group and no directives."""
    out = bytearray(piece)
    for closed in found:
        for left, right in closed.group.blanks(choice, closed.end):
            blank(out, max(0, left - start), max(0, right - start))
    return bytes(out)


def dead(directives: Sequence[Directive], end: int) -> list[tuple[int, int]]:
    """The ranges of `#if 0` arms with their `#if`, and of the directives that close them."""
    ranges: list[tuple[int, int]] = []
    for closed in groups(directives, 0, end):
        opening = closed.group.opening
        if opening is None or opening.keyword != b"if" or opening.word != b"0":
            continue
        if len(closed.group.arms) == 1:
            ranges.append((closed.group.start, closed.end))
        elif closed.group.has_else and len(closed.group.arms) == 2:
            ranges.append((closed.group.start, closed.group.arms[1][0]))
            ranges.append((closed.group.arms[1][1], closed.end))
    return ranges
