"""Files that are whole or not there, a new text takes the place of the old one by a rename; and which are as before.

Whoever reads meanwhile reads one or the other, and an error leaves what was there before.  What is no plain file - a
pipe, a terminal - is written to as it is.  Example: `write_file("known.toml", b"version = 1\\n")`.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

from kpatchlint.errors import UserError

# folders of modules that show what was found, or ask for it: what is kept is another when others are
_AROUND = frozenset(("hook", "lsp", "model", "report", "__pycache__"))


def versions(paths: Iterable[Path]) -> str:
    """What is another text when one of these files is: their names, times of change in nanoseconds, sizes in bytes."""
    stats = ((path.name, path.stat()) for path in paths)
    return " ".join(f"{name} {stat.st_mtime_ns} {stat.st_size}" for name, stat in stats)


@cache
def program() -> bytes:
    """What is another when what this program finds may be: its modules, or what it parses with."""
    here = os.path.dirname(__file__)
    parsers = (spec for name in ("tree_sitter", "tree_sitter_c") if (spec := PathFinder.find_spec(name)))
    places = (place for spec in parsers for place in spec.submodule_search_locations or ())
    told = (each for folder in (here, *_folders(here), *places) for each in _modules(folder))
    return f"{sys.version} {' '.join(told)}".encode()


def _folders(directory: str) -> list[str]:
    with os.scandir(directory) as entries:
        return sorted(entry.path for entry in entries if entry.name not in _AROUND and entry.is_dir())


def _modules(directory: str) -> list[str]:
    """Names, times of change and sizes of modules; `versions` takes three times as long for as many."""
    with os.scandir(directory) as entries:
        stats = [(entry.path, entry.stat()) for entry in entries if entry.name.endswith((".py", ".so"))]
    return sorted(f"{path} {stat.st_mtime_ns} {stat.st_size}" for path, stat in stats)


def write_file(file: str, data: bytes) -> None:
    """Make `file` hold `data`; `UserError` when it cannot be written."""
    path = Path(file)
    with _told(file):
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _replace(path.resolve(), data)


def append_file(file: str, data: bytes) -> None:
    """Add `data` at the end of `file`; `UserError` when that cannot be."""
    with _told(file), Path(file).open("ab") as stream:
        stream.write(data)


@contextmanager
def _told(file: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise UserError(what, path=file, cure="name a file that may be written") from error


def _replace(path: Path, data: bytes) -> None:
    """Write beside the file, then put it in its place; the mode is that of the file before, or what umask allows."""
    new = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
    try:
        with new.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o7777)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
