"""Names in comments that were renamed or removed, as far as one text, the renames and the patch itself can tell.

Assumption: a name that the code of the same text still uses exists.  Example, for a patch written for v5.16:

    /* See wait_on_page_bit_common(). */       is stale: folio_wait_bit_common() took its place in v5.16
    /* See put_and_wait_on_page_locked(). */   is not: that name is there until v5.17
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from kpatchlint.c.comments import Comment, Mention, comments, mentions
from kpatchlint.claim import says_so, sentence
from kpatchlint.data import rules_directory
from kpatchlint.errors import UserError
from kpatchlint.event import Event, EventKind
from kpatchlint.regex import regex
from kpatchlint.release import Release, parse_release
from kpatchlint.shipped import shipped

Tokens = tuple[bytes, ...]
Kind = Literal["function", "macro", "type", "flag", "variable"]

_DEFINITION = regex(
    rb"^(?![ \t#}/*])[\w \t*\n]*?\b(?P<name>\w+)"
    rb"(?P<params>\((?:[^(){};]|\([^(){};]*\))*\))[\w \t\n()]*?(?P<body>\{[\s\S]*?(?:^\}|\Z))"
    rb"|^\#[ \t]*define[ \t]+(?P<macro>\w+)(?P<value>(?:\\\n|[^\n])*)",
    re.M,
)
_TOKEN = regex(rb"\w+|[^\w\s]")
_CALL = regex(rb"\b([A-Za-z_]\w*)[ \t]*\(")
# Alike enough to be one function under a new name: neighbours in mm/ of 6.12 share 0.29 of their tokens in
# the median, 0.67 at the 90th percentile.
_ALIKE = 0.75
# One call that gives way to another may be anything; two of one function that give way to two of another are a habit.
_SAME_CALLS = 2
# Tokens compared, because the comparison is quadratic: 99 % of the functions of mm/ have fewer than 737.
_LONGEST = 1000


class Rename(Struct, frozen=True):
    """One name that was: `since` is the first release without it; `new` is empty when nothing replaced it."""

    old: str
    new: str
    since: Release
    kind: Kind = "function"
    commit: str = ""


class RenameData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry of `rules/renames.toml`."""

    old: str
    new: str
    since: str
    kind: Kind = "function"
    commit: str = ""


class RenameFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules/renames.toml`."""

    rename: tuple[RenameData, ...] = ()


def load_renames(path: Path | None = None) -> Mapping[str, Rename]:
    """The renames of `path`, by default those that are shipped, by old name.

    `UserError` on a file that is not what it should be, a release that is none, or a name listed twice.
    """
    path = path or rules_directory() / "renames.toml"
    table: dict[str, Rename] = {}
    for entry in shipped(path, RenameFile).rename:
        if entry.old in table or entry.old == entry.new:
            what = f"{entry.old} is renamed twice, or to itself"
            raise UserError(what, path=str(path), cure="keep one entry")
        table[entry.old] = Rename(entry.old, entry.new, _since(entry, path), entry.kind, entry.commit)
    return table


def _since(entry: RenameData, path: Path) -> Release:
    try:
        return parse_release(entry.since)
    except UserError as error:
        raise UserError(f"since of {entry.old}: {error.what}", path=str(path), cure=error.cure) from error


def patch_renames(before: Sequence[bytes], after: Sequence[bytes]) -> Mapping[str, str]:
    """What a patch renames, old name to new: a definition that goes and one that comes with the same text.

    The texts stand side by side: `before[i]` and `after[i]` are one file or one hunk, empty where there is
    none.  The text is the same when parameters and body are, but for the name, anywhere in the patch; or when
    one definition takes the place of another in one text and most of its tokens stay.  Failing that, one that
    is called where the other was called takes its place.  In doubt there is no entry.
    """
    code_before, code_after = [code_of(text) for text in before], [code_of(text) for text in after]
    words_before, words_after = _words(code_before), _words(code_after)
    gone = [_definitions(code, words_after) for code in code_before]
    come = [_definitions(code, words_before) for code in code_after]
    found = _equal(_merged(gone), _merged(come))
    for old, new in zip(gone, come, strict=False):
        found.update(_alike(_without(old, found), _without(new, found.values())))
    left, added = _without(_merged(gone), found), _without(_merged(come), found.values())
    return {**found, **_same_callers(_places(code_before, left, found), _places(code_after, added, {}))}


# The calls of a function: how often in which definition of which text.
_Places = frozenset[tuple[tuple[int, str], int]]


def _places(texts: Sequence[bytes], names: Collection[str], renamed: Mapping[str, str]) -> dict[_Places, list[str]]:
    """Which of the names are called where, in callers by their new names; one call alone says nothing."""
    found: dict[str, Counter[tuple[int, str]]] = {name: Counter() for name in names}
    for number, code in enumerate(texts) if names else ():
        for match in _DEFINITION.finditer(code):
            caller = (match["name"] or match["macro"]).decode()
            for name in map(bytes.decode, _CALL.findall(match["body"] or match["value"] or b"")):
                if name in found and name != caller:
                    found[name][number, renamed.get(caller, caller)] += 1
    table: dict[_Places, list[str]] = {}
    for name, calls in found.items():
        if calls.total() >= _SAME_CALLS:
            table.setdefault(frozenset(calls.items()), []).append(name)
    return table


def _same_callers(gone: Mapping[_Places, list[str]], come: Mapping[_Places, list[str]]) -> dict[str, str]:
    """Pairs that are called from the same places as often, where no third is."""
    return {
        names[0]: come[places][0]
        for places, names in gone.items()
        if len(names) == 1 and len(come.get(places, ())) == 1
    }


def code_of(text: bytes) -> bytes:
    """The text with its comments taken out."""
    parts, at = [], 0
    for comment in comments(text):
        parts.append(text[at : comment.offset])
        at = comment.end
    return b" ".join((*parts, text[at:]))


def _words(texts: Iterable[bytes]) -> frozenset[bytes]:
    return frozenset(word for text in texts for word in re.findall(rb"\w+", text))


def _definitions(code: bytes, known: Collection[bytes]) -> dict[str, Tokens]:
    """The tokens of what `code` defines under names that are not in `known`, without the name itself."""
    found = {}
    for match in _DEFINITION.finditer(code):
        name = match["name"] or match["macro"]
        rest = match["value"] if match["macro"] else match["params"] + match["body"]
        if name not in known:
            tokens = tuple(token for token in _TOKEN.findall(rest) if token != name)
            found[name.decode()] = tokens
    return found


def _merged(tables: Iterable[dict[str, Tokens]]) -> dict[str, Tokens]:
    return {name: tokens for table in tables for name, tokens in table.items()}


def _equal(gone: Mapping[str, Tokens], come: Mapping[str, Tokens]) -> dict[str, str]:
    """Pairs of the same text, where neither side has a second definition of that text."""
    olds, news = _by_text(gone), _by_text(come)
    return {
        names[0]: news[tokens][0]
        for tokens, names in olds.items()
        if len(names) == 1 and len(news.get(tokens, ())) == 1
    }


def _by_text(definitions: Mapping[str, Tokens]) -> Mapping[Tokens, list[str]]:
    table: dict[Tokens, list[str]] = {}
    for name, tokens in definitions.items():
        table.setdefault(tokens, []).append(name)
    return table


def _without(definitions: Mapping[str, Tokens], names: Collection[str]) -> dict[str, Tokens]:
    return {name: tokens for name, tokens in definitions.items() if name not in names}


def _alike(gone: Mapping[str, Tokens], come: Mapping[str, Tokens]) -> dict[str, str]:
    """The one definition that took the place of the one that went."""
    if len(gone) != 1 or len(come) != 1:
        return {}
    (old, before), (new, after) = next(iter(gone.items())), next(iter(come.items()))
    matcher = import_module("difflib").SequenceMatcher
    ratio: float = matcher(None, before[:_LONGEST], after[:_LONGEST], autojunk=False).ratio()
    return {old: new} if ratio >= _ALIKE else {}


def stale_names(
    text: bytes,
    found: Iterable[Comment],
    touched: Collection[tuple[int, int]] | None,
    renames: Mapping[str, Rename],
    release: Release,
    exists: Callable[[str], bool] | None = None,
) -> Iterator[Event]:
    """Names in comments that are gone in `release`, each as one STALE_NAME event.

    found    the comments of `text`
    touched  byte ranges to report in; None for all
    exists   tells cheaply whether the tree has a name; what it has is not stale
    """
    in_code: frozenset[bytes] | None = None
    for comment in found:
        for mention in mentions(comment) if _overlaps(comment, touched) else ():
            rename = renames.get(mention.name)
            if rename is None or rename.since > release or not _within(mention, touched):
                continue
            if in_code is None:
                in_code = _words((code_of(text),))
            new = latest(rename, renames, release)
            there = mention.name.encode() in in_code or (exists is not None and exists(mention.name))
            if not there and not says_so(sentence(comment, mention), mention.name, new):
                yield _stale(mention, rename, new)


def _overlaps(comment: Comment, ranges: Collection[tuple[int, int]] | None) -> bool:
    return ranges is None or any(start < comment.end and comment.offset < end for start, end in ranges)


def _within(mention: Mention, ranges: Collection[tuple[int, int]] | None) -> bool:
    return ranges is None or any(start <= mention.offset < end for start, end in ranges)


def latest(rename: Rename, renames: Mapping[str, Rename], release: Release) -> str:
    """The name that is right in `release`, at the end of the chain of renames."""
    new, passed = rename.new, {rename.old}
    while new in renames and renames[new].since <= release and renames[new].new not in passed:
        passed.add(new)
        new = renames[new].new
    return new


def _stale(mention: Mention, rename: Rename, new: str) -> Event:
    facts = naming(mention, rename.kind, new, "renamed" if new else "removed", str(rename.since))
    return Event(EventKind.STALE_NAME, mention.offset, mention.end, "", facts)


def naming(mention: Mention, kind: str, new: str, cause: str, since: str = "") -> tuple[tuple[str, str], ...]:
    """The facts of a STALE_NAME event; `written` and `instead` are the names as prose writes them."""
    call = "()" if kind in ("function", "macro") else ""
    return (
        ("name", mention.name),
        ("replacement", new),
        ("since", since),
        ("cause", cause),
        ("kind", kind),
        ("written", mention.name + call),
        ("instead", new + call if new else ""),
    )
