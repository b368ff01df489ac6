"""Word sets that tell an automaton from every wrong one of a bounded size, and exhaustive ones.

`w_method` is Chow's: an access word for each state, then every continuation of up to `extra + 1` operations, then every
word of a set that tells all states apart.  If a linter with at most `extra` states more than the automaton agrees on
the suite, it agrees on every word.  Assumes a minimal automaton.  A word ends at its first violation.  Example: for a
lock with states free and held the word `U` tells the states apart, and the suite for no extra state is
`{U, L L, L U L, L U U, L RET, RET}`.
"""

from collections.abc import Iterable, Iterator
from itertools import product

from kpatchlint.model.automaton import NEVER, Automaton, Move

Word = tuple[str, ...]


def clean_words(automaton: Automaton, longest: int) -> Iterator[Word]:
    """Every word of at most `longest` operations of which no proper prefix is a violation or leaves.

    Only those that end so are given, or that are as long as allowed: the others are their prefixes.
    """
    level: list[tuple[Word, int]] = [((), 0)]
    for _ in range(longest):
        following: list[tuple[Word, int]] = []
        for word, state in level:
            for op, move in zip(automaton.ops, automaton.moves[state], strict=True):
                if move.target >= 0:
                    following.append(((*word, op), move.target))
                elif move.target != NEVER:
                    yield (*word, op)
        level = following
    yield from (word for word, _ in level)


def telling_words(automaton: Automaton) -> tuple[Word, ...]:
    """Words so that any two states differ in the outcome of one of them."""
    states = range(len(automaton.moves))
    pairs = [(a, b) for a in states for b in states if a < b]
    told: dict[tuple[int, int], Word] = {}
    for a, b in pairs:
        row = zip(automaton.ops, automaton.moves[a], automaton.moves[b], strict=True)
        first = next((op for op, one, other in row if _outcome(one) != _outcome(other)), None)
        if first is not None:
            told[a, b] = (first,)
    changed = True
    while changed:
        changed = False
        for a, b in pairs:
            if (a, b) not in told and (word := _through(automaton, a, b, told)) is not None:
                told[a, b] = word
                changed = True
    return _fewest(automaton, told)


def _outcome(move: Move) -> Move:
    """What can be seen of a move: its verdict, and whether the caller goes on."""
    return Move(min(move.target, 0), move.verdict)


def _through(automaton: Automaton, a: int, b: int, told: dict[tuple[int, int], Word]) -> Word | None:
    """A word that tells the two by an operation that leads to two states told already."""
    for op, one, other in zip(automaton.ops, automaton.moves[a], automaton.moves[b], strict=True):
        pair = min(one.target, other.target), max(one.target, other.target)
        if pair[0] >= 0 and pair in told:
            return (op, *told[pair])
    return None


def _fewest(automaton: Automaton, told: dict[tuple[int, int], Word]) -> tuple[Word, ...]:
    """Words that tell all the pairs, chosen greedily."""
    candidates = sorted(set(told.values()), key=lambda word: (len(word), word))
    still, chosen = set(told), []
    effect = {word: {pair for pair in told if _tells(automaton, pair, word)} for word in candidates}
    while still:
        best = max(candidates, key=lambda word: (len(effect[word] & still), -len(word)))
        chosen.append(best)
        still -= effect[best]
    return tuple(chosen)


def _tells(automaton: Automaton, pair: tuple[int, int], word: Word) -> bool:
    one, other = (list(_outcomes(automaton, state, word)) for state in pair)
    return one != other


def _outcomes(automaton: Automaton, state: int, word: Word) -> Iterator[Move]:
    for op in word:
        move = automaton.move(state, op)
        yield _outcome(move)
        if move.target < 0:
            return
        state = move.target


def w_method(automaton: Automaton, extra: int) -> tuple[Word, ...]:
    """Chow's suite for at most `extra` more states, each word cut at its end, no word a prefix of another."""
    told = telling_words(automaton) or ((),)
    middles = [word for length in range(extra + 2) for word in product(automaton.ops, repeat=length)]
    words = (
        access + middle + last
        for access in automaton.access().values()
        for middle in middles
        if len(cut(automaton, access + middle)) == len(access + middle)
        for last in told
    )
    return longest_only(word for word in (cut(automaton, word) for word in words) if word)


def cut(automaton: Automaton, word: Word) -> Word:
    """The word up to its first violation or return, and before what cannot happen."""
    state = 0
    for length, op in enumerate(word):
        move = automaton.move(state, op)
        if move.target < 0:
            return word[:length] if move.target == NEVER else word[: length + 1]
        state = move.target
    return word


def longest_only(words: Iterable[Word]) -> tuple[Word, ...]:
    """The words without those that are a prefix of another."""
    ordered = sorted(set(words))
    following = [*ordered[1:], ()]
    return tuple(word for word, after in zip(ordered, following, strict=True) if after[: len(word)] != word)
