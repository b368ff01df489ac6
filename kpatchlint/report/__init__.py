"""Formats of a report: a name gives a function that renders it.

A format's module is imported when it is first used, so that a run loads only what it prints.  Example:

    FORMATS["text"](report)
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol

from kpatchlint.finding import Report


class Renderer(Protocol):
    """A format; `colour` asks for colours and source lines where the format has them."""

    def __call__(self, report: Report, colour: bool = False) -> str: ...


def _lazy(name: str) -> Renderer:
    def render(report: Report, colour: bool = False) -> str:
        renderer: Callable[[Report, bool], str] = import_module(f"{__name__}.{name}").render
        return renderer(report, colour)

    return render


FORMATS: Mapping[str, Renderer] = {name: _lazy(name) for name in ("text", "json")}
