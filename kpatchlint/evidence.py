"""For which release a patch is, when no tree says so.

Its code says it best: a function exists in some releases only, and a call with three arguments in fewer.  Then the
subject (`[PATCH 6.1.y]`), then the day of the mail, then the newest release is taken; what the code says moves that
into its range.  What the patch itself adds is no part of its base, so comments are read by another release than calls.
Assumption: a name of the contracts is the kernel's own function.  Example: a mail of 2021 that waits
for a migration entry with the arguments `(entry, ptl)` is for v6.5, because the wait had three before that.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

from kpatchlint.c.lexical import skeleton
from kpatchlint.flow.contract import Contract, Knowledge
from kpatchlint.patch.change import Change
from kpatchlint.patch.mail import Mail
from kpatchlint.regex import regex
from kpatchlint.release import Release, newest_release, parse_release, release_at, release_before
from kpatchlint.source import Source

# since a release, and not any more since another; None where there is no such end
Range = tuple[Release | None, Release | None]

ANY: Range = (None, None)

_CALL = regex(rb"\b([A-Za-z_]\w*)\s*\(")
# a definition or declaration in kernel style
_HEADING = regex(rb"^(?=[A-Za-z_])[^\n;={}#(]*?\b(\w+)[ \t]*\(.*", re.M)
_NAMED = regex(r"\[[^\]]*\bPATCH\b[^\]]*?[ -](\d{1,2}\.\d{1,2})(?:\.\d+|\.y)?(?:[ ,-][^\]]*)?\]")
# the arguments of a call are not longer than this, in bytes
LONGEST_CALL = 2000


def release_of(mail: Mail, changes: Iterable[Change], knowledge: Knowledge) -> Release:
    """The release that a patch without a tree is taken to be for, where it calls what it calls."""
    return _within(_said(mail), (fitting for change in changes for _, fitting in _fitting(change, knowledge)))


def base_of(mail: Mail, changes: Sequence[Change], knowledge: Knowledge) -> Release:
    """The release that a patch without a tree begins with: what the patch itself declares says nothing about it."""
    own = frozenset[str]().union(*map(_declares, changes))
    called = (call for change in changes for call in _fitting(change, knowledge))
    return _within(_said(mail), (fitting for name, fitting in called if name not in own))


def _declares(change: Change) -> frozenset[str]:
    """The functions with a heading that is only there behind the patch."""
    return frozenset(name for _, name in _headings(change.after) - _headings(change.before))


def _headings(side: Source | None) -> frozenset[tuple[bytes, str]]:
    return frozenset((match[0], match[1].decode()) for match in _HEADING.finditer(side.text if side else b""))


def _within(said: Release, evidence: Iterable[list[Contract]]) -> Release:
    first, last = reduce(_both, map(_range, evidence), ANY)
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


def _fitting(change: Change, knowledge: Knowledge) -> Iterator[tuple[str, list[Contract]]]:
    """For each call behind the patch the function and the contracts that it may be a call of."""
    code = skeleton(change.after.text).code if change.after else b""
    for call in _CALL.finditer(code):
        name = call[1].decode()
        several = knowledge.contracts.get(name, ())
        count = _arguments(code, call.end()) if several else None
        if count is not None and (fitting := [c for c in several if c.fits(count)]):
            yield name, fitting


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
