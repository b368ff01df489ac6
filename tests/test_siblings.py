"""Which file of a folder defines a function, and what the folder is known by."""

from collections.abc import Mapping

import pytest

from kpatchlint.tree.files import Files, Overlay
from kpatchlint.tree.siblings import MANY_NAMES, Definitions, Siblings, defines

TEXTS = {
    "mm/a.c": b"int visible(void)\n{\n}\nstatic int hidden(void)\n{\n}\nvoid __init early(int a,\n\t\tint b)\n{\n}\n",
    "mm/b.c": b"int\nalone(void)\n{\n}\nextern int declared(void);\nint calls(void)\n{\n\treturn called();\n}\n",
    "mm/c.c": b"__attribute__((cold)) int behind(void)\n{\n}\n#define MACRO(x) x\nint *star(void)\n{\n}\n",
}
NAMES = ["visible", "hidden", "early", "alone", "declared", "calls", "called", "cold", "behind", "MACRO", "star", "no"]


class Counted(Files, frozen=True):
    """A tree in memory that counts how often it is read."""

    texts: Mapping[str, bytes]
    reads: list[str]

    def read(self, path):
        self.reads.append(path)
        return self.texts.get(path)

    def names(self, folder):
        return tuple(sorted(path.rpartition("/")[2] for path in self.texts))

    def mentioning(self, word):
        return ()


@pytest.fixture
def files():
    return Counted(TEXTS, [])


class TestDefinitions:
    @pytest.mark.parametrize("name", NAMES)
    def test_are_the_same_after_many_names(self, files, name):
        few, many = Definitions(files), Definitions(files)
        for number in range(MANY_NAMES):
            assert many.of("mm", f"other{number}") == ()
        expected = tuple(path for path, text in TEXTS.items() if defines(text, name.encode()))
        assert few.of("mm", name) == many.of("mm", name) == expected

    def test_are_there(self, files):
        found = {name for name in NAMES if Definitions(files).of("mm", name)}
        assert found == {"visible", "early", "alone", "calls", "behind", "star"}

    def test_know_what_a_file_is_known_by(self, files):
        definitions = Definitions(files)
        assert definitions.identity("mm/a.c") == definitions.identity("mm/a.c") == files.identity("mm/a.c")
        assert files.reads == ["mm/a.c", "mm/a.c"]


class TestBeside:
    def test_other_files_are_asked_once(self, files):
        siblings = Siblings(Overlay(files), Definitions(files))
        assert siblings.beside("mm/a.c") != siblings.beside("mm/b.c")
        assert sorted(files.reads) == ["", "mm/a.c", "mm/b.c", "mm/c.c"]

    def test_a_patched_file_is_another(self, files):
        patched = Siblings(Overlay(files, {"mm/b.c": b""}), Definitions(files))
        assert patched.beside("mm/a.c") != Siblings(Overlay(files), Definitions(files)).beside("mm/a.c")
        assert patched.beside("mm/b.c") == Siblings(Overlay(files), Definitions(files)).beside("mm/b.c")
