"""What the comment above a function claims about locks and maps, found by the wordings of `rules/claims.toml`.

Assumption: one sentence makes one claim about one thing, and a sentence that is hedged (`if`, `may`, `on success`)
makes none.  Example: of

    /* Must be called with lock->wait_lock held. */

the claim is `held`, and its subject is a lock, mutex or rwsem that is reached as `wait_lock` of `lock`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.comments import Comment
from kpatchlint.c.kerneldoc import KernelDoc
from kpatchlint.data import rules_directory
from kpatchlint.regex import regex
from kpatchlint.seldom import blake2
from kpatchlint.shipped import shipped
from kpatchlint.tree.kept import Row

Effect = Literal["held", "unheld", "given", "kept", "left", "read", "write", "awake"]
# what is said to be returned
Sort = Literal["value", "negative", "truth", "nothing"]
# words of which one is needed
Several = tuple[bytes, ...]

_MARKS = regex(rb"^[ \t]*(?:/\*+|\*+/|\*|//)|\*+/[ \t]*\Z", re.M)
_SENTENCE_END = regex(r"[.;!?](?=\s)|\n[ \t]*\n|\n(?=\s*(?:@\w+|[A-Z]\w+):)")
_CLAUSE_END = regex(r",(?!\s+(?:if|unless|otherwise|or|but|except|and)\b)")
_PATH = regex(r"->|::|\.")
# what `{names}` stands for in a wording: "@a", "a and b", "@a, @b or @c"
_NAMES = r"(?P<names>@?\w+(?:(?:\s*,\s*(?:and\s+|or\s+)?|\s*/\s*|\s+(?:and|or)\s+)@?\w+)*)"
# the parts of a wording: words, and groups with at most one more level inside
_PART = regex(
    r"\\.|\{\w+\}|\(\?<?[!=](?:[^()]|\([^()]*\))*\)"
    r"|\(\?(?:-i)?:(?P<group>(?:[^()]|\([^()]*\))*)\)(?P<maybe>\??)|(?P<word>[A-Za-z]+(?!\?))"
)
_WORD = regex(r"[A-Za-z]+(?!\?)")
_WORDS = regex(r"\w+")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words for a lock: the kinds of resources they stand for, and the last names of its places; none is any."""

    words: tuple[str, ...]
    kinds: tuple[str, ...]
    named: tuple[str, ...] = ()


class Identifier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Identifiers that name a lock."""

    pattern: str
    kinds: tuple[str, ...]


class ClaimData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The wordings of one effect: anywhere, and in the text of a parameter; words of its own that hedge it."""

    effect: Effect
    patterns: tuple[str, ...]
    parameter: tuple[str, ...] = ()
    doubt: tuple[str, ...] = ()


class Saying(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What says something, and what takes that back."""

    patterns: tuple[str, ...] = ()
    taken_back: tuple[str, ...] = ()


class FailureData(Saying, frozen=True, forbid_unknown_fields=True):
    """What is said to be returned where a function fails, and callees that make another error."""

    callees: frozenset[str] = frozenset()


class InsteadData(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said to be returned instead of a pointer, where nothing is said of the other."""

    null: Saying = Saying()
    error: Saying = Saying()


class CountedData(Saying, frozen=True, forbid_unknown_fields=True):
    """What is said to be done to a count of references, or never; how what does so is called, and what undoes it."""

    done: str = ""
    undone: str = ""
    plain: str = ""
    never: bool = False


class ReturnedData(Saying, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said to be returned, of which sort."""

    sort: Sort


class ClaimFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules/claims.toml`."""

    identifier: Identifier
    generic: tuple[str, ...] = ()
    doubt: tuple[str, ...] = ()
    word: tuple[Words, ...] = ()
    claim: tuple[ClaimData, ...] = ()
    failure: FailureData = FailureData()
    listed: Saying = Saying()
    instead: InsteadData = InsteadData()
    nullable: Saying = Saying()
    returned: tuple[ReturnedData, ...] = ()
    counted: tuple[CountedData, ...] = ()


class Subject(Struct, frozen=True):
    """What a claim is about: kinds of resources, the variable it is reached through, the last names it may have.

    An empty variable says nothing, no name that it is the variable itself, or without one any place; `between` are the
    members from the variable to the last name, `generic` is just "the lock", whichever that is.
    """

    kinds: frozenset[str]
    variable: str = ""
    named: frozenset[str] = frozenset()
    between: tuple[str, ...] = ()
    generic: bool = False


class Claim(Struct, frozen=True):
    """One claim; `offset` and `end` are byte offsets of the text the comment was found in, `said` are its words."""

    effect: Effect
    subject: Subject
    offset: int
    end: int
    said: str


class Telling(Struct, frozen=True, dict=True):
    """Whether a comment may claim something: cheaper than to search it, and to compile what it is searched with.

    needed  of each pattern, the groups of words of which it must have one each, in small letters
    """

    needed: tuple[tuple[Several, ...], ...]

    @cached_property
    def _by_word(self) -> Sequence[tuple[bytes, Sequence[tuple[Several, ...]]]]:
        """Each pattern by the words of which it must have one that are longest, and so stand in few comments."""
        found: dict[bytes, list[tuple[Several, ...]]] = {}
        for groups in self.needed:
            for word in max(groups, key=lambda words: min(map(len, words)), default=(b"",)):
                found.setdefault(word, []).append(groups)
        return tuple(found.items())

    def __call__(self, comment: bytes) -> bool:
        """Whether one of the patterns can match."""
        small = comment.lower()
        # asked of a million comments: a generator for each would take three times as long
        for word, patterns in self._by_word:
            if word in small and any(_all_in(groups, small) for groups in patterns):
                return True
        return False


class Wordings(Struct, frozen=True, dict=True):
    """`rules/claims.toml`, ready to search with."""

    file: ClaimFile
    _compiled: dict[str, re.Pattern[str]] = {}

    @cached_property
    def _needed(self) -> Mapping[str, tuple[Several, ...]]:
        every = (text for data in self.file.claim for text in (*data.patterns, *data.parameter))
        file = self.file
        said = (file.failure, file.nullable, *file.returned, file.instead.null, file.instead.error, *file.counted)
        return {text: tuple(needed(text)) for text in chain(every, *(data.patterns for data in said))}

    @cached_property
    def telling(self) -> Telling:
        """Tells which comments are worth a search."""
        of_patches = {text for data in self.file.counted for text in data.patterns}
        of_patches.update(self.file.instead.null.patterns, self.file.instead.error.patterns)
        return Telling(tuple(words for text, words in self._needed.items() if text not in of_patches))

    def possible(self, text: str, small: bytes) -> bool:
        """Whether a pattern of the file can match in a comment, in small letters."""
        return _all_in(self._needed[text], small)

    @cached_property
    def _lock(self) -> str:
        words = "|".join(re.escape(w).replace("\\ ", r"\s+") for each in self.file.word for w in each.words)
        path = r"[@%&]?(?:\w+(?:->|::|\.))*" + self.file.identifier.pattern
        return rf"(?:(?:the|an?|its|their)\s+)?(?P<lock>\b(?:{words})\b|{path}\b(?:\(\))?|@\w+)"

    def doubt(self, data: ClaimData) -> re.Pattern[str]:
        """A word that takes back what a sentence claims."""
        words = "|".join(map(re.escape, data.doubt or self.file.doubt))
        if words not in self._compiled:
            self._compiled[words] = re.compile(rf"\b(?:{words})\b", re.I)
        return self._compiled[words]

    def pattern(self, text: str, it: str = "") -> re.Pattern[str]:
        """A pattern of the file as a regular expression; `it` is the parameter whose text is searched."""
        key = f"{text}\0{it}" if "{it}" in text else text
        if key not in self._compiled:
            itself = rf"(?:(?:the|an?)\s+)?(?:@?{re.escape(it)}|it|(?:\w+\s+)?lock|pte|pointer)\b"
            spaced = text.replace(" ", r"\s+")
            full = spaced.replace("{lock}", self._lock).replace("{it}", itself).replace("{names}", _NAMES)
            self._compiled[key] = re.compile(rf"(?<!\w){full}\b", re.I)
        return self._compiled[key]

    def subject(self, said: str) -> Subject:
        """What the words for a lock mean."""
        plain = " ".join(said.lower().split())
        for each in self.file.word:
            if plain in each.words:
                return Subject(frozenset(each.kinds), "", frozenset(each.named))
        parts = _PATH.split(said.strip("@%&()"))
        for each in self.file.word:
            if parts[-1].lower() in each.words:
                return Subject(frozenset(each.kinds), parts[0] if parts[1:] else "", frozenset(each.named))
        kinds = frozenset(self.file.identifier.kinds)
        if plain in self.file.generic:
            return Subject(kinds, generic=True)
        if said.startswith("@") and not parts[1:]:
            return Subject(kinds, parts[0])
        return Subject(kinds, parts[0] if parts[1:] else "", frozenset(parts[-1:]), tuple(parts[1:-1]))


def _all_in(groups: Iterable[Several], small: bytes) -> bool:
    for words in groups:
        for word in words:
            if word in small:
                break
        else:
            return False
    return True


def needed(pattern: str) -> Iterator[Several]:
    """What a match of the pattern must have: of each tuple, one word at least."""
    for part in _PART.finditer(pattern):
        if part["word"]:
            yield (part["word"].lower().encode(),)
        elif part["group"] and not part["maybe"] and "(" not in part["group"]:
            words = [_WORD.findall(alternative.lower()) for alternative in part["group"].split("|")]
            if all(words):
                yield tuple(max(each, key=len).encode() for each in words)


def load_claims(path: Path | None = None) -> Wordings:
    """The wordings of `path`, by default those that are shipped; `UserError` on a broken file."""
    return Wordings(shipped(path or rules_directory() / "claims.toml", ClaimFile))


def claims_of(comment: Comment, doc: KernelDoc | None, wordings: Wordings, row: Row | None) -> Sequence[Claim]:
    """The claims of a comment, kept in the row by its text: to compile the wordings takes a fifth of the floor."""
    if row is None:
        return tuple(claims(comment, doc, wordings))
    place = f"{blake2(comment.text, 16).hex()}{' doc' if doc else ''}"
    kept = row.get(place)
    found = msgspec.msgpack.decode(kept, type=tuple[Claim, ...]) if kept is not None else None
    if found is None:
        found = tuple(_moved(claim, -comment.offset) for claim in claims(comment, doc, wordings))
        row.put(place, msgspec.msgpack.encode(found))
    return tuple(_moved(claim, comment.offset) for claim in found)


def _moved(claim: Claim, step: int) -> Claim:
    return replace(claim, offset=claim.offset + step, end=claim.end + step)


def claims(comment: Comment, doc: KernelDoc | None, wordings: Wordings) -> Iterator[Claim]:
    """The claims of a comment, in the order of the effects in the file."""
    prose, small = in_place(comment), comment.text.lower()
    for data in wordings.file.claim:
        for text in (text for text in data.patterns if wordings.possible(text, small)):
            for match in wordings.pattern(text).finditer(prose):
                said_of = match.groupdict().get("lock")
                if said_of is not None:
                    yield from _claim(data, match, prose, comment, wordings, wordings.subject(said_of))
                elif not of_parameter(match, comment, doc):
                    yield from _claim(data, match, prose, comment, wordings, Subject(frozenset()))
        said = [text for text in data.parameter if doc and wordings.possible(text, small)]
        for name, described in doc.params.items() if doc and said else ():
            start, end = described.offset - comment.offset, described.end - comment.offset
            for text in said:
                for match in wordings.pattern(text, name).finditer(prose, start, end):
                    about = Subject(frozenset(), name)
                    yield from _claim(data, match, prose, comment, wordings, about)


def failure_of(comment: Comment, wordings: Wordings) -> re.Match[str] | None:
    """What the comment says is returned where its function fails; None where it does not, or takes it back."""
    small, failure = comment.text.lower(), wordings.file.failure
    patterns = [text for text in failure.patterns if wordings.possible(text, small)]
    if not patterns or any(word.encode() in comment.text for word in failure.taken_back):
        return None
    prose = in_place(comment)
    return next(filter(None, (wordings.pattern(text).search(prose) for text in patterns)), None)


def nullable_of(comment: Comment, wordings: Wordings) -> Iterator[tuple[str, int]]:
    """The names that a sentence says may be NULL, with their offsets in the text, where it does not take that back."""
    small, nullable = comment.text.lower(), wordings.file.nullable
    patterns = [text for text in nullable.patterns if wordings.possible(text, small)]
    prose = in_place(comment) if patterns else ""
    for match in (match for text in patterns for match in wordings.pattern(text).finditer(prose)):
        start, end = sentence(prose, match.start(), match.end())
        if set(_WORDS.findall(prose[start:end].lower())).isdisjoint(nullable.taken_back):
            for name in _WORDS.finditer(prose, *match.span("names")):
                yield name[0], comment.offset + name.start()


def of_parameter(said: re.Match[str], comment: Comment, doc: KernelDoc | None) -> bool:
    """Whether it is said where the kernel-doc describes a parameter."""
    at = comment.offset + said.start()
    return doc is not None and any(each.offset <= at < each.end for each in doc.params.values())


def in_place(comment: Comment) -> str:
    """The words of a comment, a character where each byte was, with blanks in place of its marks."""
    return _MARKS.sub(lambda match: b" " * len(match[0]), comment.text).decode("latin-1")


def _claim(
    data: ClaimData, match: re.Match[str], prose: str, comment: Comment, wordings: Wordings, subject: Subject
) -> Iterator[Claim]:
    start, end = sentence(prose, match.start(), match.end())
    behind = prose[match.end() : end]
    # what is said by a mode or of the end is hedged in its own clause
    around = prose[start : match.start()] + (_CLAUSE_END.split(behind)[0] if data.doubt else behind)
    if not wordings.doubt(data).search(around):
        said = " ".join(match[0].split())
        yield Claim(data.effect, subject, comment.offset + match.start(), comment.offset + match.end(), said)


def hedged(match: re.Match[str], prose: str, words: Collection[str]) -> bool:
    """Whether the sentence around has one of these words."""
    start, end = sentence(prose, match.start(), match.end())
    around = prose[start : match.start()] + " " + prose[match.end() : end].partition(":")[0]
    return not set(_WORDS.findall(around.lower())).isdisjoint(words)


def sentence(prose: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence begins and ends that these words stand in."""
    before = max((match.end() for match in _SENTENCE_END.finditer(prose, 0, start)), default=0)
    after = _SENTENCE_END.search(prose, end)
    return before, after.start() if after else len(prose)
