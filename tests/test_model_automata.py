"""The most general client: sizes, verdicts, and the automata stored in fixtures/model."""

from pathlib import Path

import pytest

from kpatchlint.model.alphabet import ALPHABETS, Op
from kpatchlint.model.api import APIS
from kpatchlint.model.automaton import END, NEVER, Automaton, Move, from_json, load, minimal, to_json
from kpatchlint.model.client import build, construct
from kpatchlint.model.kinds import Violation
from kpatchlint.model.source import fingerprint

STORED = Path(__file__).resolve().parent.parent / "fixtures" / "model"
# States after the subset construction, and of the minimal machine.  The prototype had fewer of the first: here a
# migrator between two migrations still points to the folio it had, which no caller can tell.
SIZES = {
    "v6.1": (22, 10),
    "v6.1-dst": (55, 25),
    "v6.1-paths": (78, 22),
    "v6.1-paths-dst": (195, 55),
    "v6.5": (40, 17),
    "v6.5-dst": (109, 46),
    "v6.5-paths": (198, 52),
    "v6.5-paths-dst": (501, 130),
    "v6.1-pmd": (39, 11),
    "v6.5-pmd": (39, 11),
    "v6.5-hugetlb": (142, 22),
}
QUICK = ("v6.1", "v6.1-pmd")


def path(name):
    return STORED / f"{name}.json"


@pytest.fixture
def stored(request):
    """The stored automaton of a name; `--update-golden` computes those that are out of date."""

    def get(name):
        fresh = path(name).is_file() and load(path(name)).source == fingerprint()
        if request.config.getoption("--update-golden") and not fresh:
            path(name).write_text(to_json(build(name)))
        return load(path(name))

    return get


@pytest.mark.parametrize("name", ALPHABETS)
def test_a_stored_automaton_is_of_the_protocol_as_it_stands(name, stored):
    automaton = stored(name)
    assert automaton.source == fingerprint(), "pytest --update-golden tests/test_model_automata.py, three minutes"
    assert (automaton.alphabet, automaton.api) == (name, ALPHABETS[name].api)
    assert automaton.ops == ALPHABETS[name].ops
    assert len(automaton.moves) == SIZES[name][1]


def test_nothing_else_is_stored():
    assert {file.stem for file in STORED.glob("*.json")} == set(ALPHABETS)


@pytest.mark.parametrize("name", QUICK)
def test_a_stored_automaton_is_what_comes_out(name):
    assert build(name) == load(path(name))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ALPHABETS if name not in QUICK])
def test_a_stored_automaton_is_what_comes_out_slow(name):
    made = construct(ALPHABETS[name]).automaton
    assert len(made.moves) == SIZES[name][0]
    assert minimal(made) == load(path(name))


@pytest.mark.parametrize(
    ("name", "word", "at", "kinds"),
    [
        ("v6.1", "ML RD WL RET", -1, ""),
        ("v6.1", "M L RD WL RET", -1, ""),
        ("v6.1", "ML RD UM WN RET", -1, ""),
        ("v6.1", "WM RET", -1, ""),
        ("v6.1", "ML RD WL U", 3, "unlock-not-owner"),
        ("v6.1", "ML RD WL UU", 3, "unlock-not-owner"),
        ("v6.1", "ML RD WL UM", 3, "unmap-unmapped"),
        ("v6.1", "ML RD WL T", 3, "pte-use-unmapped"),
        ("v6.1", "ML RD WN", 2, "sleep-mapped"),
        ("v6.1", "ML RD UM WL", 3, "unmap-unmapped"),
        ("v6.1", "ML RD U WL", 3, "folio-uaf unlock-not-owner"),
        ("v6.1", "M RD L WL", 3, "folio-uaf"),
        ("v6.1", "ML WL", 1, "entry-unread"),
        ("v6.1", "ML WM", 1, "self-deadlock"),
        ("v6.1", "ML WP", 1, "sleep-atomic sleep-mapped"),
        ("v6.1", "ML U RET", 2, "leak-map"),
        ("v6.1", "ML UM RET", 2, "leak-lock"),
        ("v6.1", "M M", 1, "map-twice"),
        ("v6.1-dst", "M M2 UM", 2, "unmap-order"),
        ("v6.1-dst", "M2 ML RD WL", 3, "sleep-mapped"),
        ("v6.1-dst", "ML M2 RD UM2 WL RET", -1, ""),
        ("v6.1-paths", "ML RR WL", 2, "not-migration-entry"),
        ("v6.1-paths", "ML RR !m UU RET", -1, ""),
        ("v6.1-paths", "ML RR !m WL", 3, "not-migration-entry"),
        ("v6.5", "ML NC RD UM W2 RET", -1, ""),
        ("v6.5", "ML RD", 1, "null-use"),
        ("v6.5", "ML NC RD W2", 3, "sleep-mapped"),
        ("v6.5", "ML NC RD UM W2 U", 5, "unlock-not-owner"),
        ("v6.5-paths", "ML ?n RET", -1, ""),
        ("v6.5-paths", "ML ?n U", 2, "null-use"),
        ("v6.5-paths", "M ?n U", 2, "unlock-not-owner"),
        ("v6.5-pmd", "PL RR ?m W2 RET", -1, ""),
        ("v6.5-pmd", "PL RR ?m U WPS", 4, "folio-uaf"),
        ("v6.5-pmd", "PL RR ?m U WPk RET", -1, ""),
        ("v6.1-pmd", "PL RR ?m WL", 3, "unmap-unmapped"),
        ("v6.5-hugetlb", "VL HL RR ?m VU W2 RET", -1, ""),
        ("v6.5-hugetlb", "VL WH RET", -1, ""),
        ("v6.5-hugetlb", "HL", 0, "pgtable-uaf"),
        ("v6.5-hugetlb", "WH", 0, "vma-lock-not-held"),
        ("v6.5-hugetlb", "VL RET", 1, "leak-vma-lock"),
    ],
)
def test_verdicts(name, word, at, kinds):
    assert load(path(name)).run(word.split()) == (at, frozenset(map(Violation, kinds.split())))


def test_every_state_has_a_word_that_leads_to_it():
    automaton = load(path("v6.5-dst"))
    access = automaton.access()
    assert set(access) == set(range(len(automaton.moves)))
    assert all(automaton.run(word) == (-1, frozenset()) for word in access.values())


def test_an_automaton_survives_being_written():
    automaton = load(path("v6.1-paths"))
    assert from_json(to_json(automaton)) == automaton


def test_states_that_nothing_tells_apart_are_made_one():
    uaf = Move(END, frozenset({Violation.FOLIO_UAF}))
    rows = ((Move(1), Move(2)), (uaf, Move(0)), (uaf, Move(3)), (Move(2), Move(1)))
    assert len(minimal(Automaton("", "", ("a", "b"), rows)).moves) == 2
    rows = ((Move(1), Move(2)), (uaf, Move(NEVER)), (uaf, Move(END)))
    assert len(minimal(Automaton("", "", ("a", "b"), rows)).moves) == 3


@pytest.mark.parametrize("name", ALPHABETS)
def test_every_operation_has_a_statement(name):
    alphabet = ALPHABETS[name]
    assert set(map(str, alphabet.ops)) == set(APIS[alphabet.api].calls) & set(map(str, alphabet.ops))


def test_an_operation_is_in_an_alphabet():
    assert {op for alphabet in ALPHABETS.values() for op in alphabet.ops} == set(Op)
