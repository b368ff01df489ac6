"""As few outcomes as say the same: what is told of a kind of resource past the bound on them, and what is not."""

from kpatchlint.c.ir import Compound, Load, Number, Variable
from kpatchlint.flow.outcomes import MOST_OUTCOMES, fewest
from kpatchlint.flow.place import NEW, RESULT
from kpatchlint.flow.terms import Effect, Outcome

FIRST, LOCK = Load(Variable("first")), Effect("lock", Load(Variable("ptl")))
NOTHING, GIVEN, TAKEN = Outcome(), Outcome(releases=(LOCK,)), Outcome(acquires=(LOCK,))
AGAIN = Outcome(acquires=(LOCK,), releases=(LOCK,))


def with_result(number, outcome, sets=()):
    told = Compound("==", (Load(RESULT), Number(number)))
    return Outcome(((told, True),), outcome.acquires, outcome.releases, sets)


def told(*ways, results=1):
    """What is said, past the bound, of these ways of each of so many results, and the kinds that are lost."""
    values = [Load(Variable(f"v{number}")) for number in range(MOST_OUTCOMES)]
    every = [with_result(n, way, ((FIRST, value),)) for n in range(results) for way in ways for value in values]
    lost = set()
    found = fewest(every, frozenset(), lost)
    assert len(every) > MOST_OUTCOMES >= len(found)
    return {(o.acquires, o.releases) for o in found}, lost


def test_what_is_taken_again_is_held_as_before():
    assert told(NOTHING, AGAIN) == ({((), ()), ((LOCK,), (LOCK,))}, set())


def test_what_is_given_back_in_some_ways_only_is_lost():
    assert told(NOTHING, GIVEN) == ({((), ())}, {"lock"})
    assert told(AGAIN, GIVEN) == ({((), ())}, {"lock"})
    assert told(NOTHING, AGAIN, TAKEN) == ({((), ())}, {"lock"})


def test_what_is_given_back_in_all_ways_is_not():
    assert told(GIVEN, results=2) == ({((), (LOCK,))}, set())


def test_another_thing_of_the_same_name_is_not_the_same():
    """Where the call sets what names the lock, the one that it takes is not the one that it gives back."""
    lock = Effect("lock", FIRST)
    assert told(NOTHING, Outcome(acquires=(lock,), releases=(lock,))) == ({((), ())}, {"lock"})


def test_what_is_set_to_the_result_stays_so():
    """The result tells it, too, so that what is taken and returned is given back by either name."""
    taken = Outcome(acquires=(Effect("kmap", Load(RESULT)),), sets=((FIRST, Load(RESULT)),))
    other = [Outcome(sets=((FIRST, Load(Variable(f"v{number}"))),)) for number in range(MOST_OUTCOMES)]
    found = fewest([with_result(0, one, one.sets) for one in (taken, *other)], frozenset(), set())
    assert {value for outcome in found for _, value in outcome.sets} == {Load(RESULT), NEW}


def test_where_that_is_still_too_much_it_is_lost():
    assert told(NOTHING, AGAIN, results=MOST_OUTCOMES) == ({((), ())}, {"lock"})
