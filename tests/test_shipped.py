"""Rule files are parsed once: kept by the hash of their text, checked before, never trusted when torn."""

import msgspec
import pytest

from kpatchlint import shipped as module
from kpatchlint.data import rules_directory
from kpatchlint.errors import UserError
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.release import parse_release
from kpatchlint.shipped import keep, shipped


class Note(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule file of one key."""

    text: str


@pytest.fixture
def a_new_run(monkeypatch, tmp_path):
    """Forget what this process has read, and keep the cache in a directory of its own."""
    monkeypatch.setenv("KPATCHLINT_CACHE", str(tmp_path / "cache" / "x"))
    module._shelf.cache_clear()
    yield module._shelf.cache_clear
    module._shelf.cache_clear()


@pytest.fixture
def parsed(monkeypatch):
    """The paths that were parsed."""
    seen = []
    real = module.read
    monkeypatch.setattr(module, "read", lambda path, kind: (seen.append(path.name), real(path, kind))[1])
    return seen


@pytest.fixture
def note(tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('text = "one"\n')
    return path


def test_it_lies_beside_the_cache_of_trees(monkeypatch, tmp_path):
    monkeypatch.setenv("KPATCHLINT_CACHE", str(tmp_path / "x"))
    assert module.default_path() == tmp_path / "x.rules"
    monkeypatch.setenv("KPATCHLINT_CACHE", str(tmp_path))
    assert module.default_path().parent == tmp_path


def test_the_second_run_parses_nothing(a_new_run, parsed, note):
    for _ in range(2):
        assert shipped(note, Note) == Note("one")
        keep()
        a_new_run()
    assert parsed == ["a.toml"]


def test_another_text_is_parsed_anew(a_new_run, parsed, note):
    shipped(note, Note)
    note.write_text('text = "two"\n')
    assert shipped(note, Note) == Note("two")
    assert parsed == ["a.toml", "a.toml"]


@pytest.mark.parametrize("content", [b"", b"\xff torn", msgspec.msgpack.encode({"x": 1}), msgspec.msgpack.encode([])])
def test_a_torn_or_foreign_cache_is_begun_anew(a_new_run, note, content):
    path = module.default_path()
    path.parent.mkdir()
    path.write_bytes(content)
    assert shipped(note, Note) == Note("one")
    keep()
    a_new_run()
    assert module._shelf(path).kept


def test_an_entry_of_another_shape_is_parsed_anew(a_new_run, note):
    shipped(note, Note)
    shelf = module._shelf(module.default_path())
    shelf.kept.update(dict.fromkeys(shelf.kept, msgspec.msgpack.encode({"other": 1})))
    assert shipped(note, Note) == Note("one")


def test_where_nothing_can_be_written_it_is_done_without(a_new_run, note, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KPATCHLINT_CACHE", str(tmp_path / "file" / "x"))
    assert shipped(note, Note) == Note("one")
    keep()


def test_what_a_check_refuses_is_never_kept(a_new_run, note):
    def refuse(value):
        raise UserError("no")

    for _ in range(2):
        with pytest.raises(UserError, match="no"):
            shipped(note, Note, refuse)
    assert not module._shelf(module.default_path()).kept


def test_knowledge_from_the_cache_is_the_same(a_new_run, parsed):
    release = parse_release("v6.12")
    first = load_knowledge(rules_directory()).chosen(release)
    keep()
    a_new_run()
    parsed.clear()
    second = load_knowledge(rules_directory()).chosen(release)
    assert not parsed
    assert dict(first.contracts) == dict(second.contracts)
    assert (first.triggers, first.effectful) == (second.triggers, second.effectful)
    assert [c.entry for c in first.callbacks] == [c.entry for c in second.callbacks]


def test_a_contract_is_read_when_it_is_asked_for():
    contracts = load_knowledge(rules_directory()).contracts
    name = next(iter(contracts))
    assert not contracts._read
    assert contracts[name]
    assert set(contracts._read) == {name}
