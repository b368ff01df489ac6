"""Which names a comment speaks of as code without a claim: a lock that is held, a function that is called.

Comments that have been there for long are full of names of registers, of fields of documents and of pseudo code, so
this is asked of what a patch brings only, and a name must look like those of the code around it: it begins like one of
them, and is no part of one.  Assumption: what has no such neighbour is of another program.  Example: of

    /* Called with f_oo_lock held, before f_oo_do believes @f_oo_old; f_oo_reg is 12. */

`spoken` gives f_oo_lock, f_oo_do and f_oo_old, where the code around has f_oo_init.
"""

from collections.abc import Collection, Iterator
from itertools import chain

from kpatchlint.c.comments import Comment, CommentKind, Mention, marked, mentions, plain
from kpatchlint.claim import Claim, excused, inside, is_code, made_up, sentence
from kpatchlint.regex import regex
from kpatchlint.spelled import spelled

# Bytes looked at on each side of a name: longer than any context below.
_NEAR = 200
_LOCK = regex(r"_(?:lock|mutex|sem|rwsem|spinlock|rwlock|mtx)$")
# What stands before and behind one that is taken or given back.
_LOCK_BEFORE = regex(
    r"\b(?:held|holds?|holding|under|takes?|taken|taking|took|(?:re)?acquir\w+|protected|releas\w+|dropp?\w*"
    r"|seriali[sz]ed|locks?|locking|unlocks?|unlocking|grab\w*|nest\w*|within|inside)\b[^,.;:]{0,40}$"
    r"|\b(?:lock|mutex|semaphore)(?:,| or|, or)(?: the)? $"
)
_LOCK_BEHIND = regex(
    r"(?: lock| mutex| semaphore)? (?:(?:is|are|was|be|being|must|should|may|can|has|have|to|been|not|already|always"
    r"|still|never) ){0,3}(?:held|taken|acquired|dropped|released|protects?|seriali[sz]es?|nests?|guards?|grabbed)\b"
    r"|(?: must| should| to| may)? (?:be )?locked\b"
)
# What stands directly before and behind a function.
_CALL_BEFORE = regex(
    r"\b(?:calls?(?: to| into)?|called (?:by|from|via)|calling|invok(?:es?|ed by|ing)|callers? of) $"
)
_CALL_BEHIND = regex(
    r" (?:(?:is|are|was|gets?|being|will be|may be|must be|should be|can be) (?:only |always |never |also |not )?"
    r"(?:called|invoked)|calls? [a-z]|returns?\b)"
)
_SUBJECT_BEFORE = regex(r"\b(?:called (?:in|inside|within|before|after)|see|via|using|until|before|after) $")
_SUBJECT_BEHIND = regex(
    r" (?:did|does|do|doesn't|(?:will|won't|can|can't|may|might|must|should)(?! be\b)|expects|believes|takes|needs"
    r"|handles|uses|runs|fails|makes|checks|relies|assumes|sleeps|waits|frees|allocates|drops|acquires|releases|holds"
    r"|schedules|succeeds|completes|finds|sets|clears|decides|knows|thinks|wants|tries) "
)
# Files of sysfs, which are what is read.
_FILE_BEFORE = regex(r"\b(?:reading|writing|reads?|writes?)(?: (?:from|to))?(?: the)? $")
# What a name is that is no function.
_OTHERWISE = regex(
    r" (?:\S+ )?(?:field|bit|register|struct|structure|flag|parameter|property|file|callback|attribute|list|table"
    r"|member|variable|array|value|mask|option|instruction|command|mbox|pointer|signal|pin|clock)s?\b"
)
_FLAG = regex(r" flag\b")
# A flag that is named together with another one.
_BESIDE_BEFORE = regex(r"\b([A-Z][A-Z\d_]+)(?: (?:and|or|nor) |, )$")
_BESIDE_BEHIND = regex(r"(?: (?:and|or|nor) |, )([A-Z][A-Z\d_]+)\b")
_HARDWARE = regex(r"\b(?:registers?|hardware|hw|reg)\b")
_DEFINES = regex(r"\b(?:defines?|declares?|generates?) (?:an? |the )?(?:function|macro|variable|struct)\b|\bdenoted\b")
# A name of so many words nobody else has, and so many other words make a sentence.
_LONG, _SENTENCE = 3, 4
_PLAIN = regex(r"(?<![\w'.>-])[A-Za-z][a-z]+(?![\w(])")
# What stands before and behind a name in a sentence: a word, or nothing.
_PROSE_BEFORE = regex(r"(?:^|(?<![\w>.*-])[A-Za-z][a-z'-]*,?|\(\),?|[.;)]) ?[`'\"(]*$")
_PROSE_BEHIND = regex(r"[`'\")]*(?:'s)?(?:[.,;]?(?: \(?[A-Za-z][a-z'-]*(?![\w(])|\W*$))")
_NUMBERED = regex(r"\d$|_[A-Z]$")
# What the options of a build are called in code, and nothing else is.
_OPTION = "CONFIG_"
_HEADING_BEFORE = regex(rb"/\*\*[ \t]*(?:\n[ \t]*\*)?[ \t]*\Z")
_HEADING_BEHIND = regex(rb"[ \t]*-[ \t]")


def spoken(comment: Comment, names: Collection[str], near: bytes, hardware: bool = False) -> Iterator[Claim]:
    """What a comment says of these names as code, beside its claims.

    near      the names of the code around in lower case, a line each
    hardware  whether the code drives some: names of its registers and bits look like constants
    """
    bare = (
        mention
        for mention in mentions(comment, names)
        if _is_spoken(comment, mention, names, near) or _is_named(comment, mention, near, hardware)
    )
    signed = (mention for mention in marked(comment, names) if _related(mention.name, near))
    for mention in chain(bare, signed):
        if _may_be_meant(comment, mention, near) and not _is_elsewhere(sentence(comment, mention)):
            yield Claim(mention, "name")


def _is_elsewhere(said: str) -> bool:
    """Whether a sentence is about what need not be there, or comes to be by what it describes."""
    return excused(said) or _DEFINES.search(said.lower()) is not None


def _may_be_meant(comment: Comment, mention: Mention, near: bytes) -> bool:
    """Whether it looks like a name, and is no part of one of the code around."""
    name = mention.name
    in_one_case = "_" in name.strip("_") and (name.islower() or name.isupper())
    if not in_one_case or made_up(name) or is_code(comment, mention, lists=True):
        return False
    return not inside(name, near)


def _beside(text: bytes, at: int, end: int) -> tuple[str, str]:
    """The prose on each side of a name."""
    # the mark in place of the name keeps the blanks beside it
    return plain(text[max(0, at - _NEAR) : at] + b"$")[:-1], plain(b"$" + text[end : end + _NEAR])[1:]


def _is_spoken(comment: Comment, mention: Mention, names: Collection[str], near: bytes) -> bool:
    """Whether the sentence around says that the name is one of code."""
    at, end = mention.offset - comment.offset, mention.end - comment.offset
    if mention.called or b"/" in (comment.text[at - 1 : at], comment.text[end : end + 1]):
        return False
    before, behind = _beside(comment.text, at, end)
    if mention.name.isupper():
        beside = _BESIDE_BEFORE.search(before) or _BESIDE_BEHIND.match(behind)
        flag = (_FLAG.match(behind) and before) or (beside and _is_sibling(mention.name, beside[1], names))
        hardware = flag and _HARDWARE.search(sentence(comment, mention).lower())
        return bool(flag) and not hardware and _related(mention.name, near) > 1
    if _LOCK.search(mention.name):
        # an order of locks calls them what it likes
        if before.endswith("-> ") or behind.startswith(" ->"):
            return False
        return bool(_LOCK_BEFORE.search(before.lower()) or _LOCK_BEHIND.match(behind))
    return _is_heading(comment, at, end) or _is_function(before, behind, _related(mention.name, near))


def _is_named(comment: Comment, mention: Mention, near: bytes, hardware: bool) -> bool:
    """Whether a sentence of several words has it, or it is that of an option."""
    if mention.name.startswith(_OPTION):
        return True
    if mention.called or _NUMBERED.search(mention.name) or not _is_certain(mention.name, near, hardware):
        return False
    before, behind = _beside(comment.text, mention.offset - comment.offset, mention.end - comment.offset)
    if not (_PROSE_BEFORE.search(before) and _PROSE_BEHIND.match(behind)) or _OTHERWISE.match(behind):
        return False
    said = sentence(comment, mention)
    if _FILE_BEFORE.search(before.lower()) or (mention.name.isupper() and _HARDWARE.search(said.lower())):
        return False
    return len(_PLAIN.findall(said)) >= _SENTENCE


def _is_certain(name: str, near: bytes, hardware: bool) -> bool:
    """Whether a name of the code around is meant, or one that nobody else has."""
    meant = spelled(name.lower(), near)
    if meant and name.lower() != f"{meant}es":
        return True
    words = name.strip("_").split("_")
    return (not hardware if name.isupper() else len(words) >= _LONG) and _related(name, near) > 0


def _is_heading(comment: Comment, at: int, end: int) -> bool:
    """Whether it is what kernel-doc describes."""
    first = comment.kind is CommentKind.DOC and _HEADING_BEFORE.match(comment.text, 0, at)
    return bool(first) and _HEADING_BEHIND.match(comment.text, end) is not None


def _is_function(before: str, behind: str, related: int) -> bool:
    """Whether the words beside a name say that it is called, or does something, as a function does."""
    if not before.strip() or not related or _OTHERWISE.match(behind) or _FILE_BEFORE.search(before.lower()):
        return False
    if _CALL_BEFORE.search(before.lower()) or _CALL_BEHIND.match(behind):
        return True
    return related > 1 and bool(_SUBJECT_BEFORE.search(before.lower()) or _SUBJECT_BEHIND.match(behind))


def _is_sibling(name: str, other: str, names: Collection[str]) -> bool:
    """Whether the other begins with the same two words, and is none of those that are looked for."""
    return other.split("_")[:2] == name.split("_")[:2] and other not in names


def _related(name: str, near: bytes) -> int:
    """With how many words, of those that underscores divide, it begins as one of the code around does."""
    words = name.strip("_").lower().encode().split(b"_")
    starts = (b"\n" + b"_".join(words[:count]) + b"_" for count in range(1, len(words)))
    return sum(start in near for start in starts)
