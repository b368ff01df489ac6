"""The most general client: a caller that may do anything, in a world that may do everything.

A set of worlds stands for all a caller of some word can meet; one more operation, interleaved in every way with
the migrator, the allocator and the removal of page tables, leads to the next set.  These sets are finitely many, so the
verdict on words of every length is a finite automaton (subset construction), which is then made minimal.
Assumption: one caller; the environment is as hostile as its programs.  Example:

    len(build(ALPHABETS["v6.1"]).moves) == 10
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kpatchlint.model.alphabet import ALPHABETS, Alphabet, Op
from kpatchlint.model.automaton import END, NEVER, Automaton, Move, minimal
from kpatchlint.model.fragment import ALLOCATOR, MIGRATOR, REMOVER_HUGE, REMOVER_RCU
from kpatchlint.model.kinds import Violation
from kpatchlint.model.program import Program, assemble
from kpatchlint.model.source import fingerprint
from kpatchlint.model.system import moved, run
from kpatchlint.model.world import NOBODY, World, start

Worlds = frozenset[int]
"""A set of worlds, by their numbers in a `_Client`."""

_REMOVERS: Mapping[str, tuple[str, ...]] = {"stays": (), "rcu": (REMOVER_RCU,), "vma-lock": (REMOVER_HUGE,)}


@dataclass(slots=True)
class _Client:
    """Operations as entry points into one program, the programs of everybody else, and every world met so far.

    Worlds are known by number: sets of them overlap so much that each is met hundreds of times.
    """

    entries: Mapping[Op, int]
    programs: tuple[Program, ...]
    numbers: dict[World, int] = field(default_factory=dict)
    worlds: list[World] = field(default_factory=list)
    after: dict[int, tuple[int, ...]] = field(default_factory=dict)
    wrong: dict[int, frozenset[Violation]] = field(default_factory=dict)

    def number(self, world: World) -> int:
        """The number of `world`."""
        known = self.numbers.setdefault(world, len(self.worlds))
        if known == len(self.worlds):
            self.worlds.append(world)
        return known

    def successors(self, number: int) -> tuple[int, ...]:
        """What any one task can make of a world; its violations go to `wrong`."""
        if number not in self.after:
            results = list(_steps(self.programs, self.worlds[number]))
            self.after[number] = tuple({self.number(world) for world, kind in results if not kind})
            self.wrong[number] = frozenset(kind for _, kind in results if kind)
        return self.after[number]

    def entered(self, number: int, op: Op) -> int:
        """The world in which the caller begins `op`."""
        return self.number(moved(self.worlds[number], 0, self.entries[op]))

    def idle(self, number: int) -> bool:
        """Whether the caller is between operations."""
        return self.worlds[number].pcs[0] == NOBODY


def _steps(programs: Sequence[Program], world: World) -> Iterator[tuple[World, Violation | None]]:
    for task, pc in enumerate(world.pcs):
        if pc != NOBODY:
            for after, wrong in run(world, task, programs[task][pc]):
                yield after, wrong.violation if wrong else None


@dataclass(frozen=True, slots=True)
class Construction:
    """An automaton as the subset construction left it, and how many worlds were looked at for it."""

    automaton: Automaton
    worlds: int


def environment(alphabet: Alphabet) -> tuple[str, ...]:
    """The programs of everybody but the caller."""
    return (MIGRATOR, ALLOCATOR, *_REMOVERS[alphabet.interface.table])


def _client(alphabet: Alphabet, others: Sequence[str]) -> _Client:
    code: list[Program] = []
    entries = {}
    for op, text in alphabet.programs.items():
        entries[op] = sum(map(len, code))
        code.append(assemble(text, entries[op]))
    return _Client(entries, (sum(code, ()), *map(assemble, others)))


def construct(alphabet: Alphabet, others: Sequence[str] | None = None) -> Construction:
    """The automaton of all sets of worlds that words of `alphabet` lead to.

    `others` are the programs of everybody but the caller, by default those of `environment`.
    """
    among = _client(alphabet, environment(alphabet) if others is None else others)
    table = "here" if alphabet.interface.level == "hugetlb" else "none"
    begin = among.number(moved(start(len(among.programs), table=table), 0, NOBODY))
    _, first, looked_at = _explore(among, [begin])
    states = {first: 0}
    rows: list[tuple[Move, ...]] = []
    for worlds in _growing(states):
        row = []
        for op in alphabet.ops:
            kinds, after, seen = _explore(among, [among.entered(world, op) for world in worlds])
            looked_at += seen
            row.append(_move(op, kinds, after, states))
        rows.append(tuple(row))
    automaton = Automaton(alphabet.name, alphabet.api, tuple(alphabet.ops), tuple(rows), fingerprint())
    return Construction(automaton, looked_at)


def _growing(states: Mapping[Worlds, int]) -> Iterator[Worlds]:
    """The keys of a mapping that grows meanwhile."""
    done = 0
    while done < len(states):
        yield from (fresh := list(states)[done:])
        done += len(fresh)


def _move(op: Op, kinds: frozenset[Violation], after: Worlds, states: dict[Worlds, int]) -> Move:
    if kinds:
        return Move(END, kinds)
    if not after:
        return Move(NEVER)
    if op is Op.RETURN:
        return Move(END)
    return Move(states.setdefault(after, len(states)))


def _explore(among: _Client, begin: Iterable[int]) -> tuple[frozenset[Violation], Worlds, int]:
    """Every interleaving from `begin`: the caller's violations, the worlds in which it is done, how many were seen."""
    waiting = list(begin)
    seen = set(waiting)
    while waiting:
        for after in among.successors(waiting.pop()):
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    kinds = frozenset(kind for world in seen for kind in among.wrong[world])
    return kinds, frozenset(filter(among.idle, seen)), len(seen)


def build(name: str) -> Automaton:
    """The minimal automaton of the alphabet `name`."""
    return minimal(construct(ALPHABETS[name]).automaton)
