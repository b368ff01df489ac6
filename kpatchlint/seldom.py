"""What is seldom needed of libraries, which are imported when it is asked for the first time.

The check of a patch without a tree compares no words, hashes nothing and looks for directories where XDG says; to
import what does these things would take a tenth of its time.  Example:

    close_matches("unlock", ("lock", "unlocks"), 1)     ["unlocks"]
"""

import os
import sys
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Literal

_NAME = "kpatchlint"
_BELOW_HOME = {"cache": ".cache", "config": ".config"}
_LONGEST = 64


def close_matches(word: str, among: Sequence[str], most: int = 3, alike: float = 0.6) -> list[str]:
    """As `difflib.get_close_matches`: the words most like one, the likest first."""
    found: list[str] = import_module("difflib").get_close_matches(word, among, most, alike)
    return found


def blake2(data: bytes, size: int = _LONGEST, key: bytes = b"") -> bytes:
    """The BLAKE2b digest of `size` bytes."""
    digest: bytes = _hashing().blake2b(data, digest_size=size, key=key).digest()
    return digest


@cache
def _hashing() -> ModuleType:
    """Where hashlib has BLAKE2 from: to import itself it loads OpenSSL, a tenth of the floor."""
    try:
        return import_module("_blake2")
    except ModuleNotFoundError:
        return import_module("hashlib")


def extension(package: str, name: str) -> ModuleType:
    """An extension module of a package without the package, which may import much that is seldom needed."""
    found = PathFinder.find_spec(package)
    places = found.submodule_search_locations if found else None
    spec = PathFinder.find_spec(f"{package}.{name}", places)
    if spec is None or spec.loader is None:
        return import_module(f"{package}.{name}")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def user_directory(kind: Literal["cache", "config"]) -> Path:
    """Where the user's files of this kind lie: as XDG says on Linux, as is usual on other systems."""
    if sys.platform == "linux":
        named = os.environ.get(f"XDG_{kind.upper()}_HOME", "").strip()
        return (Path(named) if os.path.isabs(named) else Path("~", _BELOW_HOME[kind]).expanduser()) / _NAME
    path: Path = getattr(import_module("platformdirs"), f"user_{kind}_path")(_NAME)
    return path
