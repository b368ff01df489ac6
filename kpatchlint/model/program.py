"""Programs: what a task does, as a list of micro-operations in a few lines of text.

    again:
        try_map -> null       a jump, taken where the operation says so
        ?isolate              an optional step: the task need not take it
        nothing@other_lock    shown with the words of `other_lock`, not with its own
        goto again
    null:

A text may hold a jump to `end`, which every program has.  Mutants are edits of such texts.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kpatchlint.model import access, migrating, waiting
from kpatchlint.model.operation import Operation, operations
from kpatchlint.model.world import NOBODY

OPERATIONS: Mapping[str, Operation] = {**operations(access), **operations(waiting), **operations(migrating)}
"""Every micro-operation by its name."""


class Instruction(NamedTuple):
    """One micro-operation of a program; `after` and `jump` are where it goes on, NOBODY at the program's end."""

    name: str
    run: Operation
    words: str
    after: int
    jump: int
    optional: bool


Program = tuple[Instruction, ...]


def assemble(text: str, offset: int = 0) -> Program:
    """The program that `text` spells; `offset` is the number of its first instruction."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    real = [i for i, line in enumerate(lines) if not line.endswith(":") and not line.startswith("goto ")]
    numbers = {i: offset + number for number, i in enumerate(real)}
    labels = {line[:-1]: _follow(lines, i + 1, numbers) for i, line in enumerate(lines) if line.endswith(":")}
    labels["end"] = NOBODY
    return tuple(_instruction(lines[i], _follow(lines, i + 1, numbers), labels) for i in real)


def _follow(lines: Sequence[str], at: int, numbers: Mapping[int, int]) -> int:
    """The number of the instruction that runs when control comes to line `at`."""
    while at < len(lines) and at not in numbers:
        if lines[at] == "goto end":
            return NOBODY
        at = lines.index(lines[at].removeprefix("goto ") + ":") if lines[at].startswith("goto ") else at + 1
    return numbers.get(at, NOBODY)


def _instruction(line: str, after: int, labels: Mapping[str, int]) -> Instruction:
    call, _, label = line.partition("->")
    name, _, words = call.strip().removeprefix("?").partition("@")
    jump = labels[label.strip()] if label else after
    return Instruction(name, OPERATIONS[name], words or name, after, jump, line.startswith("?"))
