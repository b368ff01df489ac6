"""Whether one of some words stands in a text: the answers do not depend on how the words are looked for."""

import os
import subprocess
import sys
from threading import Thread

import pytest
from command import ROOT
from conftest import needs_wheels
from hypothesis import given
from hypothesis import strategies as st

from kpatchlint.tree import mention
from kpatchlint.tree.mention import mentioning, shortest

WORDS = (b"anchor_up", b"anchor_down", b"/*")


@pytest.fixture(params=["together", "one by one"])
def both(request, monkeypatch):
    """With the library, and on a machine that has none."""
    if request.param == "one by one":
        monkeypatch.setattr(mention, "_LIBRARY", "there_is_no_such_module")
    mention._engine.cache_clear()
    yield
    mention._engine.cache_clear()


@pytest.mark.usefixtures("both")
class TestAnswers:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (b"", False),
            (b"anchor_up", True),
            (b"xanchor_upx", True),
            (b"anchor_u", False),
            (b"anchor_\0up anchor up", False),
            (b"\0\xff anchor_down", True),
            (b"x" * 1_000_000 + b"/*", True),
            (b"x" * 1_000_000 + b"/", False),
        ],
    )
    def test_a_word_counts_wherever_it_stands(self, text, found):
        assert mentioning(WORDS)(text) is found

    def test_a_function_can_be_asked_again(self):
        found = mentioning(WORDS)
        assert [found(text) for text in (b"/*", b"", b"anchor_up", b"anchor")] == [True, False, True, False]

    def test_words_are_no_expressions(self):
        found = mentioning((b"a.c", b"(", b"\\", b"*"))
        assert [found(text) for text in (b"abc", b"a.c", b"(", b"\\", b"*", b"[")] == [
            False, True, True, True, True, False
        ]  # fmt: skip

    @pytest.mark.parametrize("words", [(), (b"",), (b"a\0b",), (b"x" * 100_000,)])
    def test_words_that_are_none(self, words):
        for text in (b"", b"a", b"a\0b", b"x" * 100_000):
            assert mentioning(words)(text) is any(word in text for word in words)


@given(st.lists(st.binary(min_size=1, max_size=4), max_size=6), st.binary(max_size=40))
def test_it_is_what_python_says(words, text):
    assert mentioning(tuple(words))(text) is any(word in text for word in words)


@given(st.lists(st.text("ab_", min_size=1, max_size=4).map(str.encode), max_size=6), st.text("ab_").map(str.encode))
def test_the_shortest_words_tell_of_all(words, text):
    few = shortest(tuple(words))
    assert set(few) <= set(words)
    assert mentioning(few)(text) is mentioning(tuple(words))(text)


def test_a_word_with_another_in_it_is_left_out():
    assert shortest((b"anchor", b"anchor_up", b"my_anchor", b"buoy")) == (b"anchor", b"buoy")


def test_threads_do_not_disturb_each_other():
    """A worker of a cluster may have several."""
    wrong = []

    def ask(number):
        found = mentioning(WORDS)
        texts = [b"x" * 20_000 + (b"anchor_up" if at % 3 == number else b"anchor_") for at in range(300)]
        wrong.extend(at for at, text in enumerate(texts) if found(text) is not (at % 3 == number))

    threads = [Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


@needs_wheels
def test_the_library_is_there_and_takes_the_words():
    """Without it the answers are the same, and take twenty times as long."""
    engine = mention._engine()
    assert engine is not None
    assert engine is sys.modules["hyperscan"]
    assert mention._together(engine, WORDS) is not None


def test_what_is_required_is_what_is_imported():
    assert f'"{mention._LIBRARY}>=' in (ROOT / "pyproject.toml").read_text()


def test_a_scan_that_reads_nothing_anew_does_not_import_it(tmp_path):
    (tmp_path / "x.c").write_text("int x; /* anchor */\n")
    os.utime(tmp_path / "x.c", (1, 1))
    code = "import sys; from kpatchlint.cli import commands; from kpatchlint.tree import survey\n"
    code += "survey.settled = lambda: 1 << 62\n"  # nothing is too new to be kept
    code += f"commands.main(['scan', '--select', 'wait', {str(tmp_path)!r}], standalone_mode=False)\n"
    code += "print('hyperscan' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KPATCHLINT_CACHE": str(tmp_path / "cache" / "x")}
    told = [subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True, text=True)
            for _ in range(2)]  # fmt: skip
    assert [said.stdout.split()[-1] for said in told] == ["True", "False"]
