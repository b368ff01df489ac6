"""A system of tasks that run programs in one world: what the explorer explores.

Assumption: the first `waiters` tasks run the same program and are interchangeable; the run has ended when they
have.  Example:

    explore(System(("fault handler", "migrator"), programs, start(2), waiters=1)).states
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kpatchlint.model.explore import Step
from kpatchlint.model.program import Instruction, Program
from kpatchlint.model.world import NOBODY, World, canonical


def moved(world: World, task: int, pc: int) -> World:
    """`world` with `task` at instruction `pc`."""
    pcs = world.pcs
    return world._replace(pcs=(*pcs[:task], pc, *pcs[task + 1 :]))


def run(world: World, task: int, instruction: Instruction) -> Iterator[tuple[World, Step[World] | None]]:
    """Where one instruction of `task` leads: a world, or the world it was tried in and the violating step."""
    for outcome in instruction.run(world, task):
        if outcome.violation:
            kind, note, graver = outcome.violation, outcome.note, outcome.graver
            yield world, Step("", instruction.words, world, kind, note=note, graver=graver)
        else:
            yield moved(outcome.world, task, instruction.jump if outcome.jump else instruction.after), None


@dataclass(frozen=True, slots=True)
class System:
    """Tasks by name, the program of each, and the world they start in."""

    names: tuple[str, ...]
    programs: tuple[Program, ...]
    world: World
    waiters: int = 1

    def initial(self) -> Iterable[World]:
        """The one initial state."""
        return (self.world,)

    def canonical(self, state: World) -> World:
        """The least of the states that differ in the names of waiters."""
        return canonical(state, self.waiters)

    def ended(self, state: World) -> bool:
        """Whether every waiter has returned."""
        return all(pc == NOBODY for pc in state.pcs[: self.waiters])

    def steps(self, state: World) -> Iterator[Step[World]]:
        """What each task can do next; the texts are the names of words in `kernel.toml`."""
        for task, pc in enumerate(state.pcs):
            if pc == NOBODY:
                continue
            instruction = self.programs[task][pc]
            for after, wrong in run(state, task, instruction):
                name = self.names[task]
                if wrong:
                    yield wrong._replace(task=name)
                else:
                    yield Step(name, instruction.words, after, optional=instruction.optional)
