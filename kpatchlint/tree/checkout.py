"""A kernel tree as a plain directory.

Reads only: no symbolic link and no `..` leads out of the tree, nothing in it is executed, and its ignore
rules do not count (Debian's trees ignore everything).  Example: `Checkout(root).read("mm/x.c")` is None when `mm` is a
link to another directory than one of the tree.
"""

import os
from collections.abc import Iterator, Sequence
from errno import ENAMETOOLONG
from functools import cached_property
from pathlib import Path, PurePosixPath
from stat import S_ISLNK, S_ISREG

from kpatchlint.errors import UserError
from kpatchlint.tree.files import Files


class Checkout(Files, frozen=True, dict=True):
    """The tree at `root`."""

    root: Path

    @cached_property
    def _real_root(self) -> Path:
        return self.root.resolve()

    @cached_property
    def _above(self) -> str:
        """What the real path of each file of the tree begins with."""
        return os.path.join(self._real_root, "")

    @cached_property
    def _folders(self) -> dict[str, str]:
        """The real paths of folders: a run that reads a folder reads most of it."""
        return {}

    def _in_real(self, path: str) -> str:
        """The path without links to folders."""
        folder, name = os.path.split(os.path.join(self.root, path.rstrip("/")))
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)

    def read(self, path: str) -> bytes | None:
        """The bytes of a file of the tree; None for what is none, or lies outside.

        Raises `UserError` for a file that is there and cannot be read.
        """
        if not path or "\0" in path or ".." in path.split("/"):
            return None
        try:
            real = self._in_real(path)
            mode = os.lstat(real).st_mode
            if S_ISLNK(mode):
                real = os.path.realpath(real)
                mode = os.lstat(real).st_mode
            if not real.startswith(self._above) or not S_ISREG(mode):
                return None
            with open(real, "rb", buffering=0) as file:
                return file.readall()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            if error.errno == ENAMETOOLONG:
                return None
            raise UserError(f"cannot be read: {error.strerror}", path=str(self.root / path)) from error

    def names(self, folder: str) -> tuple[str, ...]:
        """The names of the files in a folder, in order; links do not count."""
        inside = self.root / folder
        if ".." in PurePosixPath(folder).parts or not inside.resolve().is_relative_to(self._real_root):
            return ()
        if not inside.is_dir():
            return ()
        with os.scandir(inside) as entries:
            return tuple(sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False)))

    def mentioning(self, word: str) -> tuple[str, ...]:
        """The `.c` files in which the word stands: every one of them is read."""
        found = word.encode()
        return tuple(path for path in self.files(["."], (".c",)) if found in (self.read(path) or b""))

    def files(self, paths: Sequence[str], suffixes: tuple[str, ...] = (".c", ".h")) -> Iterator[str]:
        """Every file with one of `suffixes` in or under `paths`, once, relative to the root, in order.

        A path that names a file is taken whatever its suffix.  Raises `UserError` for one that is not there.
        """
        seen: set[str] = set()
        for path in paths:
            for name in self._under(path, suffixes):
                if name not in seen:
                    seen.add(name)
                    yield name

    def _under(self, path: str, suffixes: tuple[str, ...]) -> Iterator[str]:
        inside = str(PurePosixPath(path))
        start = self.root / inside
        real = start.resolve()
        if ".." in PurePosixPath(path).parts or not real.is_relative_to(self._real_root) or not real.exists():
            raise UserError("is not in the tree", path=path, cure=f"name something below {self.root}")
        return _walk(str(self.root), inside, suffixes) if start.is_dir() else iter([inside])


def _walk(root: str, path: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    with os.scandir(os.path.join(root, path)) as entries:
        ordered = sorted(entries, key=lambda entry: entry.name)
    for entry in ordered:
        inside = entry.name if path == "." else f"{path}/{entry.name}"
        if entry.is_dir(follow_symlinks=False) and entry.name != ".git":
            yield from _walk(root, inside, suffixes)
        elif entry.name.endswith(suffixes) and entry.is_file(follow_symlinks=False):
            yield inside
