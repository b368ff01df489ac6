"""Automata: the verdict of the model on callers of every length.

A state stands for everything the rest of the world may be doing behind a caller that has come so far.  Where an
operation can go wrong there, the move carries the kinds of all violations that some interleaving shows, and the
path is over: what comes behind a first violation is never judged.  Example:

    automaton.run(("ML", "RD", "WL", "U")) == (3, frozenset({Violation.UNLOCK_NOT_OWNER}))
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kpatchlint.model.kinds import Violation

END, NEVER = -1, -2
"""A path that returned cleanly, and one that cannot be taken."""


@dataclass(frozen=True, slots=True)
class Move:
    """Where an operation leads: a state, END, NEVER; or, with a verdict, nowhere."""

    target: int
    verdict: frozenset[Violation] = frozenset()


@dataclass(frozen=True, slots=True)
class Automaton:
    """A minimal Mealy machine over the operations of an alphabet.

    moves   for each state a move for each operation, in the order of `ops`; state 0 is the initial one
    source  a hash of what it was computed from
    """

    alphabet: str
    api: str
    ops: tuple[str, ...]
    moves: tuple[tuple[Move, ...], ...]
    source: str = ""

    def move(self, state: int, op: str) -> Move:
        """What `op` leads to in `state`."""
        return self.moves[state][self.ops.index(op)]

    def run(self, word: Sequence[str]) -> tuple[int, frozenset[Violation]]:
        """The first violating operation of `word` by its index, and its kinds; (-1, nothing) if there is none."""
        state = 0
        for index, op in enumerate(word):
            move = self.move(state, op)
            if move.verdict:
                return index, move.verdict
            if move.target < 0:
                break
            state = move.target
        return -1, frozenset()

    def access(self) -> Mapping[int, tuple[str, ...]]:
        """A shortest word that leads to each state."""
        words: dict[int, tuple[str, ...]] = {0: ()}
        waiting = [0]
        for state in waiting:
            for op, move in zip(self.ops, self.moves[state], strict=True):
                if move.target >= 0 and move.target not in words:
                    words[move.target] = (*words[state], op)
                    waiting.append(move.target)
        return words

    def pairs(self) -> frozenset[tuple[Violation, str]]:
        """Every (kind, operation) that occurs in a verdict."""
        rows = (zip(self.ops, row, strict=True) for row in self.moves)
        return frozenset((kind, op) for row in rows for op, move in row for kind in move.verdict)


def minimal(automaton: Automaton) -> Automaton:
    """The same machine with states that no word tells apart made one, numbered in breadth-first order."""
    block = dict.fromkeys(range(len(automaton.moves)), 0)
    while True:
        keys = {state: (block[state], _signature(automaton, state, block)) for state in block}
        names = {key: number for number, key in enumerate(dict.fromkeys(keys.values()))}
        if len(names) == len(set(block.values())):
            break
        block = {state: names[key] for state, key in keys.items()}
    return _numbered(automaton, block)


_Signature = tuple[tuple[int, frozenset[Violation]], ...]


def _signature(automaton: Automaton, state: int, block: Mapping[int, int]) -> _Signature:
    return tuple((_class(move.target, block), move.verdict) for move in automaton.moves[state])


def _class(target: int, block: Mapping[int, int]) -> int:
    return block[target] if target >= 0 else target


def _numbered(automaton: Automaton, block: Mapping[int, int]) -> Automaton:
    first: dict[int, int] = {}
    for state, number in block.items():
        first.setdefault(number, state)
    order = {block[0]: 0}
    waiting = [block[0]]
    for number in waiting:
        for move in automaton.moves[first[number]]:
            target = _class(move.target, block)
            if target >= 0 and target not in order:
                order[target] = len(order)
                waiting.append(target)
    rows = (
        tuple(Move(_class(_class(m.target, block), order), m.verdict) for m in automaton.moves[first[number]])
        for number in waiting
    )
    return Automaton(automaton.alphabet, automaton.api, automaton.ops, tuple(rows), automaton.source)


_NAMED = {END: "end", NEVER: "never"}
_NUMBERED = {name: number for number, name in _NAMED.items()}


def to_json(automaton: Automaton) -> str:
    """`automaton` as text: for each state an object with a target, `end`, `never` or a list of kinds by operation."""
    rows = ",\n".join(f"  {json.dumps(dict(_row(automaton.ops, row)))}" for row in automaton.moves)
    head = {"alphabet": automaton.alphabet, "api": automaton.api, "source": automaton.source, "ops": automaton.ops}
    lines = "\n".join(f" {json.dumps(key)}: {json.dumps(value)}," for key, value in head.items())
    return f'{{\n{lines}\n "states": [\n{rows}\n ]\n}}\n'


def _row(ops: Sequence[str], row: Sequence[Move]) -> list[tuple[str, int | str | list[str]]]:
    return [(op, _cell(move)) for op, move in zip(ops, row, strict=True)]


def _cell(move: Move) -> int | str | list[str]:
    if move.verdict:
        return [str(kind) for kind in sorted(move.verdict)]
    return _NAMED.get(move.target, move.target)


def from_json(text: str) -> Automaton:
    """The automaton that `to_json` wrote."""
    data = json.loads(text)
    ops = tuple(data["ops"])
    rows = tuple(tuple(_read(row[op]) for op in ops) for row in data["states"])
    return Automaton(data["alphabet"], data["api"], ops, rows, data["source"])


def _read(cell: int | str | list[str]) -> Move:
    if isinstance(cell, list):
        return Move(END, frozenset(map(Violation, cell)))
    return Move(_NUMBERED[cell] if isinstance(cell, str) else cell)


@cache
def stored(name: str) -> Automaton:
    """The automaton of the alphabet `name`, as it is shipped."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "fixtures" / "model"
    return load((shipped if shipped.is_dir() else package.parent / "fixtures" / "model") / f"{name}.json")


def load(path: Path) -> Automaton:
    """The automaton in the file at `path`."""
    return from_json(path.read_text())
