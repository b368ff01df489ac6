"""The union of path states says exactly what its states say: nothing is lost, and nothing comes in."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.flow.prune import any_of
from kpatchlint.flow.state import Held, PathState
from kpatchlint.flow.symbol import Cell, Constant, Fresh, Initial, Literal, Operator
from kpatchlint.flow.union import united

NAMES = ("a", "b", "c", "d")
SYMBOLS = {name: Initial(Cell(None, name)) for name in NAMES}
PTL = Held("lock", SYMBOLS["a"], "ptl", 1, "f")


def state(held=(), **facts):
    return PathState(facts={SYMBOLS[name]: truth for name, truth in facts.items()}, held=held)


def worlds(states):
    """Every assignment of the four values that one of the states allows."""
    return {
        values
        for values in itertools.product((True, False), repeat=len(NAMES))
        for s in states
        if all(dict(zip(SYMBOLS.values(), values, strict=True))[symbol] == truth for symbol, truth in s.facts.items())
    }


some_facts = st.dictionaries(st.sampled_from(NAMES), st.booleans())


@given(st.lists(some_facts, max_size=12))
def test_the_union_allows_what_its_states_allow(facts):
    states = [state(**known) for known in facts]
    assert worlds(united(states).values()) == worlds(states)


@given(st.lists(some_facts, max_size=8), st.lists(some_facts, max_size=8))
def test_adding_to_a_union_is_the_union_of_all(first, more):
    old = united(state(**known) for known in first)
    both = united((state(**known) for known in more), old)
    assert worlds(both.values()) == worlds([state(**known) for known in (*first, *more)])
    assert united((), both).keys() == both.keys()


def test_both_sides_of_a_test_are_one():
    (only,) = united([state(a=True, b=True), state(a=True, b=False)]).values()
    assert only.facts == {SYMBOLS["a"]: True}


def test_what_is_held_keeps_states_apart():
    assert len(united([state(held=(PTL,), a=True), state(a=False)])) == 2


def test_a_constant_keeps_states_apart_and_any_value_does_not():
    cell = Cell(None, "x")
    changed, unchanged = PathState(store={cell: any_of(cell)}), PathState()
    (only,) = united([unchanged, changed]).values()
    assert only.store == {cell: any_of(cell)}
    assert len(united([PathState(store={cell: Literal(1)}), PathState(store={cell: Literal(2)})])) == 2


def test_what_equals_a_name_that_is_not_zero_is_not_zero():
    ret, name = Fresh(1, "return"), Constant("RETRY")
    state = PathState().assume(Operator("==", (ret, name)), True)
    assert state.truth(ret) is None
    known = state.assume(name, True)
    assert known.truth(ret) is True
    assert known.assume(ret, False) is None
