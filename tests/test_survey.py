"""What a survey knows of the files of a tree, and what it reads for that."""

import os

import pytest

from kpatchlint.tree import survey as module
from kpatchlint.tree.cache import Store
from kpatchlint.tree.survey import Asked, listed, read_batch, survey

WORDS = (b"anchor_up", b"anchor_down")


@pytest.fixture
def root(tmp_path):
    """Two folders; a file of the first mentions a word."""
    for path, text in {"a/one.c": "anchor_up();\n", "a/two.c": "int x;\n", "b/three.c": "int y;\n"}.items():
        written(tmp_path / "tree" / path, text)
    return tmp_path / "tree"


def written(path, text, time=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (time, time))


@pytest.fixture
def store(tmp_path, monkeypatch):
    # nothing is too new to be kept
    monkeypatch.setattr(module, "settled", lambda: 1 << 62)
    return Store(tmp_path / "cache" / "x.sqlite")


@pytest.fixture
def texts(monkeypatch):
    """The files that were read."""
    seen = []
    real = module.contents
    monkeypatch.setattr(module, "contents", lambda root, path: (seen.append(path), real(root, path))[1])
    return seen


def surveyed(root, store=None, words=WORDS):
    folders = dict(listed(str(root), ".", (".c",)))
    asked = Asked(words)
    return survey(str(root), folders, asked, store, lambda work: ((at, read_batch(each)) for at, each in work.items()))


def test_a_file_mentions_a_word_or_none(root):
    assert {path: seen.mentions for path, seen in surveyed(root).items()} == {
        "a/one.c": True, "a/two.c": False, "b/three.c": False
    }  # fmt: skip


def test_where_nothing_is_mentioned_nobody_asks_what_a_file_is(root, store):
    named = {path: seen.digest for path, seen in surveyed(root, store).items()}
    assert named["a/one.c"]
    assert named["a/two.c"]
    assert named["a/one.c"] != named["a/two.c"]
    assert named["b/three.c"] == b""


def test_where_nothing_is_kept_nobody_asks_what_lies_beside_a_word(root, texts):
    found = surveyed(root)
    assert found["a/one.c"].mentions
    assert found["a/two.c"].digest == b""
    assert sorted(texts) == ["a/one.c", "a/two.c", "b/three.c"]


def test_the_same_text_has_the_same_digest_beside_a_word_and_with_it(root, store):
    before = surveyed(root, store)["a/one.c"].digest
    assert surveyed(root, store, words=(b"int x",))["a/one.c"].digest == before


def test_what_is_known_is_not_read_again(root, store, texts):
    first = surveyed(root, store)
    assert set(texts) == {"a/one.c", "a/two.c", "b/three.c"}
    texts.clear()
    assert surveyed(root, store) == first
    assert not texts


def test_a_file_that_changes_is_read_alone(root, store, texts):
    first = surveyed(root, store)
    texts.clear()
    written(root / "a/one.c", "anchor_down();\n", 2)
    second = surveyed(root, store)
    assert texts == ["a/one.c"]
    assert second["a/one.c"].digest != first["a/one.c"].digest
    assert second["a/two.c"] == first["a/two.c"]


def test_what_lies_beside_the_first_word_of_a_folder_gets_a_digest(root, store):
    surveyed(root, store)
    written(root / "b/four.c", "anchor_up();\n")
    found = surveyed(root, store)
    assert found["b/four.c"].mentions
    assert found["b/three.c"].digest
    assert found == surveyed(root, store)


def test_a_digest_changes_with_a_file_that_mentions_nothing(root, store):
    first = surveyed(root, store)
    written(root / "a/two.c", "int z;\n", 2)
    assert surveyed(root, store)["a/two.c"].digest != first["a/two.c"].digest


def test_a_file_that_goes_while_it_is_read_is_empty(root):
    folders = dict(listed(str(root), ".", (".c",)))
    (root / "a/one.c").unlink()
    found = survey(
        str(root), folders, Asked(WORDS), None, lambda work: ((at, read_batch(each)) for at, each in work.items())
    )
    assert not found["a/one.c"].mentions
