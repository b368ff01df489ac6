"""A tree on disk: what may be read, its version, its declarations."""

import pytest
from patching import MINI

from kpatchlint.errors import UserError
from kpatchlint.tree.checkout import Checkout
from kpatchlint.tree.files import Declarations, version


def test_read_stays_in_the_tree(tmp_path):
    (tmp_path / "secret").write_text("no")
    tree = tmp_path / "tree"
    (tree / "d").mkdir(parents=True)
    (tree / "x.c").write_text("yes")
    (tree / "out.c").symlink_to(tmp_path / "secret")
    (tree / "in.c").symlink_to("x.c")
    (tree / "away").symlink_to(tmp_path)
    checkout = Checkout(tree)
    assert checkout.read("x.c") == checkout.read("in.c") == b"yes"
    outside = ["out.c", "away/secret", "../secret", str(tmp_path / "secret")]
    outside += ["d", "none.c", "x.c/y", "", "a\0b"]
    assert [checkout.read(path) for path in outside] == [None] * len(outside)
    assert list(checkout.files(["."])) == ["x.c"]


@pytest.mark.parametrize("path", ["d/x.c", "d//x.c", "./d/x.c", "d/./x.c", "d/x.c/", "also/x.c", "d/loop.c", "d/in.c"])
def test_a_path_is_read_however_it_is_written(tmp_path, path):
    """What a symbolic link of the tree leads to in the tree belongs to it."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d/x.c").write_text("yes")
    (tmp_path / "also").symlink_to("d")
    (tmp_path / "d/in.c").symlink_to("../also/x.c")
    (tmp_path / "d/loop.c").symlink_to("loop.c")
    checkout = Checkout(tmp_path)
    for _ in range(2):
        assert checkout.read(path) == (None if path == "d/loop.c" else b"yes")


def test_a_path_from_the_top_of_the_system_is_none_of_the_tree(tmp_path):
    (tmp_path / "x.c").write_text("yes")
    assert Checkout(tmp_path).read("/x.c") is None
    assert Checkout(tmp_path).read("/") is None


def test_files_of_the_miniature_tree():
    checkout = Checkout(MINI)
    assert list(checkout.files(["mm"])) == ["mm/buoy.c", "mm/hugegate.c", "mm/tidemark.c"]
    assert list(checkout.files(["mm/buoy.c", "mm/", "Makefile"]))[-1] == "Makefile"
    assert len(list(checkout.files(["."]))) == 8
    for path in ("nowhere", "../mini", "/etc"):
        with pytest.raises(UserError):
            list(checkout.files([path]))


def test_version(tmp_path):
    assert version(Checkout(MINI)) == "v6.12"
    assert version(Checkout(tmp_path)) == ""


def test_declarations_of_the_miniature_tree():
    headers = Declarations(Checkout(MINI))
    expected = {
        "migration_entry_wait_on_locked": {2},
        "pte_offset_map_lock": {4},
        "pte_offset_map": {2},
        "pte_unmap_unlock": {2},
        "MINI_PAGES_MAX": set(),
        "softleaf_t": set(),
        "spin_unlock": None,
        "pmdvalp": None,
        "pte_offset": None,
        "": None,
    }
    assert {name: headers.declares(name) for name in expected} == expected
    assert Declarations(Checkout(MINI), ("include/linux/pgtable.h",)).declares("pmd_lock") is None


def test_a_header_of_ones_own_says_nothing_of_the_kernels(tmp_path):
    """A small repository with kernel code in it: what is not declared there may well exist."""
    (tmp_path / "include/linux").mkdir(parents=True)
    asked = ("include/linux/mm.h",)
    assert not Declarations(Checkout(tmp_path), asked).answers
    (tmp_path / "include/linux/buoy.h").write_text("struct buoy;\n")
    assert not Declarations(Checkout(tmp_path), asked).answers
    (tmp_path / "include/linux/mm.h").write_text("struct mm_struct;\n")
    assert Declarations(Checkout(tmp_path), asked).answers


def test_declarations_by_layout(tmp_path):
    header = tmp_path / "x.h"
    header.write_text(
        "int plain(void);\nvoid __must_check *two(int a, /* a, b */\n\t\tint (*call)(int, int));\n"
        "#define variadic(fmt, ...) call(fmt)\n#  define object (1)\nstatic inline int\nbelow(int a)\n{\n"
        "\treturn plain(a, b, c);\n}\n__attr(1, 2) int late(long a);\n#define unclosed(a,\nstruct tag {\n};\n"
    )
    tree = Declarations(Checkout(tmp_path), ("x.h", "gone.h"))
    names = ["plain", "two", "variadic", "object", "below", "late", "tag", "call", "unclosed"]
    assert [tree.declares(name) for name in names] == [{0}, {2}, {1}, set(), {1}, {1}, set(), None, set()]


@pytest.mark.tree
def test_signatures_of_6_12(tree_6_12):
    headers = tuple(f"include/linux/{name}.h" for name in ("mm", "pgtable", "migrate", "swapops", "hugetlb"))
    checkout = Checkout(tree_6_12)
    declared = Declarations(checkout, headers)
    assert version(checkout) == "v6.12"
    assert declared.declares("migration_entry_wait_on_locked") == {2}
    assert declared.declares("pte_offset_map_lock") == {4}
    assert declared.declares("pmd_trans_unstable") is None


@pytest.mark.tree
def test_signatures_of_6_1(tree_6_1):
    checkout = Checkout(tree_6_1)
    declared = Declarations(checkout, ("include/linux/migrate.h", "include/linux/pgtable.h"))
    assert version(checkout) == "v6.1"
    assert declared.declares("migration_entry_wait_on_locked") == {3}
    assert declared.declares("pmd_trans_unstable") == {1}
