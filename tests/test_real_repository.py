"""The repository of a real kernel: bases, what git itself makes of the same patches, and that it is left alone."""

import re
from difflib import unified_diff

import pytest
from repositories import git
from test_series import rules, told

from kpatchlint.patch.change import applied
from kpatchlint.patch.mail import read_mails
from kpatchlint.tree.checkout import Checkout
from kpatchlint.tree.files import Overlay
from kpatchlint.tree.git import Repository

pytestmark = pytest.mark.tree
# a file, and a statement of it that must not stand there twice
TWICE = ("mm/pagewalk.c", "pte_unmap_unlock(pte, ptl);")


@pytest.fixture
def real(git_6_12):
    return Repository.at_top(git_6_12)


def state_of(top):
    """Names, sizes, modes and times of all that is in `.git`, and the content of what is not an object."""
    found = {}
    for path in sorted((top / ".git").rglob("*")):
        told = path.lstat()
        small = path.is_file() and "objects" not in path.parts and told.st_size < 1 << 20
        found[str(path)] = (told.st_mode, told.st_size, told.st_mtime_ns, path.read_bytes() if small else b"")
    return found


def twice(text, statement):
    """The text with the statement once more, below itself."""
    lines = text.decode().splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if statement in line)
    return "".join([*lines[: at + 1], lines[at], *lines[at + 1 :]]).encode()


def diff(path, old, new):
    sides = (side.decode().splitlines(keepends=True) for side in (old, new))
    return "".join(unified_diff(*sides, f"a/{path}", f"b/{path}")).encode()


def test_objects_are_the_files(real, git_6_12):
    """Every file of a folder, read both ways."""
    snapshot, checkout = real.snapshot("HEAD"), Checkout(git_6_12)
    assert snapshot.names("mm") == checkout.names("mm")
    for name in snapshot.names("mm"):
        assert snapshot.read(f"mm/{name}") == checkout.read(f"mm/{name}")


def test_a_bug_is_found_in_a_repository_and_in_a_directory(real, git_6_12, tree_6_12):
    """The same findings, by whatever way the files come; and not a byte of the repository has changed."""
    before = state_of(git_6_12)
    path, statement = TWICE
    old = real.snapshot("HEAD").read(path)
    patch = diff(path, old, twice(old, statement))
    reports = [told("--tree", tree, "-", stdin=patch) for tree in (git_6_12, tree_6_12)]
    assert reports[0]["findings"] == reports[1]["findings"]
    assert "unlock-after-wait" in rules(reports[0])
    assert reports[0]["patches"][0]["base"].startswith("HEAD ")
    assert state_of(git_6_12) == before


@pytest.mark.parametrize("path", ["mm/memory.c", "mm/rmap.c", "fs/proc/task_mmu.c"])
def test_what_a_patch_leaves_is_what_git_apply_leaves(real, git_6_12, tmp_path, path):
    """Git's own way, without a checkout: an index of one file, and a directory of objects of our own."""
    old = real.snapshot("HEAD").read(path)
    new = re.sub(rb"\n\treturn 0;\n", b"\n\treturn  0;\n", b"/* above */\n" + old, count=5)
    patch = diff(path, old, new)
    environment = {"GIT_DIR": str(git_6_12 / ".git"), "GIT_INDEX_FILE": str(tmp_path / "index"),
                   "GIT_OBJECT_DIRECTORY": str(tmp_path / "objects"),
                   "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(git_6_12 / ".git/objects")}
    (tmp_path / "objects").mkdir()
    listed = git(tmp_path, "ls-tree", "-r", "HEAD", "--", path, **environment)
    git(tmp_path, "update-index", "--index-info", data=listed, **environment)
    git(tmp_path, "apply", "--cached", "--whitespace=nowarn", "-", data=patch, **environment)
    by_git = git(tmp_path, "cat-file", "-p", f":{path}", **environment)
    (mail,) = read_mails("x.patch", patch)
    _, left = applied(mail, Overlay(real.snapshot("HEAD")), {})
    assert left[path] == by_git == new


def test_callers_are_looked_for_in_the_whole_tree(real):
    """As `git grep` of the work tree finds them."""
    found = real.snapshot("HEAD").mentioning("pte_offset_map_lock")
    listed = git(real.top, "grep", "--no-index", "-lwF", "pte_offset_map_lock", "--", "*.c").decode().split()
    assert list(found) == sorted(listed)
