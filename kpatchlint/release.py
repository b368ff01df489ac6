"""Kernel releases: their order, and which one was being developed on a given day.

Assumption: what a tree has changes with its merge window, so release R counts from its -rc1 on, which comes
two weeks after the release before it.  Example: v5.15 is of 2021-10-31, so a mail of 2021-11-22 is for v5.16,
and one of 2021-11-10, inside the merge window, still for v5.15.
"""

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from itertools import pairwise

import msgspec
from msgspec import Struct

from kpatchlint.data import rules_directory
from kpatchlint.errors import UserError
from kpatchlint.regex import regex
from kpatchlint.shipped import shipped

MERGE_WINDOW = timedelta(days=14)
_RELEASE = regex(r"v?(\d{1,3})\.(\d{1,3})(?:\.\d+)*(?:-[\w.+-]+)?")


class Release(Struct, frozen=True, order=True):
    """One release of the mainline; point releases and -rc belong to the release they are of."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"v{self.major}.{self.minor}"


class ReleaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules/releases.toml`."""

    release: dict[str, date]


@cache
def parse_release(text: str) -> Release:
    """`v6.12`, `6.12`, `v6.12.3` or `v6.12-rc3` as a `Release`; `UserError` when it is none of these."""
    match = _RELEASE.fullmatch(text.strip())
    if match is None:
        raise UserError(f"not a kernel release: {text!r}", cure="write it as v6.12")
    return Release(int(match[1]), int(match[2]))


def release_at(day: date) -> str:
    """The release under development on `day`.

    Days before the table begins give its first release; after its end, the release that follows its last one.
    """
    return str(_under_development(day, _dates()))


def _under_development(day: date, dates: Mapping[Release, date]) -> Release:
    known = sorted(dates)
    behind = bisect_right([dates[release] + MERGE_WINDOW for release in known], day)
    return known[behind] if behind < len(known) else Release(known[-1].major, known[-1].minor + 1)


@cache
def _dates() -> Mapping[Release, date]:
    path = rules_directory() / "releases.toml"
    table = {parse_release(name): day for name, day in shipped(path, ReleaseFile).release.items()}
    in_order = sorted(table)
    for before, after in pairwise(in_order):
        if table[before] >= table[after]:
            raise UserError(f"{after} is dated before {before}", path=str(path), cure="mend the date")
    return table


def release_before(release: Release) -> Release:
    """The release before one; the first of the table has itself."""
    return max((known for known in _dates() if known < release), default=min(_dates()))


def newest_release() -> Release:
    """The newest release the table knows: what code without a date or a tree is taken for."""
    return max(_dates())
