"""A repository: what is read of its objects, and what is not obeyed of its settings."""

import pytest
from patching import error_of
from repositories import commit, everything, git, repository

from kpatchlint.errors import USAGE, UserError
from kpatchlint.tree import git as tree_git
from kpatchlint.tree.files import version
from kpatchlint.tree.git import Repository


@pytest.fixture
def top(tmp_path):
    """Two commits; the second renames one file and changes another."""
    top = tmp_path / "linux"
    files = {"Makefile": "VERSION = 6\nPATCHLEVEL = 12\n", "mm/x.c": "int x;\n", "mm/sub/y.c": "int y;\n"}
    repository(top, ("one", files), ("two", {"mm/x.c": "int x = 1;\n", "mm/sub/y.c": None, "mm/z.h": "int y;\n"}))
    return top


class TestSnapshots:
    def test_the_files_of_a_commit(self, top):
        here = Repository.at_top(top)
        first, second = here.snapshot("HEAD~1"), here.snapshot("main")
        assert (first.read("mm/x.c"), second.read("mm/x.c")) == (b"int x;\n", b"int x = 1;\n")
        assert (first.read("mm/sub/y.c"), second.read("mm/sub/y.c")) == (b"int y;\n", None)
        assert (first.names("mm"), second.names("mm"), first.names(".")) == (("x.c",), ("x.c", "z.h"), ("Makefile",))
        assert version(first) == "v6.12"

    @pytest.mark.parametrize("path", ["", ".", "mm", "mm/", "/mm/x.c", "../x.c", "mm/../mm/x.c", "mm//x.c", "n", "n/n"])
    def test_what_is_no_file(self, top, path):
        assert Repository.at_top(top).snapshot("HEAD").read(path) is None

    def test_a_name_with_a_line_end_in_it(self, tmp_path):
        repository(tmp_path, ("odd", {"a\nb.c": "int x;\n", 'q"\t.c': "int q;\n", "\udcff.c": "int l;\n"}))
        files = Repository.at_top(tmp_path).snapshot("HEAD")
        assert [files.read(name) for name in files.names(".")] == [b"int x;\n", b"int q;\n", b"int l;\n"]

    def test_links_and_submodules_are_no_files(self, top, tmp_path):
        (tmp_path / "secret").write_text("no")
        (top / "mm/in.c").symlink_to("x.c")
        (top / "mm/out.c").symlink_to(tmp_path / "secret")
        (top / "away").symlink_to(tmp_path)
        git(top, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub.c")
        commit(top, "links", {})
        git(top, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub.c")
        git(top, "commit", "-qm", "submodule")
        files = Repository.at_top(top).snapshot("HEAD")
        for path in ("mm/in.c", "mm/out.c", "away/secret", "sub.c", "sub.c/x"):
            assert files.read(path) is None
        assert files.names("mm") == ("x.c", "z.h")
        assert files.names(".") == ("Makefile",)

    def test_revisions(self, top):
        here = Repository.at_top(top)
        whole = git(top, "rev-parse", "HEAD").decode().strip()
        assert {here.commit(name) for name in ("HEAD", "main", "HEAD@{0}", whole, whole[:9])} == {whole}
        for name in ("", "none", "-h", "--all", "HEAD:mm", "HEAD\nHEAD", "HEAD\0", "HEAD^{tree}", "a b missing"):
            assert here.commit(name) is None

    def test_a_blob_by_a_part_of_its_id(self, top):
        here = Repository.at_top(top)
        whole = git(top, "rev-parse", "HEAD:mm/x.c").decode().strip()
        assert here.blob(whole[:7]) == here.blob(whole) == b"int x = 1;\n"
        for id in ("", "0000000", "main", "HEAD", git(top, "rev-parse", "HEAD^{tree}").decode().strip()):
            assert here.blob(id) is None

    def test_who_mentions_a_word(self, top):
        commit(top, "three", {"mm/b.c": "int y(void);\n", "y.txt": "y\n", "mm/c.c": "int yy;\n"})
        assert Repository.at_top(top).snapshot("HEAD").mentioning("y") == ("mm/b.c",)
        assert Repository.at_top(top).snapshot("HEAD").mentioning("--help") == ()

    def test_objects_that_are_named_by_longer_ids(self, tmp_path):
        git(tmp_path, "init", "-q", "-b", "main", "--object-format=sha256")
        commit(tmp_path, "one", {"mm/x.c": "int x;\n"})
        assert Repository.at_top(tmp_path).snapshot("HEAD").read("mm/x.c") == b"int x;\n"

    def test_what_is_too_large(self, top, monkeypatch):
        """And the answers to later questions are still the right ones."""
        commit(top, "large", {"large.c": "x" * 5000})
        monkeypatch.setattr(tree_git, "MOST_BYTES", 1000)
        files = Repository.at_top(top).snapshot("HEAD")
        assert "5000 bytes" in str(error_of(files.read, "large.c"))
        assert files.read("mm/x.c") == b"int x = 1;\n"


class TestWhichRepository:
    def test_a_plain_directory_is_none(self, top):
        assert Repository.at_top(top / "mm") is None

    def test_the_one_around_a_directory(self, top):
        assert Repository.around(top / "mm/sub") == Repository.at_top(top)
        assert Repository.around(top).top == top

    def test_a_bare_one(self, top, tmp_path):
        git(tmp_path, "clone", "-q", "--bare", str(top), "bare.git")
        bare = Repository.at_top(tmp_path / "bare.git")
        assert bare.top is None
        assert bare.snapshot("main").read("mm/x.c") == b"int x = 1;\n"

    def test_one_more_work_tree(self, top, tmp_path):
        """It has a HEAD of its own, and its `.git` is a file."""
        git(top, "worktree", "add", "-q", str(tmp_path / "second"), "HEAD~1")
        assert Repository.at_top(tmp_path / "second").snapshot("HEAD").read("mm/x.c") == b"int x;\n"

    def test_a_broken_one(self, tmp_path):
        (tmp_path / ".git").write_text("gitdir: /nonexistent\n")
        with pytest.raises(UserError) as caught:
            Repository.at_top(tmp_path).snapshot("HEAD")
        assert caught.value.status == USAGE
        assert "\n" not in str(caught.value)

    def test_one_without_commits(self, tmp_path):
        git(tmp_path, "init", "-q")
        assert Repository.at_top(tmp_path).snapshot("HEAD") is None


def test_reading_changes_nothing(top):
    before = everything(top)
    files = Repository.at_top(top).snapshot("HEAD")
    files.read("mm/x.c")
    files.mentioning("x")
    assert everything(top) == before
