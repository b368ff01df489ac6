"""Stale names by the whole tree of a commit: the same as in a directory, from the objects of a repository."""

import os

import pytest
import test_stale
from command import run
from repositories import commit, everything, git, repository

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.tree.cache import Store
from kpatchlint.tree.git import Repository
from kpatchlint.tree.index import open_index
from kpatchlint.tree.origin import Directory, committed

RULE = "--select=stale-reference"
TREE = {**{path: text for path, text in test_stale.TREE.items() if path != "mm/c.c"}, "mm/c/d.c": "int c_one;\n"}
RENAMED = TREE["mm/a.c"].replace("old_wait", "new_wait")
MENDED = TREE["mm/b.c"].replace("old_wait", "new_wait")
FOUND = "mm/b.c:3:15: warning: this patch renames old_wait_name() to new_wait_name() [stale-reference]"


@pytest.fixture
def top(tmp_path):
    """A repository with one commit, and nothing else."""
    repository(tmp_path / "linux", ("base", TREE))
    return tmp_path / "linux"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache" / "trees.sqlite")


def diff(top, files):
    """A patch that changes files of HEAD; the commit is not there any more."""
    commit(top, "mm: change it", files)
    text = git(top, "format-patch", "-1", "--stdout").decode()
    git(top, "reset", "-q", "--hard", "HEAD~1")
    return text


def check(tree, patch, *options):
    (tree.parent / "p.patch").write_text(patch)
    return run("check", RULE, "--tree", tree, *options, tree.parent / "p.patch")


def origin(top, revision="HEAD"):
    return committed(Repository.at_top(top).snapshot(revision))


class TestCheck:
    def test_comments_elsewhere_that_name_what_a_patch_renames(self, top):
        ran = check(top, diff(top, {"mm/a.c": RENAMED}))
        assert FOUND in ran.out
        assert ran.out.count("[stale-reference]") == 1

    def test_a_bare_repository(self, top):
        patch = diff(top, {"mm/a.c": RENAMED})
        git(top.parent, "clone", "-q", "--bare", str(top), "bare.git")
        assert FOUND in check(top.parent / "bare.git", patch).out

    def test_the_commit_counts_and_not_the_work_tree(self, top):
        patch = diff(top, {"mm/a.c": RENAMED})
        (top / "mm/b.c").write_text(MENDED)
        (top / "mm/new.c").write_text("/* See old_wait_name(). */\nint n;\n")
        ran = check(top, patch)
        assert FOUND in ran.out
        assert "mm/new.c" not in ran.out

    def test_silence_when_the_patch_mends_them_too(self, top):
        assert check(top, diff(top, {"mm/a.c": RENAMED, "mm/b.c": MENDED})).status == 0

    def test_an_added_comment(self, top):
        known = "/* As old_wait_name() and wait_a_while() do. */\nint c_one;\n"
        assert check(top, diff(top, {"mm/c/d.c": known})).status == 0
        ran = check(top, diff(top, {"mm/c/d.c": known.replace("a_while", "for_ever")}))
        assert "mm/c/d.c:1:27: warning: wait_for_ever() does not exist [stale-reference]" in ran.out

    @pytest.mark.parametrize(
        "files",
        [
            {"mm/a.c": TREE["mm/a.c"].replace("b = a", "b = a + 1")},
            {"mm/a.c": TREE["mm/a.c"].replace("wait_a_while(b)", "wait_a_while(b + 1)")},
            {"mm/b.c": TREE["mm/b.c"].replace("return 0", "return 1")},
            {"mm/b.c": TREE["mm/b.c"].replace("b_one;", "b_one, b_three;")},
            {"mm/e.c": "int e_one;\n/* And more. */\n"},
        ],
    )
    def test_a_patch_that_makes_nothing_stale_does_not_ask_for_the_tree(self, top, monkeypatch, files):
        monkeypatch.setattr("kpatchlint.commented.remarks_of", lambda *_: pytest.fail("asked"))
        assert check(top, diff(top, files)).status == 0

    def test_code_that_is_made_a_comment(self, top):
        ran = check(top, diff(top, {"mm/a.c": f"/*\n{TREE['mm/a.c'].partition('*/')[2]}*/\n"}))
        assert "mm/b.c:3:15: warning: this patch removes old_wait_name() [stale-reference]" in ran.out

    def test_code_that_is_made_a_comment_by_one_line(self, top):
        text = "/*\n * Old.\n */\n" + TREE["mm/a.c"].partition("*/")[2] + "/*\n * End.\n */\n"
        commit(top, "a comment", {"mm/a.c": text})
        ran = check(top, diff(top, {"mm/a.c": text.replace(" * Old.\n */", " * Old.")}))
        assert "mm/b.c:3:15: warning: this patch removes old_wait_name() [stale-reference]" in ran.out

    def test_another_base(self, top):
        patch = diff(top, {"mm/a.c": RENAMED})
        commit(top, "mended before", {"mm/b.c": MENDED})
        assert check(top, patch).status == 0
        assert FOUND in check(top, patch, "--base=HEAD~1").out

    def test_commits_are_one_state_after_the_other(self, top):
        commit(top, "rename", {"mm/a.c": RENAMED})
        commit(top, "mend", {"mm/b.c": MENDED})
        assert run("check", RULE, "--tree", top, "HEAD").status == 0
        ran = run("check", RULE, "--tree", top, "HEAD~2..")
        assert (FOUND in ran.out, ran.out.count("[stale-reference]")) == (True, 1)

    def test_the_end_of_a_series(self, top):
        commit(top, "rename", {"mm/a.c": RENAMED})
        commit(top, "more", {"mm/c/d.c": "int c_one;\n/* As wait_for_ever() does. */\n"})
        ran = run("check", RULE, "--series", "--tree", top, "HEAD~2..")
        assert FOUND in ran.out
        assert "mm/c/d.c:2:7: warning: wait_for_ever() does not exist [stale-reference]" in ran.out
        commit(top, "mend", {"mm/b.c": MENDED, "mm/c/d.c": TREE["mm/c/d.c"]})
        assert run("check", RULE, "--series", "--tree", top, "HEAD~3..").status == 0

    def test_no_kernel(self, tmp_path):
        repository(tmp_path / "other", ("base", {name: text for name, text in TREE.items() if "include" not in name}))
        assert check(tmp_path / "other", diff(tmp_path / "other", {"mm/a.c": RENAMED})).status == 0

    def test_nothing_is_written_to_the_repository(self, top):
        patch = diff(top, {"mm/a.c": RENAMED})
        before = everything(top)
        assert check(top, patch).status == 1
        assert everything(top) == before

    def test_a_series_opens_the_index_once(self, top, monkeypatch):
        commit(top, "rename", {"mm/a.c": RENAMED})
        commit(top, "rename again", {"mm/a.c": RENAMED.replace("new_wait", "newer_wait")})
        opened = []
        monkeypatch.setattr("kpatchlint.commented.open_index", lambda *a, **k: opened.append(a) or open_index(*a, **k))
        run("check", RULE, "--tree", top, "HEAD~2..")
        assert len(opened) == 1


class TestLostObjects:
    """An index without some files would call missing what is there."""

    def test_a_partial_clone(self, top):
        patch = diff(top, {"mm/a.c": RENAMED})
        git(top, "config", "uploadpack.allowFilter", "true")
        most = f"--filter=blob:limit={len(TREE['mm/b.c'])}"
        git(top.parent, "clone", "-q", "--bare", most, f"file://{top}", "part.git")
        ran = check(top.parent / "part.git", patch)
        assert (ran.status, ran.err.count("comments of other files are not looked at: ")) == (0, 1)

    def test_a_lost_object(self, top):
        patch = diff(top, {"mm/a.c": RENAMED, "mm/c/d.c": "/* See nowhere_at_all(). */\nint c_one;\n"})
        id = git(top, "rev-parse", "HEAD:mm/b.c").decode().strip()
        (top / ".git/objects" / id[:2] / id[2:]).unlink()
        ran = check(top, patch + patch)
        assert "[stale-reference]" not in ran.out
        assert ran.err.count(f"comments of other files are not looked at: object {id} is not in the repository") == 1

    def test_one_that_is_lost_when_it_is_read(self, top, store):
        """Its size is known, and its content is not to be had."""
        whole = origin(top)
        (group,) = (group for group in whole.groups(["mm/c"]))
        path, (size, _) = group[0]
        with pytest.raises(UserError) as caught:
            whole.texts(((path, (size, "1" * 40)),))
        assert caught.value.status == UNREADABLE_PATCH


class TestIndex:
    def test_a_commit_is_what_a_directory_with_its_files_is(self, top, store, monkeypatch):
        index = open_index(Directory(top), store)
        monkeypatch.setattr("kpatchlint.tree.index.make_shard", lambda files: pytest.fail("read anew"))
        same = open_index(origin(top), store, jobs=1)
        assert (same.state, same.parts) == (index.state, index.parts)

    def test_a_known_commit_is_not_looked_at(self, top, store, monkeypatch):
        first = open_index(origin(top), store)
        known = origin(top)
        for asks in ("run", "objects"):
            monkeypatch.setattr(f"kpatchlint.tree.git.Repository.{asks}", lambda *_: pytest.fail("asked"))
        assert open_index(known, store).parts == first.parts

    def test_of_another_commit_only_what_differs_is_read(self, top, store, monkeypatch):
        open_index(origin(top), store)
        commit(top, "more", {"mm/c/d.c": "int c_two;\n"})
        read, objects = [], Repository.objects
        monkeypatch.setattr(Repository, "objects", lambda self, ids: read.extend(ids) or objects(self, ids))
        index = open_index(origin(top), store, jobs=1)
        assert read == [git(top, "rev-parse", "HEAD:mm/c/d.c").decode().strip()]
        assert index.missing({b"c_one", b"c_two"}) == {b"c_one"}
        assert open_index(origin(top, "HEAD~1"), store, jobs=1).missing({b"c_one", b"c_two"}) == {b"c_two"}
        assert len(read) == 1

    def test_what_another_program_said_is_not_taken(self, top, store, monkeypatch):
        before = open_index(origin(top), store, jobs=1)
        for module in ("origin", "shard"):
            monkeypatch.setattr(f"kpatchlint.tree.{module}.PROGRAM", b"another")
        after = open_index(origin(top), store, jobs=1)
        assert {part.key for part in before.parts}.isdisjoint(part.key for part in after.parts)

    def test_some_folders(self, top, store):
        index = open_index(origin(top), store, folders=["mm/c", "include"])
        assert [part.paths for part in index.parts] == [("include/linux/mm.h",), ("mm/c/d.c",)]

    def test_links_and_submodules_are_left_out(self, top, store, tmp_path):
        (tmp_path / "out.c").write_text("int x_out;\n")
        (top / "mm/l.c").symlink_to(tmp_path / "out.c")
        commit(top, "link", {})
        git(top, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub.c")
        git(top, "commit", "-qm", "submodule")
        assert open_index(origin(top), store).parts == open_index(origin(top, "HEAD~2"), store).parts

    def test_odd_names(self, top, store):
        files = {"mm/a\nb.c": "int x_line;\n", 'mm/q"\t.c': "int x_tab;\n", "mm/\udcff.c": "int x_raw; /* y_raw() */\n"}
        commit(top, "odd", files)
        one, other = open_index(origin(top), store), open_index(Directory(top), store)
        assert one.parts == other.parts
        assert one.missing({b"x_line", b"x_tab", b"x_raw"}) == set()
        assert [one.read(path) for path in files] == [text.encode() for text in files.values()]

    def test_more_files_than_a_pipe_holds_the_ids_of(self, top, store):
        commit(top, "many", {f"mm/many/f{n}.c": f"int m_{n}; /* {'x' * 500} */\n" for n in range(300)})
        index = open_index(origin(top), store)
        assert index.missing({f"m_{n}".encode() for n in range(301)}) == {b"m_300"}

    def test_a_lost_cache_is_made_again(self, top, store):
        index = open_index(origin(top), store)
        os.unlink(store.path)
        lost = open_index(origin(top), Store(store.path))
        assert lost.missing({b"c_one", b"c_two"}) == index.missing({b"c_one", b"c_two"}) == {b"c_two"}

    def test_who_waits_is_told_how_much_there_is(self, top, store):
        told = []

        def watch(items, count):
            told.append(count)
            return items

        open_index(origin(top), store, watch=watch)
        assert told == [1]
