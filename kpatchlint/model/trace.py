"""From a word to the interleaving that breaks it: a shortest one, in the smallest world that shows it.

The caller runs its operations one behind the other; the tasks beside it are added one by one until the violation can be
seen, so a timeline has nobody in it who does not matter.  Of equal violations that which hits another task is
preferred.  Example:

    trace(ALPHABETS["v6.1"], ("ML", "RD", "WL", "U")).kind == Violation.UNLOCK_NOT_OWNER
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kpatchlint.model.alphabet import Alphabet, Op
from kpatchlint.model.explore import Counterexample, Step, explore
from kpatchlint.model.fragment import ALLOCATOR, MIGRATOR, REMOVER_HUGE, REMOVER_RCU
from kpatchlint.model.kinds import Violation
from kpatchlint.model.program import Instruction, Program, assemble
from kpatchlint.model.system import System
from kpatchlint.model.world import NOBODY, World, start

CALLER = "caller"
MIGRATING = "migrator"
REMOVING = "table removal"
_REMOVERS: Mapping[str, str] = {"rcu": REMOVER_RCU, "vma-lock": REMOVER_HUGE}


@dataclass(frozen=True, slots=True)
class Trace:
    """A word and a run of it into a violation.

    first   the number of each operation's first instruction in the caller's program
    states  how many states the world has in which it was found
    """

    alphabet: Alphabet
    word: tuple[Op, ...]
    first: tuple[int, ...]
    states: int
    example: Counterexample[World]

    @property
    def kind(self) -> Violation:
        """What goes wrong."""
        return self.example.kind

    def operation(self, pc: int) -> int:
        """The index in the word of the operation that instruction `pc` belongs to."""
        return sum(first <= pc for first in self.first) - 1


def trace(alphabet: Alphabet, word: Sequence[Op], kinds: frozenset[Violation]) -> Trace | None:
    """A shortest run of `word` into one of `kinds`, or None if no world shows any."""
    first, program = _sequence(alphabet, word)
    for kind in sorted(kinds):
        graver = (True, False) if kind is Violation.UNLOCK_NOT_OWNER else (False,)
        for grave in graver:
            for others in _worlds(alphabet):
                system = _system(alphabet, program, others)
                found = explore(system, until=kind, graver=grave)
                example = found.counterexamples.get(kind)
                if example and (example.steps[-1].graver or not grave):
                    steps = sifted(system, example.steps)
                    return Trace(alphabet, tuple(word), first, found.states, replace(example, steps=steps))
    return None


def sifted(system: System, steps: Sequence[Step[World]]) -> tuple[Step[World], ...]:
    """The same run with the others' steps as early as they can be, so that the first task is interrupted less."""
    run = list(steps)
    for at in range(1, len(run) - 1):
        for i in range(at, 0, -1):
            swapped = _swapped(system, run, i)
            if not swapped:
                break
            run[i - 1 : i + 1] = swapped
    return tuple(run)


def _swapped(system: System, run: Sequence[Step[World]], at: int) -> list[Step[World]]:
    """Steps at - 1 and at, the first of the first task, in the other order; none if that leads elsewhere."""
    before, after = run[at - 1], run[at]
    first = system.names[0]
    if before.task != first or after.task == first:
        return []
    source = run[at - 2].target if at > 1 else system.world
    for early in system.steps(source):
        if (early.task, early.text, early.violation) == (after.task, after.text, None):
            for late in system.steps(early.target):
                if (late.task, late.text, late.target) == (before.task, before.text, after.target):
                    return [early, late]
    return []


def _sequence(alphabet: Alphabet, word: Sequence[Op]) -> tuple[tuple[int, ...], Program]:
    """The programs of the operations, each going on with the next."""
    whole: Program = ()
    first = []
    for number, op in enumerate(word, 1):
        first.append(len(whole))
        part = assemble(alphabet.programs[op], len(whole))
        end = len(whole) + len(part) if number < len(word) else NOBODY
        whole += tuple(_going_on(instruction, end) for instruction in part)
    return tuple(first), whole


def _going_on(instruction: Instruction, end: int) -> Instruction:
    """An instruction that goes to `end` where it left its program."""
    after, jump = (end if pc == NOBODY else pc for pc in (instruction.after, instruction.jump))
    return instruction._replace(after=after, jump=jump)


def _worlds(alphabet: Alphabet) -> Iterator[Mapping[str, str]]:
    remover = _REMOVERS.get(alphabet.interface.table)
    removing = {REMOVING: remover} if remover else {}
    migrating = {MIGRATING: MIGRATOR}
    yield {}
    yield migrating
    if removing:
        yield removing
        yield migrating | removing
    yield migrating | {"allocator": ALLOCATOR} | removing


def _system(alphabet: Alphabet, program: Program, others: Mapping[str, str]) -> System:
    programs = (program, *map(assemble, others.values()))
    table = "here" if alphabet.interface.level == "hugetlb" else "none"
    return System((CALLER, *others), programs, start(len(programs), table=table))
