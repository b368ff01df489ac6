"""Agreement of linter and model on C text: small callers, rendered and put through the whole linter.

The default run has a few thousand of them, the slow tier 35,000, and with KPATCHLINT_NIGHTLY set 150,000.  What stays
different is in `agreement.DEVIATIONS`, with its reason.  Seen with 6.1 and 6.5 contracts.
"""

import os
from itertools import islice
from pathlib import Path

import pytest
from agreement import BEHIND, DEVIATIONS, Difference, agree, compare, reached_from, remapped, shown

from kpatchlint.check import scan_source
from kpatchlint.model import suites
from kpatchlint.model.api import APIS
from kpatchlint.model.automaton import END, Automaton, Move, load
from kpatchlint.model.kinds import Violation
from kpatchlint.model.programs import Goto, If, Label, Op, Return, graph_of, straight
from kpatchlint.model.render import LANGUAGES, rendered, text_of
from kpatchlint.model.shapes import one_if, retry_loops, two_ifs
from kpatchlint.model.verdict import verdict
from kpatchlint.release import parse_release

GOLDEN = Path(__file__).resolve().parent.parent / "fixtures/model"
# every alphabet whose words are paths, so that each reads as C
ALPHABETS = ("v6.1-paths", "v6.1-paths-dst", "v6.5-paths", "v6.5-paths-dst", "v6.1-pmd", "v6.5-pmd", "v6.5-hugetlb")
SHAPES = (one_if, two_ifs, retry_loops)
# how many callers there are at least in the slow tier, by alphabet, and at night
CI = {
    "v6.1-paths": 5_300,
    "v6.1-paths-dst": 6_900,
    "v6.5-paths": 4_700,
    "v6.5-paths-dst": 6_800,
    "v6.1-pmd": 5_100,
    "v6.5-pmd": 4_500,
    "v6.5-hugetlb": 1_900,
}
NIGHTLY = 150_000
# a lock: free, held
LOCK = Automaton(
    "lock",
    "v6.1",
    ("L", "U", "RET"),
    (
        (Move(1), Move(END, frozenset({Violation.UNLOCK_NOT_OWNER})), Move(END)),
        (Move(END, frozenset({Violation.SELF_DEADLOCK})), Move(0), Move(END, frozenset({Violation.LEAK_LOCK}))),
    ),
)


def automaton_of(alphabet):
    return load(GOLDEN / f"{alphabet}.json")


def some(programs, most):
    """At most so many of them, evenly chosen."""
    programs = list(programs)
    step = max(1, -(-len(programs) // most))
    return islice(programs, step // 2, None, step)


def callers(alphabet, longest, extra, most_words, most_of_a_shape):
    """Words of the alphabet, exhaustive and by Chow's method, and some callers of every shape."""
    automaton = automaton_of(alphabet)
    words = list(suites.clean_words(automaton, longest))
    if extra is not None:
        words += suites.w_method(automaton, extra)
    yield from map(straight, some(suites.longest_only(words), most_words))
    for shapes in SHAPES:
        for shape in shapes(automaton, 1):
            yield from shape.some(most_of_a_shape)


def assert_agreement(alphabet, programs):
    outcome = compare(programs, automaton_of(alphabet).api, automaton_of(alphabet))
    assert outcome.unanalyzed == 0
    shortest = sorted(outcome.differences, key=lambda d: len(repr(d.program)))[:1]
    assert not shortest, f"{len(outcome.differences)} differences\n{shown(shortest[0], automaton_of(alphabet).api)}"
    return outcome


class TestSuites:
    def test_words_end_at_their_first_violation(self):
        words = set(suites.clean_words(LOCK, 3))
        longest = {("L", "U", "L"), ("L", "U", "U"), ("L", "U", "RET")}
        assert words == {("U",), ("RET",), ("L", "L"), ("L", "RET")} | longest

    def test_a_word_tells_the_states_apart(self):
        assert suites.telling_words(LOCK) == (("L",),)

    def test_chows_suite_reaches_one_operation_behind_every_state(self):
        suite = suites.w_method(LOCK, 0)
        assert {("RET",), ("U",), ("L", "L"), ("L", "RET"), ("L", "U", "L")} <= set(suite)

    @pytest.mark.parametrize(
        ("alphabet", "extra", "count"), [("v6.1", 0, 185), ("v6.1", 1, 807)]
    )
    def test_suites_are_as_large_as_the_prototypes(self, alphabet, extra, count):
        assert len(suites.w_method(automaton_of(alphabet), extra)) == count

    def test_every_single_fault_is_exposed(self):
        """One wrong verdict, or one move to a wrong state, of any operation a caller survives."""
        suite = suites.w_method(LOCK, 0)
        right = [LOCK.run(word) for word in suite]
        for state, row in enumerate(LOCK.moves):
            for at, move in enumerate(row[:2]):
                for other in {Move(0), Move(1), Move(END, frozenset({Violation.MAP_TWICE}))} - {move}:
                    moves = [list(r) for r in LOCK.moves]
                    moves[state][at] = other
                    wrong = Automaton("lock", "v6.1", LOCK.ops, tuple(map(tuple, moves)))
                    assert [wrong.run(word) for word in suite] != right, (state, at, other)


class TestPrograms:
    def test_places_are_counted_in_the_order_of_the_text(self):
        program = (Op("L"), If("m", (Op("W"), Return())), Op("U"))
        assert graph_of(program).names == ["L", "?m", "W", "RET", "U", "RET"]

    def test_a_jump_leads_to_its_label(self):
        program = (Label("retry"), Op("L"), If("", (Goto("retry"),)), Op("U"))
        edges = graph_of(program).edges
        assert [(e.operation, e.target) for e in edges[1]] == [("", 0), ("", 2)]

    def test_only_the_first_mistake_of_a_path_counts(self):
        said = verdict(graph_of((Op("U"), Op("U"))), LOCK)
        assert said.wrong == {0: {frozenset({"unlock-not-owner"})}}
        assert said.behind == {1, 2}

    def test_a_mistake_of_one_path_leaves_the_other_clean(self):
        said = verdict(graph_of((If("", (Op("L"),)), Op("L"), Op("U"))), LOCK)
        assert said.wrong == {2: {frozenset({"self-deadlock"})}}
        assert 3 in said.clean

    def test_a_round_of_a_loop_is_judged_with_what_the_last_one_left(self):
        said = verdict(graph_of((Label("retry"), Op("L"), If("", (Goto("retry"),)), Op("U"))), LOCK)
        assert said.wrong == {0: {frozenset({"self-deadlock"})}}


class TestRenderer:
    @pytest.mark.parametrize("api", LANGUAGES)
    def test_every_place_is_on_its_line(self, api):
        program = (*map(Op, LANGUAGES[api].operation), If("m", (Return(),), (Op("U"),)))
        text, (function,) = rendered([program], LANGUAGES[api])
        lines = text.splitlines()
        for line, name in zip(function.lines, graph_of(program).names, strict=True):
            wanted = LANGUAGES[api].operation.get(name) or {"?m": LANGUAGES[api].test["m"], "RET": ""}[name]
            assert wanted in lines[line - 1]

    @pytest.mark.parametrize("alphabet", ALPHABETS)
    def test_every_operation_has_a_line(self, alphabet):
        automaton = automaton_of(alphabet)
        plain = {op for op in automaton.ops if op[0] not in "?!" and op != "RET"}
        assert plain <= LANGUAGES[automaton.api].operation.keys()

    @pytest.mark.parametrize("api", LANGUAGES)
    def test_callers_are_written_for_their_release(self, api):
        release = parse_release(LANGUAGES[api].release)
        assert parse_release(APIS[api].since) <= release < parse_release(APIS[api].until)

    @pytest.mark.parametrize("api", LANGUAGES)
    def test_a_caller_that_does_nothing_is_clean(self, api):
        text = text_of((), LANGUAGES[api])
        report = scan_source("mm/callers.c", text.encode(), LANGUAGES[api].release)
        assert (report.findings, report.unanalyzed, report.functions) == ((), (), 1)


class TestComparison:
    @pytest.mark.parametrize(
        ("model", "linter", "verdict"),
        [
            (set(), set(), True),
            (set(), {"folio-uaf"}, False),
            ({"folio-uaf"}, set(), False),
            ({"folio-uaf"}, {"unlock-not-owner"}, False),
            ({"unlock-not-owner"}, {"unlock-not-owner", "unmap-unmapped"}, True),
            ({"unmap-unmapped"}, {"unlock-not-owner", "unmap-unmapped"}, False),
        ],
    )
    def test_what_agrees(self, model, linter, verdict):
        assert agree([frozenset(model)] if model else [], frozenset(linter)) is verdict

    def test_what_comes_later_is_later_on_one_path(self):
        """On the path with the wrong entry the wait never comes to the unlock, the linter says both."""
        paths = [frozenset({"not-migration-entry"}), frozenset({"unmap-unmapped"})]
        assert agree(paths, frozenset({"not-migration-entry", "unlock-not-owner", "unmap-unmapped"}))

    def test_what_an_old_entry_was_found_to_be_stays_known(self):
        """Read before two others, under no lock: it is stale, and it is still the migration entry that it was."""
        program = (Op("M"), Op("RR"), If("m", (), (Return(),)), Op("T"), Op("L"), Op("WN"))
        assert compare([program], "v6.1", automaton_of("v6.1-paths")).differences == ()

    def test_behind_a_lasting_deviation_the_two_may_differ(self):
        """The lock that is taken after a wait is another one for the linter, so it is not taken twice."""
        read = (Op("ML"), Op("RR"), If("m", (), (Return(),)), Op("WL"))
        outcome = compare([(*read, Op("L"), Op("WM"))], "v6.1", automaton_of("v6.1-paths"))
        assert outcome.differences == ()
        assert outcome.deviations == {"L": 1, BEHIND: 1}

    def test_behind_it_is_also_the_next_round(self):
        read = (Op("ML"), Op("RR"), If("m", (), (Return(),)))
        again = (Label("retry"), Op("WL"), If("m", (Op("L"), Goto("retry"))), Op("WL"))
        outcome = compare([(*read, *again)], "v6.1", automaton_of("v6.1-paths"))
        assert (outcome.differences, outcome.deviations) == ((), {BEHIND: 1})

    def test_what_lies_before_or_beside_it_is_not_behind_it(self):
        graph = graph_of((Op("ML"), If("m", (Op("L"), Op("WM"), Return()), (Op("U"),))))
        assert graph.names == ["ML", "?m", "L", "WM", "RET", "U", "RET"]
        assert reached_from({2}, graph) == {3, 4}

    def test_what_is_read_behind_a_wait_is_another_entry(self):
        """Also where it is read in another round, or behind a test, and nobody names the lock again."""
        tested = (Op("PL"), Op("RR"), If("m", (), (Return(),)), Label("retry"))
        unlocked = (*tested, Op("RR"), If("m", (Op("WN"), Goto("retry"))), Op("U"))
        untested = (*tested, Op("WN"), If("m", (Op("RR"), Goto("retry"))))
        automaton = automaton_of("v6.1-pmd")
        outcome = compare([unlocked, untested], automaton.api, automaton)
        assert (outcome.differences, outcome.deviations) == ((), {})

    def test_an_entry_read_through_a_second_map_is_wanted_tested(self):
        tested = (Op("ML"), Op("RR"), If("m", (), (Return(),)), Op("UM"), Op("M"))
        outcome = compare([(*tested, Op("RR"), Op("WL"))], "v6.1", automaton_of("v6.1-paths"))
        assert (outcome.differences, outcome.deviations) == ((), {"WL": 1})

    @pytest.mark.parametrize(
        ("word", "again"),
        [
            (("ML", "RR", "UM", "M", "RR"), True),
            (("M", "L", "RR", "?m", "UM", "M", "T", "RR"), True),
            (("ML", "RR", "UM", "M"), False),
            (("ML", "RR", "RR"), False),
            (("M", "RR", "UM", "M", "RR"), False),
            (("ML", "RR", "UU", "ML", "RR"), False),
            (("ML", "RR", "U", "UM", "M", "L", "RR"), False),
        ],
    )
    def test_a_second_map_matters_under_one_lock(self, word, again):
        graph = graph_of(straight((*word, "WL")))
        assert remapped(graph, graph.names.index("WL")) is again

    def test_the_wrong_automaton_differs(self):
        """v6.5 callers against the automaton of v6.1: a map that may fail makes the difference."""
        programs = [straight(("ML", "RR"))]
        assert compare(programs, "v6.5", automaton_of("v6.5-paths")).differences == ()
        assert compare(programs, "v6.5", automaton_of("v6.1-paths")).differences

    def test_a_difference_is_shown_with_its_text(self):
        program = straight(("U",))
        said = shown(Difference(program, 0, "U", frozenset({"folio-uaf"}), frozenset(), ("9: x",)), "v6.1")
        assert "spin_unlock(ptl);" in said
        assert "model ['folio-uaf'], linter []" in said

    def test_deviations_have_reasons(self):
        assert all(len(known.why.split()) > 8 for known in DEVIATIONS)


@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_words_and_shapes(alphabet):
    assert_agreement(alphabet, callers(alphabet, 3, None, 150, 40))


@pytest.mark.slow
@pytest.mark.parametrize("alphabet", ALPHABETS)
def test_ci_tier(alphabet):
    """Words of PMD callers are short, so there are more of them."""
    outcome = assert_agreement(alphabet, callers(alphabet, 6 if "pmd" in alphabet else 5, 0, 6_000, 330))
    assert outcome.programs >= CI[alphabet]


def test_the_ci_tier_is_as_large_as_promised():
    assert CI.keys() == set(ALPHABETS)
    assert sum(CI.values()) >= 35_000


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("KPATCHLINT_NIGHTLY"), reason="half an hour: set KPATCHLINT_NIGHTLY")
def test_nightly_tier():
    total = sum(assert_agreement(a, callers(a, 6, 1, 17_500, 3_500)).programs for a in ALPHABETS)
    assert total >= NIGHTLY
