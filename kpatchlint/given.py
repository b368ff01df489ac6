"""What a user gives: a tree in whatever shape, and patches that may be commits, too.

A directory is a repository when it is the top of one, or a bare one; a directory inside of one is just files.  A name
that is no file may be a revision.  Example: `kpatchlint check --tree ~/linux HEAD~3..` checks three commits of it.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from kpatchlint.check import Commits
from kpatchlint.errors import UserError
from kpatchlint.patch.inputs import Input, read_input, read_stream
from kpatchlint.tree.checkout import Checkout
from kpatchlint.tree.files import Files
from kpatchlint.tree.git import Repository
from kpatchlint.tree.kept import Kept


def opened(directory: Path | None, base: str = "") -> Files | Repository | None:
    """The tree at `directory`, at the commit `base` if one is named: then, the repository around us by default.

    Raises `UserError` for a base that is none, and for one in what is no repository.
    """
    if directory is None and not base:
        return None
    repository = Repository.at_top(directory) if directory else Repository.around(Path.cwd())
    if not base:
        return repository or (Checkout(directory) if directory else None)
    if repository is None:
        raise UserError(f"--base {base}: {directory or 'this'} is no git repository", cure="give one with --tree")
    snapshot = repository.snapshot(base)
    if snapshot is None:
        raise UserError(f"--base {base}: no such commit in {repository.git_dir}", cure="see git log, or fetch it")
    return snapshot


def kept(directory: Path | None) -> Kept:
    """What was found out about trees before, in the user's cache; nothing where there is no tree, or none to ask."""
    if directory is None:
        return Kept()
    cache = import_module("kpatchlint.tree.cache")
    return Kept(cache.Store(cache.default_path()))


def inputs(names: tuple[str, ...], stream: BinaryIO, tree: Files | Repository | None) -> Iterator[Input | Commits]:
    """What each name stands for: standard input for `-`, a file or directory, else commits of the tree.

    Without a tree they are of the repository around the current directory.  Raises `UserError` for a range that is
    none.
    """
    for name in names:
        if name == "-":
            yield read_stream(stream)
        elif (commits := None if Path(name).exists() else _commits(name, tree)) is not None:
            yield commits
        else:
            yield from read_input(name)


def _commits(name: str, tree: Files | Repository | None) -> Commits | None:
    repository = Repository.around(Path.cwd()) if tree is None else tree
    if not isinstance(repository, Repository) or not (".." in name or repository.commit(name)):
        return None
    return Commits(name, repository, repository.commits(name))
