"""The outcomes of a summary: as few as say the same, and past a bound as many as the result alone tells apart.

Outcomes with equal effects whose conditions are the two sides of one question are one outcome.  Where that does not do,
what the arguments tell is given up, and a kind of resource whose fate the result does not decide is said to be lost.
Example: `{flags & A: nothing}` and `{!(flags & A): nothing}` are `{nothing}`.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from functools import reduce

from msgspec.structs import replace

from kpatchlint.c.ir import Load, parts
from kpatchlint.flow.contract import Effect, Outcome
from kpatchlint.flow.needed import DEEPEST_SLEEP
from kpatchlint.flow.place import NEW, RESULT, Condition
from kpatchlint.flow.union import weaker

Effects = tuple[tuple[Effect, ...], tuple[Effect, ...]]
Effected = Callable[[Outcome], Set[Effect]]
# past this, outcomes that differ only in what need not be given back, and in what the arguments tell, are one
FEW_OUTCOMES = 6
# past this, they are told apart by the result alone; summaries of mm/ of 6.12 have 3 in the median, 90 % 9
MOST_OUTCOMES = 16
_RESULT = Load(RESULT)
# what is said of a result of which nothing is known, or that it is not zero
_OPEN: tuple[tuple[Condition, ...], ...] = ((), ((_RESULT, True),))


def fewest(outcomes: Iterable[Outcome], passing: frozenset[str], lost: set[str]) -> tuple[Outcome, ...]:
    """At most `MOST_OUTCOMES` outcomes, none if that cannot be; kinds whose fate they do not decide join `lost`.

    passing  kinds of resources that need not be given back
    """
    found = _united(_own(tuple(map(_sleeping, outcomes))))
    if len(found) > FEW_OUTCOMES:
        few = _united(_alike(found, passing, lost, apart=True))
        found = few if len(few) <= MOST_OUTCOMES else _united(_alike(found, passing, lost))
    if len(found) > MOST_OUTCOMES:
        found = _united(_simplified(found, lost, _net))
    if len(found) > MOST_OUTCOMES:
        found = _united(_simplified(found, lost, _all))
    if len(found) > MOST_OUTCOMES:
        return ()
    unclear = _unclear(found)
    lost |= unclear
    return _meant(_united(_without(outcome, unclear) for outcome in found) if unclear else found)


def _unclear(outcomes: tuple[Outcome, ...]) -> set[str]:
    """The sections that it leaves, or enters, in one of two outcomes that no caller can tell apart: it decides by what
    it has found, and its caller relies on that."""
    alike: dict[frozenset[Condition], list[Outcome]] = {}
    for outcome in outcomes:
        alike.setdefault(frozenset(outcome.when), []).append(outcome)
    return {kind for several in alike.values() for kind in _undecided(several, _sections)}


def _sections(outcome: Outcome) -> Set[Effect]:
    return {effect for effect in _all(outcome) if effect.place is None}


def _meant(outcomes: tuple[Outcome, ...]) -> tuple[Outcome, ...]:
    """The outcomes, where one with a number of its own as the result is not taken for one that hands on an error.

    That error may be any number for all that is known, and callers ask for the one: its author means it to be told.
    """
    own = {c: _all(o) for o in outcomes for c in _of_result(o) if c[1] and c[0] != _RESULT and len(_of_result(o)) == 1}
    return tuple(replace(o, when=(*o.when, *_others(o, own))) if _of_result(o) in _OPEN else o for o in outcomes)


def _others(outcome: Outcome, own: Mapping[Condition, Set[Effect]]) -> Iterator[Condition]:
    return ((value, False) for (value, _), effects in own.items() if effects != _all(outcome))


def _sleeping(outcome: Outcome) -> Outcome:
    """A sleep so far down that no caller will be blamed for it is none."""
    return replace(outcome, sleeps=False, below=0) if outcome.below > DEEPEST_SLEEP else outcome


def _own(outcomes: tuple[Outcome, ...]) -> Iterator[Outcome]:
    """The outcomes but for those that give back what another one takes first, and that nothing else tells apart.

    Such a function asks the same question before it takes and before it gives back, and the second time was taken to
    be answered otherwise: what is given back is its own, and not the caller's.
    """
    taking = {(o.when, o.acquires, o.releases, effect) for o in outcomes for effect in o.inside}
    for outcome in outcomes:
        given = {*outcome.releases} - {*outcome.acquires}
        others = ((effect, tuple(e for e in outcome.releases if e != effect)) for effect in given)
        if not any((outcome.when, outcome.acquires, rest, effect) in taking for effect, rest in others):
            yield outcome


def _united(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """The outcomes without those that others stand for; one that may sleep stands for one that does not."""
    groups: dict[Outcome, list[Outcome]] = {}
    inside: dict[Outcome, tuple[Effect, ...]] = {}
    for outcome in outcomes:
        group = replace(outcome, when=(), below=0, inside=())
        alike = replace(group, sleeps=False)
        inside[alike] = _both(outcome.inside, inside.get(alike))
        _insert(groups.setdefault(group, []), replace(outcome, inside=()))
    kept = [o for group, several in groups.items() for o in several if not _covered(o, group, groups)]
    return tuple(replace(o, inside=inside[replace(o, when=(), below=0, sleeps=False)]) for o in kept)


def _both(some: tuple[Effect, ...], others: tuple[Effect, ...] | None) -> tuple[Effect, ...]:
    """What is taken inside whichever of them it is; None stands for no others."""
    return some if others is None else tuple(effect for effect in some if effect in others)


def _inside(several: Sequence[Outcome]) -> tuple[Effect, ...]:
    return reduce(_both, (outcome.inside for outcome in several))


def _covered(outcome: Outcome, group: Outcome, groups: dict[Outcome, list[Outcome]]) -> bool:
    sleeping = () if outcome.sleeps else groups.get(replace(group, sleeps=True), ())
    return any(set(other.when) <= set(outcome.when) for other in sleeping)


def _insert(group: list[Outcome], new: Outcome) -> None:
    known, at = frozenset(new.when), 0
    while at < len(group):
        other = frozenset(group[at].when)
        if other <= known:
            group[at] = replace(group[at], below=min(group[at].below, new.below))
            return
        less = weaker(known, other)
        at = at + 1 if less is None else 0
        known = known if less is None else less
    group[:] = [outcome for outcome in group if not known <= frozenset(outcome.when)]
    group.append(replace(new, when=tuple(condition for condition in new.when if condition in known)))


def _alike(
    outcomes: tuple[Outcome, ...], passing: frozenset[str], lost: set[str], apart: bool = False
) -> Iterator[Outcome]:
    """The outcomes with those made one that agree in the result, in what must be given back and in what they set.

    apart  whether those stay apart that would stand for others, too, with other effects, if they were one
    """
    groups: dict[Hashable, list[Outcome]] = {}
    for outcome in outcomes:
        told = _of_result(outcome), *_sparing(outcome, passing), outcome.sets, outcome.then, outcome.sleeps
        groups.setdefault(told, []).append(outcome)
    for several in groups.values():
        common = tuple(c for c in several[0].when if all(c in other.when for other in several))
        others = [o for o in outcomes if _all(o) != _all(several[0])]
        if apart and len(several) > 1 and not all(_excludes(common, o) for o in others):
            yield from several
            continue
        # one of them will stand for all
        lost |= _undecided(several, _all)
        below, inside = min(o.below for o in several), _inside(several)
        yield replace(_without(several[0], lost), when=common, below=below, inside=inside)


def _excludes(when: Iterable[Condition], outcome: Outcome) -> bool:
    """Whether the outcome cannot be where all of this is so."""
    return any((value, not truth) in outcome.when for value, truth in when)


def _simplified(outcomes: tuple[Outcome, ...], lost: set[str], effects: Effected) -> Iterator[Outcome]:
    """The outcomes told apart by the result alone.

    effects  those in which outcomes of one result must agree
    """
    groups: dict[Hashable, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(_of_result(outcome), []).append(outcome)
    for several in groups.values():
        lost |= _undecided(several, effects)
    for several in groups.values():
        inside = _inside(several)
        for outcome in several:
            sets = tuple((place, value if value == Load(RESULT) else NEW) for place, value in outcome.sets)
            yield replace(_without(outcome, lost), when=_of_result(outcome), sets=sets, then=(), inside=inside)


def _undecided(several: Sequence[Outcome], effects: Effected) -> set[str]:
    """The kinds of resources that some of the outcomes take or give back otherwise than others."""
    found = [effects(outcome) for outcome in several]
    return {effect.resource for some in found for effect in some if not all(effect in others for others in found)}


def _all(outcome: Outcome) -> Set[Effect]:
    return {*outcome.acquires, *outcome.releases}


def _net(outcome: Outcome) -> Set[Effect]:
    """Its effects but for what it gives back and takes again: behind it that is held as it was before."""
    again = {*outcome.acquires} & {*outcome.releases}
    # what it has set may be another thing of the same name
    same = {e for e in again if not e.place or {*parts(e.place)}.isdisjoint(place for place, _ in outcome.sets)}
    return _all(outcome) - same


def _of_result(outcome: Outcome) -> tuple[Condition, ...]:
    """What the outcome says of the result."""
    return tuple(c for c in outcome.when if any(part == Load(RESULT) for part in parts(c[0])))


def _without(outcome: Outcome, kinds: Set[str]) -> Outcome:
    acquires, releases = _sparing(outcome, kinds)
    return replace(outcome, acquires=acquires, releases=releases)


def _sparing(outcome: Outcome, kinds: Set[str]) -> Effects:
    """The effects but for those on these kinds."""
    acquires = tuple(effect for effect in outcome.acquires if effect.resource not in kinds)
    releases = tuple(effect for effect in outcome.releases if effect.resource not in kinds)
    return acquires, releases
