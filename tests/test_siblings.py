"""Which file of a folder defines a function, and what the folder is known by."""

from collections.abc import Mapping

import pytest

from kpatchlint.tree.files import Files, Overlay
from kpatchlint.tree.siblings import MANY_NAMES, MOST_FOLDERS, Definitions, Siblings, defines

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

    @pytest.mark.parametrize("others", [0, MANY_NAMES])
    def test_of_headers_beside_a_file_are_seen_though_they_are_static(self, others):
        header = b"static inline void inside(void)\n{\n}\nstatic int\nalone(void)\n{\n}\nint visible(void)\n{\n}\n"
        definitions = Definitions(Counted({**TEXTS, "mm/a.h": header}, []))
        for number in range(others):
            assert not definitions.of("mm", f"other{number}")
        found = [definitions.of("mm", name) for name in ("inside", "visible", "hidden")]
        assert found == [("mm/a.h",), ("mm/a.c", "mm/a.h"), ()]

    def test_of_a_folder_of_headers_are_of_no_use(self):
        assert not Definitions(Counted({"linux/a.h": b"static void inside(void)\n{\n}\n"}, [])).of("linux", "inside")

    def test_of_one_file_are_not_those_of_the_next(self):
        """A file may end in the middle of anything."""
        texts = {"mm/a.c": b"int cut(void)", "mm/c.c": b"void)\n{\n}\n"}
        texts["mm/b.c"] = b"{\n}\nint whole(void)\n{\n}\nint last("
        definitions = Definitions(Counted(texts, []))
        assert [definitions.of("mm", name) for name in ("cut", "whole", "last")] == [(), ("mm/b.c",), ()]

    def test_may_be_of_several_files(self):
        twice = b"int both(void)\n{\n\treturn both();\n}\nint both(void)\n{\n}\n"
        definitions = Definitions(Counted({"mm/a.c": twice, "mm/b.c": b"", "mm/c.c": twice}, []))
        assert definitions.of("mm", "both") == ("mm/a.c", "mm/c.c")

    @pytest.mark.parametrize("others", [0, MANY_NAMES])
    def test_of_a_header_are_inline_and_come_last(self, others):
        header = b"\nstatic inline int both(void)\n{\n}\nstatic inline void inside(void)\n{\n}\nint only(void);\n"
        definitions = Definitions(Counted({"mm/a.h": header, "mm/b.c": b"int both(void)\n{\n}\n"}, []))
        for number in range(others):
            assert definitions.of("mm", f"other{number}") == ()
        found = [definitions.of("mm", name) for name in ("both", "inside", "only")]
        assert found == [("mm/b.c", "mm/a.h"), ("mm/a.h",), ()]

    def test_of_many_folders_are_not_all_kept(self, files):
        """What was found stays; the texts of a folder that was left long ago are read again for another name."""
        definitions = Definitions(files)
        for folder in ("mm", "fs"):
            assert definitions.of("mm", "visible") == ("mm/a.c",)
            for number in range(MOST_FOLDERS):
                definitions.of(f"{folder}{number}", "visible")
        assert files.reads.count("mm/a.c") == 1
        assert definitions.of("mm", "alone") == ("mm/b.c",)
        assert files.reads.count("mm/a.c") == 2

    def test_know_what_a_file_is_known_by(self, files):
        definitions = Definitions(files)
        assert definitions.identity("mm/a.c") == definitions.identity("mm/a.c") == files.identity("mm/a.c")
        assert files.reads == ["mm/a.c", "mm/a.c"]


class TestReaches:
    TEXT = (
        b"int one(void)\n{\n\treturn two();\n}\nint two(void)\n{\n\treturn one() + drop (1);\n}\n"
        b"#ifdef A\nint split(void)\n{\n\treturn drop\n}\n#else\nint split(void)\n{(a)();\n\tlift(1);\n}\n#endif\n"
    )

    @pytest.mark.parametrize(
        ("name", "wanted", "verdict"),
        [
            ("two", b"drop", True),
            ("one", b"drop", True),
            ("one", b"lift", False),
            ("split", b"lift", True),
            ("split", b"drop", False),
            ("none", b"drop", False),
        ],
    )
    def test_what_a_function_may_call_in_its_file(self, name, wanted, verdict):
        files = Counted({"mm/a.c": self.TEXT}, [])
        siblings = Siblings(Overlay(files), Definitions(files))
        assert siblings.reaches("mm/a.c", name, frozenset((wanted,))) is verdict
        assert siblings.reaches("mm/a.c", name, frozenset((wanted,))) is verdict
        assert files.reads == ["mm/a.c"]


class TestBeside:
    def test_other_files_are_asked_once(self, files):
        siblings = Siblings(Overlay(files), Definitions(files))
        assert siblings.beside("mm/a.c") != siblings.beside("mm/b.c")
        assert sorted(files.reads) == ["", "mm/a.c", "mm/b.c", "mm/c.c"]

    def test_a_patched_file_is_another(self, files):
        patched = Siblings(Overlay(files, {"mm/b.c": b""}), Definitions(files))
        assert patched.beside("mm/a.c") != Siblings(Overlay(files), Definitions(files)).beside("mm/a.c")
        assert patched.beside("mm/b.c") == Siblings(Overlay(files), Definitions(files)).beside("mm/b.c")


    def test_a_header_that_changes_makes_it_another(self):
        texts = [{**TEXTS, "mm/a.h": text} for text in (b"", b"static int f(void)\n{\n}\n")]
        trees = [Counted(each, []) for each in texts]
        one, other = (Siblings(Overlay(tree), Definitions(tree)).beside("mm/a.c") for tree in trees)
        assert one != other


def test_into_headers_alone_it_looks_when_asked_to():
    header = b"static void inside(void)\n{\n}\nint visible(void)\n{\n}\n"
    files = Counted({**TEXTS, "mm/a.h": header}, [])
    siblings = Siblings(Overlay(files), Definitions(files), headers_only=True)
    assert [siblings.defining("mm/c.c", name) for name in ("inside", "visible", "early")] == ["mm/a.h", "mm/a.h", None]


def test_what_is_told_of_a_folder_is_asked_once(files):
    siblings = Siblings(Overlay(files, {"mm/b.c": b"patched"}), Definitions(files))
    assert siblings.told("mm/a.c", list) == [TEXTS["mm/a.c"], b"patched", TEXTS["mm/c.c"]]
    files.reads.clear()
    assert siblings.told("mm/c.c", list)
    assert not files.reads


def test_a_scan_does_not_keep_a_tree(files, monkeypatch):
    monkeypatch.setattr("kpatchlint.tree.files.MOST_KEPT", 2)
    tree = Overlay(files)
    for path in ("mm/a.c", "mm/b.c", "mm/b.c", "mm/c.c", "mm/a.c"):
        assert tree.read(path) == TEXTS[path]
    assert files.reads == ["mm/a.c", "mm/b.c", "mm/c.c", "mm/a.c"]
