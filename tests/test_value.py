"""Values: what a frozen Struct does like a frozen dataclass, and what `value.py` adds."""

import ast
from abc import abstractmethod
from functools import cached_property
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.finding import Finding
from kpatchlint.flow.held import Gone, Held
from kpatchlint.loaded import Loaded
from kpatchlint.source import Position
from kpatchlint.value import Abstract, Alike

PACKAGE = Path(__file__).resolve().parent.parent / "kpatchlint"
# the model is a witness of its own and shares nothing with the rest; no check of a patch imports it
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "model")


class Named(Alike, frozen=True, dict=True):
    name: str
    said: str = ""

    @property
    def essence(self):
        return self.name

    @cached_property
    def made(self):
        return []


class Other(Named, frozen=True):
    pass


class TestAlike:
    def test_only_the_essence_is_compared(self):
        assert Named("a", "one") == Named("a", "two")
        assert Named("a") != Named("b")
        assert len({Named("a", "one"), Named("a", "two"), Named("b")}) == 2

    def test_kinds_differ(self):
        assert Named("a") != Other("a")
        assert Named("a") != "a"

    def test_where_something_was_taken_does_not_matter(self):
        assert Held("lock:x", None, "p", 1, "f") == Held("lock:x", None, "q", 2, "g", depth=1)
        assert Held("lock:x", None, "p", 1, "f") != Held("lock:x", None, "p", 1, "f", again=True)
        assert Held("lock:x", None, "p", 1, "f") != Held("lock:x", None, "p", 1, "f", mode="read")
        assert Gone("f", 1) == Gone("g", 2, 3, depth=4)
        for way in ("waits", "never", "failed", "maybe", "entry"):
            assert Gone("f", 1) != Gone("f", 1, **{way: True})

    def test_the_shape_of_a_report_does_not_matter_to_a_finding(self):
        finding = Finding("r", "f", "error", Position("x.c", 1, 1), "fn", "m", "s")
        assert finding == replace(finding, end_column=7, mail=2, held="x", violates=("y",))
        assert finding != replace(finding, message_id="z")

    def test_what_was_opened_does_not_matter_to_what_was_loaded(self):
        assert Loaded(opened={"tree": 1}) == Loaded()
        assert Loaded((Path("mine"),)) != Loaded()


class TestStruct:
    def test_a_copy_keeps_nothing_that_was_computed(self):
        named = Named("a")
        named.made.append(1)
        assert replace(named, said="b").made == []

    def test_a_value_does_not_change(self):
        with pytest.raises(AttributeError):
            Named("a").name = "b"

    def test_an_abstract_class_is_registered_as_one(self):
        class Read(Struct, frozen=True, metaclass=Abstract):
            @abstractmethod
            def read(self): ...

        assert Read.__abstractmethods__ == {"read"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_values_are_structs(path):
    """See `kpatchlint/value.py` for the reason."""
    found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom | ast.Import)]
    assert not [node.lineno for node in found if "dataclasses" in ast.unparse(node)]
