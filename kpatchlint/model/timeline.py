"""Timelines: an interleaving as kernel commit messages draw it, a column for each task, time running down.

A caller's operation is one line, in the words of whoever asks: the statement of the api, or the user's own line of
code.  Where others act in the middle of it, the statement inside it is named behind a colon.  Steps without
consequence for the reader (`hidden` in `kernel.toml`) are left out.  Example:

    caller                                        migrator
    ------                                        --------
    12: pte_unmap_unlock(pte, ptl)
                                                  spin_lock(ptl)
    13: spin_unlock(ptl)  /* another task holds it */
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpatchlint.model.api import HIDDEN, WORDS
from kpatchlint.model.explore import Counterexample, Step
from kpatchlint.model.trace import CALLER, Trace
from kpatchlint.model.world import World

WIDTH = 46
LIMITS = """\
The model: sequential consistency; one folio, one page-table entry, one wait queue, two mappings; one page table
at a time goes away; no PREEMPT_RT, no signals; conditions of the caller do not depend on each other.
"""
"""What every claim of the model rests on, printed with it."""
_PUTS = ("put_folio", "put_ref")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a timeline: whose, and what is written there."""

    task: str
    text: str


def drawn(lines: Sequence[Line]) -> str:
    """The lines in columns, in the order in which tasks first act; the caller's is the left one."""
    tasks = list(dict.fromkeys(line.task for line in lines))
    tasks.sort(key=lambda task: not task.startswith((CALLER, "fault handler")))
    rows = [_row(tasks, tasks), _row(tasks, ["-" * len(task) for task in tasks])]
    rows += [_row(tasks, [line.text if line.task == task else "" for task in tasks]) for line in lines]
    return "\n".join(rows) + "\n"


def _row(tasks: Sequence[str], cells: Sequence[str]) -> str:
    """Cells one below the other in their columns; a long one pushes nothing, because the others are empty."""
    return "".join(cell.ljust(WIDTH) for cell, _ in zip(cells, tasks, strict=True)).rstrip()


def of_example(example: Counterexample[World], everything: bool = False) -> str:
    """The timeline of a run of the protocol; `everything` shows the hidden steps, too."""
    text = drawn([Line(step.task, _said(step)) for step in example.steps if _shown(step, everything)])
    if not example.loop:
        return text
    loop = drawn([Line(step.task, _said(step)) for step in example.loop])
    return f"{text}\nand then for ever:\n\n{loop}"


def of_trace(trace: Trace, lines: Mapping[int, str] | None = None, everything: bool = False) -> str:
    """The timeline of a word; `lines` has the user's own text for operations, by their index in the word."""
    return drawn(lines_of(trace, lines, everything))


def lines_of(trace: Trace, lines: Mapping[int, str] | None = None, everything: bool = False) -> tuple[Line, ...]:
    """The lines of that timeline, for whoever draws them otherwise."""
    return tuple(_merged(trace, lines or {}, everything))


def _shown(step: Step[World], everything: bool) -> bool:
    return everything or bool(step.violation) or step.text not in HIDDEN


def _said(step: Step[World]) -> str:
    freed = step.text in _PUTS and not step.target.alive and not step.violation
    note = "last reference: freed" if freed else step.note
    return WORDS[step.text] + (f"  /* {note} */" if note else "")


def _merged(trace: Trace, own: Mapping[int, str], everything: bool) -> Iterator[Line]:
    """Caller's steps of one operation that nobody interrupts are one line."""
    begun: set[int] = set()
    for index, steps in _runs(trace, everything):
        if index < 0:
            yield from (Line(step.task, _said(step)) for step in steps)
            continue
        call = own.get(index) or _invented(trace.alphabet.interface.calls[trace.word[index]], own)
        last = next((step for step in reversed(steps) if _shown(step, everything)), steps[-1])
        whole = index not in begun and not _interrupted(trace, index)
        begun.add(index)
        if last.violation:
            detail = "" if len(steps) == 1 and whole else f": {WORDS[last.text]}"
            yield Line(CALLER, f"{call}{detail}  /* {last.note} */")
        else:
            yield Line(CALLER, call if whole else f"{call}: {WORDS[last.text]}")


def _invented(call: str, own: Mapping[int, str]) -> str:
    """A statement that is not the user's stands in parentheses among the user's own."""
    return f"({call})" if own else call


def _interrupted(trace: Trace, index: int) -> bool:
    """Whether anybody else acts while the operation is under way."""
    return [run for run, _ in _runs(trace, False)].count(index) > 1


def _runs(trace: Trace, everything: bool) -> list[tuple[int, list[Step[World]]]]:
    """Steps in runs: an operation's index with its steps, -1 with one step of somebody else."""
    runs: list[tuple[int, list[Step[World]]]] = []
    for index, step in _numbered(trace):
        if index < 0 and _shown(step, everything):
            runs.append((-1, [step]))
        elif index >= 0 and runs and runs[-1][0] == index:
            runs[-1][1].append(step)
        elif index >= 0:
            runs.append((index, [step]))
    return runs


def _numbered(trace: Trace) -> Iterable[tuple[int, Step[World]]]:
    at = 0
    for step in trace.example.steps:
        yield (trace.operation(at) if step.task == CALLER else -1), step
        at = step.target.pcs[0]
