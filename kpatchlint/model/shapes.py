"""Structured callers: every shape of a few statements behind every state a caller can be in.

Behind an access word of each state come one `if`, two `if`s that go to one label, or a retry loop, filled with up to so
many operations in each place.  Assumes that what a shape does depends on the state before it, not on how that was
reached: words see to that.  Example: `one_if(automaton, 1)` has, behind the word that leads to each state,
`if (!is_migration_entry(entry)) { UU; return; } WL`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import gcd, prod

from kpatchlint.model.automaton import Automaton
from kpatchlint.model.programs import RETURN, Block, Goto, If, Label, Op, Return, straight

OUT, RETRY = "out", "retry"
# a question nobody knows the answer of
UNKNOWN: Block = (If("", ()),)


@dataclass(frozen=True)
class Shape:
    """Callers of one shape: one for each way to fill its places, by number, so that some of very many can be had.

    fillings  for each place what may stand there
    build     the caller, from what stands in each place
    """

    fillings: tuple[Sequence[Block], ...]
    build: Callable[..., Block]

    def __len__(self) -> int:
        return prod(map(len, self.fillings))

    def __getitem__(self, number: int) -> Block:
        chosen = []
        for filling in self.fillings:
            number, at = divmod(number, len(filling))
            chosen.append(filling[at])
        return self.build(*chosen)

    def some(self, most: int) -> Iterator[Block]:
        """At most so many of them, evenly chosen; the step shares no factor with a place's number of fillings."""
        step = max(1, -(-len(self) // most))
        while any(gcd(step, len(filling)) > 1 for filling in self.fillings):
            step += 1
        return (self[number] for number in range(step // 2, len(self), step))


def tests(automaton: Automaton) -> tuple[Block, ...]:
    """The questions a caller can ask, an unknown one last; each as an empty `if`."""
    return (*((If(op[1:], ()),) for op in automaton.ops if op[0] == "?"), UNKNOWN)


def operations(automaton: Automaton) -> tuple[str, ...]:
    """The operations that are neither an answer nor the return."""
    return tuple(op for op in automaton.ops if op[0] not in "?!" and op != RETURN)


def sequences(automaton: Automaton, most: int) -> tuple[Block, ...]:
    """Every sequence of at most `most` operations."""
    words = (word for length in range(most + 1) for word in product(operations(automaton), repeat=length))
    return tuple(tuple(map(Op, word)) for word in words)


def prologues(automaton: Automaton) -> tuple[Block, ...]:
    """A caller that has come to each state."""
    return tuple(straight(word) for word in automaton.access().values())


def _if(test: Block, then: Block, other: Block = ()) -> Block:
    """The question of `test` with these arms."""
    return tuple(If(statement.test, then, other) for statement in test if isinstance(statement, If))


def one_if(automaton: Automaton, most: int) -> tuple[Shape, ...]:
    """One test: an arm that falls through or returns and what comes behind, or two arms."""
    filled = sequences(automaton, most)
    first = prologues(automaton), tests(automaton)
    leaving = tuple((*filling, *way) for filling in filled for way in ((), (Return(),)))
    return (
        Shape((*first, leaving, filled), lambda before, test, arm, behind: (*before, *_if(test, arm), *behind)),
        Shape((*first, filled[1:], filled[1:]), lambda before, test, arm, other: (*before, *_if(test, arm, other))),
    )


def two_ifs(automaton: Automaton, most: int) -> tuple[Shape, ...]:
    """Two tests that go to one label, with operations between them, behind them and behind the label."""
    filled, asked = sequences(automaton, most), tests(automaton)

    def build(before: Block, first: Block, between: Block, second: Block, behind: Block, last: Block) -> Block:
        out: Block = (Goto(OUT),)
        ends: Block = (Label(OUT), *(last or (Return(),)))
        return (*before, *_if(first, out), *between, *_if(second, out), *behind, *ends)

    return (Shape((prologues(automaton), asked, filled, asked, filled, filled), build),)


def retry_loops(automaton: Automaton, most: int) -> tuple[Shape, ...]:
    """A label, what is done in each round, a test that goes back, and what comes behind."""
    short = sequences(automaton, 1)

    def build(before: Block, test: Block, body: Block, again: Block, behind: Block) -> Block:
        return (*before, Label(RETRY), *body, *_if(test, (*again, Goto(RETRY))), *behind)

    return (Shape((prologues(automaton), tests(automaton), sequences(automaton, most)[1:], short, short), build),)
