"""What a terminal may be shown that a pipe may not: colours, links, progress.

NO_COLOR and FORCE_COLOR are those of no-color.org and force-color.org; what the user typed beats both.  Example:

    wants_colour("auto", True, {"NO_COLOR": "1"})     False
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TextIO, TypeVar

import click

T = TypeVar("T")
AUTO = "auto"
# Shorter than this nobody waits for
FEW = 50


def wants_colour(choice: str, is_terminal: bool, environ: Mapping[str, str]) -> bool:
    """Whether to colour; `choice` is auto, always or never."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") != "0":
        return True
    return is_terminal and environ.get("TERM") != "dumb"


def wants_progress(quiet: bool, is_terminal: bool, environ: Mapping[str, str]) -> bool:
    """Whether to show how far a long run is: on a terminal where somebody waits, no CI log."""
    waits = environ.get("CI", "") in ("", "0", "false") and environ.get("TERM") != "dumb"
    return is_terminal and not quiet and waits


def cores() -> int:
    """How many processes can run at once."""
    return len(os.sched_getaffinity(0))


def processes(context: click.Context, parameter: click.Parameter, value: str) -> int:
    """A number of processes; `auto` is one for each core.  A usage error for what is neither."""
    if value == AUTO:
        return cores()
    if not (value.isascii() and value.isdecimal() and int(value)):
        raise click.BadParameter(f"{value!r} is no number of processes, and not {AUTO}", context, parameter)
    return int(value)


def tree_watch(quiet: bool) -> Callable[[Iterator[object], int], Iterator[object]] | None:
    """What shows on stderr how far a whole tree is read, or None; see `wants_progress`."""
    shown = wants_progress(quiet, sys.stderr.isatty(), os.environ)
    return partial(watched, stream=sys.stderr, label="reading the whole tree, once", few=2) if shown else None


def watched(
    items: Iterable[T], count: int, stream: TextIO, label: str = "files", few: int = FEW
) -> Iterator[T]:
    """The items, with a bar on `stream` that counts them; it is gone when they are.  None where they are few."""
    if count < few:
        yield from items
        return
    made = click.progressbar(items, count, label=label, show_pos=True, file=stream, update_min_steps=min(8, few))
    with made as bar:
        yield from bar
    stream.write("\033[1A\033[2K\r")
