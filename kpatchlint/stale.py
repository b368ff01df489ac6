"""Comments that name what the tree does not have, in the whole tree or because of a patch.

Two kinds of names are looked for: those that a comment claims to be there (`claim`), and those that
`rules/renames.toml` or the patch itself knows to be gone, wherever they are spoken of.  Assumption: what the index does
not have is nowhere.
Example: where a patch renames f_old to f_new,

    /* Waits like f_old(). */       is reported in every file of the tree that the patch leaves like this
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import msgspec
from msgspec import Struct

from kpatchlint import claim, reference, spoken
from kpatchlint.c import comments as comments_module
from kpatchlint.c.comments import Comment, Mention, comments_at, mentions
from kpatchlint.claim import Claim, claims, says_so, sentence, shortened
from kpatchlint.event import Event, EventKind
from kpatchlint.finding import Finding
from kpatchlint.match import matched
from kpatchlint.pool import local, spread
from kpatchlint.reference import Rename, latest, naming
from kpatchlint.release import Release
from kpatchlint.rule import Rule
from kpatchlint.source import Source, occurrences
from kpatchlint.spelled import spelled
from kpatchlint.tree.cache import stamp
from kpatchlint.tree.index import Index
from kpatchlint.tree.shard import digest

_PROGRAM = stamp(__file__, claim.__file__, reference.__file__, comments_module.__file__, spoken.__file__)
_KIND = "stale"
_FINDINGS = msgspec.msgpack.Decoder(tuple[Finding, ...])
# Files that one task looks through.
_SHARE = 100
# A definition in kernel style, from the line that names it to its brace.
_HEADING = re.compile(rb"^(?=[A-Za-z_])[^\n;={}#]*?\b(\w+)[ \t]*\([^;{}#]*\{?\Z", re.M)
# Longer headings than this are rare: 99.9 % of those in mm/ have fewer bytes.
_LONGEST_HEADING = 1000
_WORD = re.compile(rb"\w+")
_BELOW = re.compile(rb"[\w\s*]*?\b(\w+)\s*\(")


class Names(Struct, frozen=True):
    """What to look for in comments: `claimed` where a comment claims it, `gone` wherever it is spoken of.

    `spoken` looks for the claimed ones where a sentence speaks of them as code, too: of what a patch brings only,
    because comments that have been there for long are full of names that never were any.  `hardware`: the code drives
    some.
    """

    claimed: frozenset[str] = frozenset()
    gone: Mapping[str, Rename] = {}
    cause: str = ""
    spoken: bool = False
    hardware: bool = False

    def facts(self, mention: Mention, near: bytes, kind: str = "") -> tuple[tuple[str, str], ...]:
        """What is said of a name: what it is called now, as far as that is known."""
        rename = self.gone.get(mention.name)
        if rename is None:
            new = spelled(mention.name, near)
            return naming(mention, kind, new, "misspelt" if new else "unknown")
        cause = "renamed" if rename.new else "removed"
        return naming(mention, rename.kind, rename.new, cause + self.cause, "" if self.cause else str(rename.since))


class Known(Struct, frozen=True):
    """The data that decides: rules, renames, and the release of the tree."""

    rules: tuple[Rule, ...]
    renames: Mapping[str, Rename]
    release: Release

    @property
    def past(self) -> Mapping[str, Rename]:
        """The renames that have happened in this release, each with the name that is right now."""
        return {
            old: Rename(old, latest(rename, self.renames, self.release), rename.since, rename.kind)
            for old, rename in self.renames.items()
            if rename.since <= self.release
        }

    @property
    def state(self) -> bytes:
        """A hash of the data, and of the program."""
        data = repr((self.rules, sorted(self.renames.items()), self.release)).encode()
        return digest(_PROGRAM + claim.data_stamp() + data)


def in_tree(index: Index, known: Known) -> tuple[Finding, ...]:
    """Every stale name in the comments of a tree, by path and line; kept in the cache while nothing changes."""
    key = digest(index.state + known.state)
    kept = index.store.get(_KIND, [key]).get(key)
    if kept is not None:
        return _FINDINGS.decode(kept)
    names = _to_look_for(index, known)
    paths = sorted(names)
    shares = [paths[at : at + _SHARE] for at in range(0, len(paths), _SHARE)]
    found: dict[str, list[Finding]] = {}
    rules = tuple(rule for rule in known.rules if EventKind.STALE_NAME in rule.events)
    with local(index.jobs, len(shares)) as executor:
        work = ((index.only(share), rules, {path: names[path] for path in share}) for share in shares)
        for findings in spread(executor, _in_files, work):
            found.update(findings)
    every = tuple(finding for path in paths for finding in found[path])
    index.store.put(_KIND, {key: msgspec.msgpack.encode(every)})
    return every


def _to_look_for(index: Index, known: Known) -> dict[str, Names]:
    """By path, the names to look for in the comments of a file, where there are any."""
    past, claims = known.past, index.claims
    claimed = {name for names in claims.values() for name in names}
    singular = {name[:-1] for name in claimed if name.endswith(b"s")}
    missing = index.missing({*claimed, *singular, *map(str.encode, past)})
    # the plural of a name that is there claims nothing
    unknown = {name for name in claimed & missing if not name.endswith(b"s") or name[:-1] in missing}
    gone = {old: rename for old, rename in past.items() if old.encode() in missing}
    spoken = index.saying(frozenset(map(str.encode, gone)))
    found = {path: _strings(unknown.intersection(names)) for path, names in claims.items()}
    return {
        path: Names(found.get(path, frozenset()), {old: gone[old] for old in _strings(spoken.get(path, frozenset()))})
        for path in {*(path for path, names in found.items() if names), *spoken}
    }


def _in_files(work: tuple[Index, tuple[Rule, ...], Mapping[str, Names]]) -> dict[str, list[Finding]]:
    """The stale names in some files, by path."""
    index, rules, names = work
    found: dict[str, list[Finding]] = {}
    for near, paths in index.around():
        for path in names.keys() & paths:
            source = Source(path, index.read(path))
            found[path] = matched(in_text(source.text, names[path], near), rules, source)
    return found


def _strings(names: Iterable[bytes]) -> frozenset[str]:
    return frozenset(name.decode(errors="replace") for name in names)


def in_text(
    text: bytes, names: Names, near: bytes, touched: Sequence[tuple[int, int]] | None = None
) -> Iterator[Event]:
    """The stale names in the comments of one text, in order, each as a STALE_NAME event.

    near     the names of the code around, a line each
    touched  byte ranges to report in; None for all
    """
    wanted = frozenset(name.encode() for name in (*names.claimed, *names.gone))
    lowered = near.lower()
    for comment in comments_at(text, sorted(at for name in wanted for at in occurrences(text, name))):
        for mention, kind in _named(comment, names, lowered):
            if touched is None or any(start <= mention.offset < end for start, end in touched):
                facts = names.facts(mention, near, kind)
                yield Event(EventKind.STALE_NAME, mention.offset, mention.end, belonging(text, comment), facts)


def local_event(text: bytes, comment: Comment, mention: Mention, new: str) -> Event:
    """The STALE_NAME event of a name that a patch took out of the function that the comment belongs to."""
    facts = naming(mention, "variable", new, "renamed-here" if new else "removed-here")
    return Event(EventKind.STALE_NAME, mention.offset, mention.end, belonging(text, comment), facts)


def member_event(text: bytes, comment: Comment, mention: Mention) -> Event:
    """The STALE_NAME event of a member that the structure of a variable does not have."""
    facts = naming(mention, "member", "", "unknown")
    return Event(EventKind.STALE_NAME, mention.offset, mention.end, belonging(text, comment), facts)


def _named(comment: Comment, names: Names, near: bytes) -> Iterator[tuple[Mention, str]]:
    found = {each.mention.offset: (each.mention, each.kind) for each in _claimed(comment, names, near)}
    for mention in mentions(comment, names.gone) if names.gone else ():
        rename = names.gone[mention.name]
        if not says_so(sentence(comment, mention), mention.name, rename.new):
            found[mention.offset] = mention, rename.kind
    return iter(found[offset] for offset in sorted(found))


def _claimed(comment: Comment, names: Names, near: bytes) -> Iterator[Claim]:
    wanted = names.claimed - names.gone.keys()
    more = spoken.spoken(comment, wanted, near, names.hardware) if names.spoken else ()
    every = chain(claims(comment, wanted, lists=names.spoken), more)
    found = [each for each in every if not shortened(each.mention.name, near)]
    own = b"\n".join((b"", *_WORD.findall(comment.text.lower()), b"")) if found else b""
    return (each for each in found if not shortened(each.mention.name, own))


def belonging(text: bytes, comment: Comment) -> str:
    """The function that a comment stands in or directly above; empty where there is none."""
    opened, closed = text.rfind(b"\n{", 0, comment.offset), text.rfind(b"\n}", 0, comment.offset)
    if opened > closed:
        above = text[max(closed, 0) : opened]
        # from there on in the whole text: a piece of it would begin in the middle of a line, and of a name
        match = _HEADING.search(above, max(0, len(above) - _LONGEST_HEADING))
    else:
        match = _BELOW.match(text, comment.end, comment.end + _LONGEST_HEADING)
    return match[1].decode() if match else ""
