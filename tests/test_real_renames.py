"""A function of the real tree renamed: the comments elsewhere that name it, in a commit and in a directory alike."""

import re
from difflib import unified_diff

import pytest
from test_series import rules, told

from kpatchlint.tree.cache import Store, default_path
from kpatchlint.tree.git import Repository
from kpatchlint.tree.index import open_index
from kpatchlint.tree.origin import Directory, committed

pytestmark = [pytest.mark.tree, pytest.mark.xdist_group("stale-6.12")]
FOLDER = "mm"
STATIC = re.compile(r"^static [\w \t*]*?\b(\w+_\w+)\([^;{}]*\)\n\{", re.MULTILINE)


def renames(snapshot):
    """Static functions of the folder, each with its file, that file without the name, and the patch that does it."""
    for name in snapshot.names(FOLDER):
        path = f"{FOLDER}/{name}"
        old = snapshot.read(path).decode(errors="replace")
        for function in STATIC.findall(old) if name.endswith(".c") else ():
            new = re.sub(rf"\b{function}\b", f"{function}_renamed", old)
            sides = (side.splitlines(keepends=True) for side in (old, new))
            yield function, path, new.encode(), "".join(unified_diff(*sides, f"a/{path}", f"b/{path}")).encode()


def test_the_same_comments_in_a_commit_and_in_a_directory(git_6_12, tree_6_12):
    snapshot, store = Repository.at_top(git_6_12).snapshot("HEAD"), Store(default_path())
    index = open_index(committed(snapshot), store)
    # a mark beside the tree says that it is complete
    other = {*index.parts} ^ {*open_index(Directory(tree_6_12), store).parts}
    assert all("/" not in path for part in other for path in part.paths)
    every = list(renames(snapshot))
    said = index.saying({function.encode() for function, *_ in every})
    where = {name.decode(): path for path, names in said.items() if path.startswith(FOLDER) for name in names}
    function, path, patch = next(
        (function, path, patch)
        for function, path, new, patch in every
        if where.get(function, path) != path and index.patched({path: new}).missing([function.encode()])
    )
    reports = [told("--tree", tree, "--select=stale-reference", "-", stdin=patch) for tree in (git_6_12, tree_6_12)]
    assert reports[0]["findings"] == reports[1]["findings"]
    assert "stale-reference" in rules(reports[0])
    assert any(each["path"] != path and function in each["message"] for each in reports[0]["findings"])
