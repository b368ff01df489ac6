"""For which release a patch is, when no tree says so.

Its code says it best: a function exists in some releases only, and a call with three arguments in fewer.  Then the
subject (`[PATCH 6.1.y]`), then the day of the mail, then the newest release is taken; what the code says moves that
into its range.  Assumption: a name of the contracts is the kernel's own function.  Example: a mail of 2021 that waits
for a migration entry with the arguments `(entry, ptl)` is for v6.5, because the wait had three before that.
"""

import re
from collections.abc import Iterable, Iterator
from functools import reduce

from kpatchlint.c.lexical import skeleton
from kpatchlint.flow.contract import Contract, Knowledge
from kpatchlint.patch.change import Change
from kpatchlint.patch.mail import Mail
from kpatchlint.release import Release, newest_release, parse_release, release_at, release_before

# since a release, and not any more since another; None where there is no such end
Range = tuple[Release | None, Release | None]

ANY: Range = (None, None)

_CALL = re.compile(rb"\b([A-Za-z_]\w*)\s*\(")
_NAMED = re.compile(r"\[[^\]]*\bPATCH\b[^\]]*?[ -](\d{1,2}\.\d{1,2})(?:\.\d+|\.y)?(?:[ ,-][^\]]*)?\]")
# the arguments of a call are not longer than this, in bytes
LONGEST_CALL = 2000


def release_of(mail: Mail, changes: Iterable[Change], knowledge: Knowledge) -> Release:
    """The release that a patch without a tree is taken to be for."""
    said = _said(mail)
    ranges = (_range(fitting) for change in changes for fitting in _fitting(change, knowledge))
    first, last = reduce(_both, ranges, ANY)
    if first and last and first >= last:
        return said
    if first and said < first:
        return first
    return release_before(last) if last and said >= last else said


def _said(mail: Mail) -> Release:
    named = _NAMED.search(mail.subject)
    if named:
        return parse_release(named[1])
    return parse_release(release_at(mail.date)) if mail.date else newest_release()


def _fitting(change: Change, knowledge: Knowledge) -> Iterator[list[Contract]]:
    """For each call behind the patch the contracts that it may be a call of."""
    code = skeleton(change.after.text).code if change.after else b""
    for call in _CALL.finditer(code):
        several = knowledge.contracts.get(call[1].decode(), ())
        count = _arguments(code, call.end()) if several else None
        if count is not None and (fitting := [c for c in several if c.fits(count)]):
            yield fitting


def _arguments(code: bytes, start: int) -> int | None:
    """How many arguments stand from `start`, just behind a parenthesis, to the one that closes it; None without one."""
    depth, commas = 1, 0
    for at, byte in enumerate(code[start : start + LONGEST_CALL], start):
        depth += (byte in b"([{") - (byte in b")]}")
        commas += byte == ord(",") and depth == 1
        if not depth:
            return commas + (code[start:at].strip() not in (b"", b"void"))
    return None


def _range(contracts: list[Contract]) -> Range:
    """The releases that have at least one of the contracts; gaps do not count."""
    begun, ended = [c.since for c in contracts], [c.until for c in contracts]
    first = None if None in begun else min(release for release in begun if release)
    return first, None if None in ended else max(release for release in ended if release)


def _both(one: Range, other: Range) -> Range:
    firsts = [release for release in (one[0], other[0]) if release]
    lasts = [release for release in (one[1], other[1]) if release]
    return max(firsts, default=None), min(lasts, default=None)
