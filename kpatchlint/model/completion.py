"""From lines of somebody's code to a caller of the model: which operations they are, and what must have come before.

A hunk or an example shows only some of a caller's statements.  The rest is the least that leads from the start of a
function through these statements, in their order, into one of the violations in question: anything may come before the
first of them, nothing but reads and tests between them.  Example: a wait and an unlock are completed by map-and-lock, a
read and a test.
"""

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from kpatchlint.model.alphabet import ALPHABETS, Op
from kpatchlint.model.api import NAMES
from kpatchlint.model.automaton import Automaton, Move, stored
from kpatchlint.model.kinds import Violation

# The richest alphabet of each kind, the newest interface first.
PREFERRED = ("v6.5-paths-dst", "v6.5-pmd", "v6.5-hugetlb", "v6.1-paths-dst", "v6.1-pmd")
CONNECTING = frozenset({Op.READ, Op.IS_ENTRY, Op.NO_ENTRY, Op.IS_NULL, Op.NOT_NULL})
_CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
_RETURN = re.compile(r"\s*return\b[^()]*;")
_COMMENT = re.compile(r"/\*.*?(\*/|$)|//.*")
_OTHERS = {
    Violation.LEAK_LOCK: Op.RETURN,
    Violation.LEAK_MAP: Op.RETURN,
    Violation.LEAK_VMA_LOCK: Op.RETURN,
    Violation.PTE_USE_UNMAPPED: Op.TOUCH,
    Violation.NULL_USE: Op.TOUCH,
    Violation.SLEEP_ATOMIC: Op.WAIT_OTHER,
    Violation.SLEEP_MAPPED: Op.WAIT_OTHER,
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A line of code and the operations in it."""

    text: str
    ops: tuple[Op, ...]


@dataclass(frozen=True, slots=True)
class Completed:
    """A caller that goes wrong.

    word    its operations; the last one is where it goes wrong
    lines   the text of those that stand in the code, by their index in the word
    places  which lines of the code these are, counted from 0
    kinds   what goes wrong
    """

    alphabet: str
    word: tuple[Op, ...]
    lines: dict[int, str]
    places: dict[int, int]
    kinds: frozenset[Violation]


def completed(code: Sequence[str], kinds: frozenset[Violation], api: str = "") -> Completed | None:
    """The caller that has all operations of `code` and needs least beside them; None if there is none.

    The last line is where it goes wrong; where that is no operation, its meaning is guessed from the kinds: a leak is
    seen at a return, a use at an access.  `api` restricts it to alphabets whose names begin so.
    """
    return _best(code, kinds, api, guess=True)


def exemplified(code: Sequence[str], kinds: frozenset[Violation], api: str = "") -> Completed | None:
    """The same for a whole example, which may go on behind the line where it goes wrong; else any caller that does."""
    wholes = (_best(code[:end], kinds, api, guess=end == len(code)) for end in range(len(code), 0, -1))
    found = max((whole for whole in wholes if whole), key=_worth, default=None)
    return found or _best([], kinds, api, guess=False)


def _best(code: Sequence[str], kinds: frozenset[Violation], api: str, guess: bool) -> Completed | None:
    """Only alphabets that know most of the lines are asked: another one would tell another story."""
    names = [name for name in PREFERRED if name.startswith(api)]
    known = {name: sum(bool(s.ops) for s in statements(code, ALPHABETS[name].ops, frozenset())) for name in names}
    most = [name for name in names if known[name] == max(known.values())]
    found = [whole for name in most if (whole := _completed(stored(name), code, kinds, guess))]
    return max(found, key=_worth, default=None)


def _worth(whole: Completed) -> float:
    """How well the code is shown: a line counts more than an operation that had to be invented."""
    invented = [op for index, op in enumerate(whole.word) if index not in whole.lines and op not in CONNECTING]
    return len(whole.lines) - len(invented) / 2


def statements(code: Sequence[str], ops: Sequence[Op], kinds: frozenset[Violation]) -> list[Statement]:
    """The lines of `code` as operations of an alphabet; with `kinds`, the last one is some operation anyway."""
    read = [Statement(_tidy(line), _operations(line, frozenset(ops))) for line in code]
    other = next((_OTHERS[kind] for kind in sorted(kinds) if _OTHERS.get(kind) in ops), None)
    if read and not read[-1].ops and other:
        read[-1] = Statement(read[-1].text, (other,))
    return read


def _tidy(line: str) -> str:
    return " ".join(_COMMENT.sub("", line).split()).removesuffix(";")


def _operations(line: str, ops: frozenset[Op]) -> tuple[Op, ...]:
    if _RETURN.match(line):
        return (Op.RETURN,)
    calls = ((match[1], line[match.end() :]) for match in _CALL.finditer(line))
    found = (_operation(name, arguments, ops) for name, arguments in calls if name in NAMES)
    return tuple(op for op in found if op)


def _operation(name: str, rest: str, ops: frozenset[Op]) -> Op | None:
    arguments = _arguments(rest)
    candidates = [Op(op) for op in NAMES[name]]
    if Op.WAIT in candidates and len(candidates) > 1 and len(arguments) > 1:
        of_three = Op.WAIT_NULL if arguments[1] == "NULL" else Op.WAIT_PTEP
        candidates = [Op.WAIT if len(arguments) == 2 else of_three]
    if Op.WAIT_PMD in candidates and len(arguments) > 1 and arguments[1].startswith("&"):
        candidates = [Op.WAIT_COPY]
    return next((op for op in candidates if op in ops), None)


def _arguments(rest: str) -> list[str]:
    """The arguments of a call whose opening parenthesis is behind us, as far as the line shows them."""
    depth, arguments = 0, [""]
    for character in rest:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
        if character == "," and not depth:
            arguments.append("")
        else:
            arguments[-1] += character
    return [argument.strip() for argument in arguments]


def _completed(
    automaton: Automaton, code: Sequence[str], kinds: frozenset[Violation], guess: bool
) -> Completed | None:
    read = statements(code, ALPHABETS[automaton.alphabet].ops, kinds if guess else frozenset())
    # a return further up belongs to another path
    numbered = list(enumerate(read))
    wanted = [(op, at) for at, s in numbered for op in s.ops if op is not Op.RETURN or s is read[-1]]
    found = _shortest(automaton, [op for op, _ in wanted], kinds) if not read or read[-1].ops else None
    if found is None:
        return None
    word, mine = found
    places = {index: wanted[at][1] for index, at in mine.items()}
    lines = {index: read[at].text for index, at in places.items()}
    return Completed(automaton.alphabet, word, lines, places, automaton.run(word)[1] & kinds)


_Found = tuple[tuple[Op, ...], dict[int, int]]


def _shortest(automaton: Automaton, ops: Sequence[Op], kinds: frozenset[Violation]) -> _Found | None:
    """A shortest word with `ops` in it that goes wrong at the last of them, and the indices at which they stand."""
    waiting: deque[tuple[int, int, tuple[Op, ...], dict[int, int]]] = deque([(0, 0, (), {})])
    seen = {(0, 0)}
    while waiting:
        state, at, word, places = waiting.popleft()
        for op, move in zip(map(Op, automaton.ops), automaton.moves[state], strict=True):
            mine = bool(ops) and op is ops[at]
            if move.verdict & kinds and (mine or not ops) and at >= len(ops) - 1:
                return (*word, op), {**places, len(word): at} if mine else places
            after = (move.target, at + mine)
            if _fits(move, op, mine, at, bool(ops)) and after[1] < max(len(ops), 1) and after not in seen:
                seen.add(after)
                waiting.append((*after, (*word, op), {**places, len(word): at} if mine else places))
    return None


def _fits(move: Move, op: Op, mine: bool, at: int, given: bool) -> bool:
    """Whether the path goes on with `op`: one of the code's, or one that may have been there."""
    second = given and op in (Op.MAP_SECOND, Op.UNMAP_SECOND)
    return move.target >= 0 and not move.verdict and (mine or op in CONNECTING or (at == 0 and not second))
