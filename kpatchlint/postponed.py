"""What libraries import at once and seldom need is loaded when something of it is asked for.

click has `inspect` to tidy up help texts, which has all of Python's own compiler tools; `pathlib` has what reads
addresses of the internet; msgspec has its JSON schemas.  To load all that was a tenth of the floor.  Assumption: these
modules do the same whenever they are loaded, and libraries do without what is not there.  Example:

    with postponed():
        import inspect                      finds the file
    inspect.cleandoc("x")                   loads it
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from threading import RLock
from types import ModuleType

SELDOM = frozenset(
    (
        "ast",
        "dis",
        "inspect",
        "ipaddress",
        "linecache",
        "msgspec.inspect",
        "msgspec.json",
        "msgspec.toml",
        "msgspec.yaml",
        "ntpath",
        "textwrap",
        "tokenize",
    )
)
"""Modules that no class or constant of another one is made with."""

BESIDE = ("typing_extensions",)
"""What msgspec prefers to Python's own `typing`, which has all of it by now."""

_LOADING = RLock()


class _Module(ModuleType):
    """A module that is not loaded yet; Python asks only for what is not there."""

    def __getattr__(self, name: str) -> object:
        with _LOADING:
            loader = self.__dict__.pop("__later__", None)
            if isinstance(loader, _Later):
                loader.load(self)
                self.__class__ = ModuleType  # type: ignore[assignment]
        return object.__getattribute__(self, name)


class _Later(SourceFileLoader):
    """Makes a module, and leaves it to the module to be loaded."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        if isinstance(module, _Module):
            module.__dict__["__later__"] = self
        else:
            self.load(module)

    def load(self, module: ModuleType) -> None:
        super().exec_module(module)


class _Finder:
    """Finds modules where Python does, and has these loaded later."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target) if name in self._names else None
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _Later(spec.loader.name, spec.loader.path)
        return spec


@contextmanager
def postponed(seldom: frozenset[str] = SELDOM, beside: Sequence[str] = BESIDE) -> Iterator[None]:
    """While modules are imported.

    seldom  those of which each is loaded when something of it is asked for
    beside  those that are not there, unless somebody has them already
    """
    finder, absent = _Finder(seldom), [name for name in beside if name not in sys.modules]
    sys.meta_path.insert(0, finder)
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in absent:
            del sys.modules[name]
