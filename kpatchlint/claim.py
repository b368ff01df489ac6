"""Which names a comment claims to be there, as against names it only talks about.

A claim is a call `f_oo()` or `f_oo(a, b)`, a tagged type `struct f_oo`, or kernel-doc's `%F_OO` and `&f_oo`.  It is
none when the sentence speaks of another time or another program, when the line is code that was commented out, and
when the name is cut short or made up.  Assumption: a name of the kernel has an underscore inside and one case.
Example: of

    /* Called by f_oo(), but there is no g_oo() yet; h_oo() of glibc is another matter. */

`claims` gives f_oo alone.
"""

import re
from collections.abc import Collection, Iterator
from functools import cache

import msgspec
from msgspec import Struct

from kpatchlint.c.comments import Comment, CommentKind, Mention, mentions
from kpatchlint.data import read, rules_directory
from kpatchlint.regex import regex
from kpatchlint.source import occurrences

_BEGINS_IN_THE_PAST = regex(
    rb"[\s*/]*(?:historically|formerly|originally|once|in the (?:old days|past)|back (?:in|when))\b"
)
# Bytes looked at on each side of a name; of the sentences in comments of mm/ 99.9 % are shorter than 414.
_LONGEST_SENTENCE = 1000
_SENTENCE_END = regex(rb"[.;!?](?=\s)|\n[ \t]*\*?[ \t]*\n")
# These are searched for in lower case, and ask for the beginning of a word once: that takes a tenth of the time.  A
# sentence that speaks of the past or of the future may name what does not exist now.
_OTHER_TIME = regex(
    r"\b(?:used to\b|former|previously\b|(?:was|were) (?:once |originally )?(?:called|named|known)\b|renamed\b"
    r"|historic|no longer\b|old name|old days\b|in the past\b|obsolete|deprecated\b|removed in\b"
    r"|superseded\b|legacy\b|replace[sd]\b|replacement for\b|todo\b|fixme\b|xxx\b"
    r"|(?:has|have) been (?:dropped|removed)\b|before there (?:was|were)\b"
    r"|(?:before|until|up to|since|prior to|linux|kernel) (?:linux |kernel )?v?\d+\.\d+)|^\W*was\b"
)
_NOT_THERE = regex(
    r"\b(?:there(?:'s| is| was| are| were)|has|have|had|with|needs?) (?:currently |also )?no\b"
    r"|\bno (?:need|matching|such|separate)\b|\bno \w+\(\)|\bnon-?existent\b|\bwithout an?\b|\binstead of having\b"
    r"|\bneed for\b|\bwhere is\b"
    r"|\b(?:not|n't) (?:yet )?(?:implemented|exist|have an?|provide|support|need an?|needed)\b"
    r"|\bto be (?:added|implemented|introduced|written)\b|\bwould (?:need|want|have|be|require)\b|\bif we had\b"
    r"|\b(?:could|should|might|will|may|can) (?:add|introduce|implement|create)\b|\bwill need\b"
    r"|(?<!left )(?<!nothing )(?<!work )(?<!how )\bto do\b|\bplanned\b"
    r"|\b(?:could|should|might|will|may|can) be (?:added|implemented|introduced|converted|replaced|defined|written)\b"
    r"|\b(?:we|one|you|it) (?:could|might)\b|\bought to\b|\bsomething like\b|\bintroduc(?:e|ing)\b|\bfuture\b"
    r"|\bsome ?day\b|\bhypothetical|\bimagin|\bpseudo|\bimplement(?:ing)?\b|\bidea(?:l|lly)?\b|\ba new\b"
    r"|\bwish\b|\bproposed\b"
)
# Where code came from, and what a list of changes at the top of a file says.
_ORIGIN = regex(
    r"\b(?:(?:derived|copied|cribbed|stolen|taken|borrowed|adapted|ported|modell?ed|cloned|lifted|came|comes|copy|based"
    r"|extracted|ripped|imported|moved|split|factored|generated|converted)\b[ \w]{0,20}"
    r"\b(?:from|(?:up)?on|after|out|of|by)\b"
    r"|(?:inspired|original)\b|(?:19|20)\d\d[/.-]\d{1,2}|copyright\b|revision \d|(?:is|are|was|were) added\b"
    r"|\d\d?[/.-]\d\d?[/.-](?:19|20)?\d\d\b)"
    r"|^\W*(?:from|fix(?:ed|es)?|added|changed?|removed?|moved|cleaned?|made|rewrote)\b|<[\w.+-]+@[\w.-]+>"
)
_MADE_UP = regex(
    r"(?:^|_)(?:my|your|some|something|foo\d*|bar|baz|qux|blah|whatever|example|abc)(?:_|$)|xx|yyy|xyz|^_*(?:[a-z\d]{1,2}_+)*[a-z\d]{1,2}_*$"
)
_TAG_BEFORE = regex(rb"\b(?:struct|union|enum)[ \t]+\Z")
_ARGUMENTS = regex(rb"\(([^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\)")
_ARGUMENT = regex(
    r"[&*]*\s*(?:\w+(?:(?:->|\.)\w+|\[\w*\])*(?:\(\w*\))?(?:\s*[-+|]\s*\w+)?|\.\.\.|\"[^\"]*\")"
    r"|(?:const )?(?:struct )?\w+ \*+\s*\w*"
)
_NAME_LIKE = regex(r"(?<!\w)[a-z_]|\.\.\.")
_STATEMENT = regex(_ARGUMENTS.pattern + rb"[ \t]*;")
# What ends a line of code, and what stands in it before a call.
_CODE_END = regex(r"(?:[;{}\\]|\};)\s*\Z")
_CODE_BEFORE = regex(
    r"(?:=|^(?:static |unsigned )?(?:void|int|bool|long)"
    r"|\w \w+\(|^;.*|\breturn|\b(?:if|while|for) \(!?|&&|\|\||^#.*|[{(]|^[-+|<>]+.*|\t.*\t|\)\s*&)\s*\Z"
)
# What is said aside, and no condition.
_ASIDE = regex(r"(?<=[a-z,])(?<!\bif)(?<!\bfor)(?<!\bwhile) \(\Z")
# What tells of two names that one stands for the other.
_RELATES = regex(
    r"\b(?:now|old|new|newer|older|instead|alias|aka|a\.k\.a|same as|equivalent|counterpart|rather than|became|becomes?"
    r"|turned|converted|moved|merged|like|versus|vs|variant|wrapper|calls|via|through|original\w*|named|called)\b"
    r"|->|=>|=|(?<=[\w)])(?:/| \()(?=\w)"
)
# What stands between two names of a list.
_BETWEEN = r"(?:\(\))?(?:,? (?:and|or|nor) |, )(?:\w+_\w+(?:\(\))?(?:,? (?:and|or|nor) |, ))*"
# Three words in a row are prose, and two that begin as a sentence does: C has them only where it declares something.
_IN_A_ROW = regex(
    r"(?:(?<![\w.>-])(?!(?:const|static|inline|extern|volatile|unsigned|signed|long|short|int|char|void|bool|struct|union"
    r"|enum|if|else|do|while|for|return|goto|case|typedef)\b)[a-z]+,? ){3}"
    r"|(?<![\w.>-])[A-Z][a-z]+ [a-z]+ "
)
# A number of a chapter before a name is that of a specification.
_CHAPTER = regex(rb"\d\.\d[\d.]*:?[ \t]+\Z")


class ForeignFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`rules/foreign.toml`: what speaks of another program, beginnings of compilers' names, names of the C library,
    beginnings of the names of events, and folders of code that drives hardware."""

    programs: tuple[str, ...]
    compiler: tuple[str, ...]
    library: tuple[str, ...]
    events: tuple[str, ...]
    hardware: tuple[str, ...]


class Claim(Struct, frozen=True):
    """A name that a comment says is there; `kind` is function, type or constant."""

    mention: Mention
    kind: str


class _Foreign(Struct, frozen=True):
    programs: re.Pattern[str]
    compiler: tuple[str, ...]
    library: frozenset[str]
    events: tuple[bytes, ...]
    hardware: tuple[str, ...]


@cache
def _foreign() -> _Foreign:
    data = read(rules_directory() / "foreign.toml", ForeignFile)
    words = "|".join(data.programs)
    programs, events = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I), tuple(map(str.encode, data.events))
    return _Foreign(programs, data.compiler, frozenset(data.library), events, data.hardware)


def of_hardware(path: str) -> bool:
    """Whether a file is of code that drives hardware, whose documents have names of their own."""
    return path.startswith(_foreign().hardware)


def data_stamp() -> bytes:
    """The bytes of the data that claims depend on."""
    return (rules_directory() / "foreign.toml").read_bytes()


def claims(comment: Comment, names: Collection[str], *, lists: bool = False) -> Iterator[Claim]:
    """The claims of a comment about these names, in order; `lists` takes a sentence that ends in `;` for prose."""
    for mention in mentions(comment, names):
        if made_up(mention.name) or is_code(comment, mention, lists=lists):
            continue
        kind = _kind(comment, mention)
        if kind and not excused(sentence(comment, mention)):
            yield Claim(mention, kind)


def sentence(comment: Comment, mention: Mention) -> str:
    """The sentence that a name stands in, without comment marks."""
    at = mention.offset - comment.offset
    first, last = max(0, at - _LONGEST_SENTENCE), at + _LONGEST_SENTENCE
    starts = [first, *(match.end() for match in _SENTENCE_END.finditer(comment.text, first, at))]
    # what begins in the past stays there behind a semicolon
    begun = next((n for n in reversed(starts) if comment.text[n - 1 : n] != b";"), first)
    past = begun < starts[-1] and _BEGINS_IN_THE_PAST.match(comment.text[begun:at].lower())
    end = _SENTENCE_END.search(comment.text, at, last)
    text = comment.text[begun if past else starts[-1] : end.start() if end else last].decode(errors="replace")
    return " ".join(text.replace("*", " ").split())


def of_another_time(said: str) -> bool:
    """Whether a sentence speaks of the past or the future."""
    return _OTHER_TIME.search(said.lower()) is not None


def says_so(said: str, old: str, new: str) -> bool:
    """Whether a sentence calls the old name old, or says the new one as well, and not as one more of the kind."""
    if of_another_time(said):
        return True
    there = bool(new) and re.search(rf"\b{re.escape(new)}\b", said) is not None and _RELATES.search(said.lower())
    return bool(there) and not (_in_a_list(old, new, said) or _in_a_list(new, old, said))


def _in_a_list(one: str, other: str, said: str) -> bool:
    return re.search(rf"\b{re.escape(one)}{_BETWEEN}{re.escape(other)}\b", said) is not None


def excused(said: str) -> bool:
    """Whether a sentence speaks of another time, of what is not there, of where code came from, of another program."""
    lowered = said.lower()
    return any(pattern.search(lowered) for pattern in (_OTHER_TIME, _NOT_THERE, _ORIGIN, _foreign().programs))


def _kind(comment: Comment, mention: Mention) -> str:
    """What the comment says the name is; empty where it only mentions it."""
    at, name = mention.offset - comment.offset, mention.name
    before = comment.text[max(0, at - 40) : at]
    if "_" not in name.strip("_") or not (name.islower() or name.isupper()) or _CHAPTER.search(before):
        return ""
    if name[0] == "_" and before[-1:] in (b"/", b",", b")"):
        return ""
    if mention.called:
        return "function" if _is_call(comment, mention) else ""
    tagged = _TAG_BEFORE.search(before) is not None
    in_doc = comment.kind is CommentKind.DOC
    if tagged or (in_doc and before[-1:] == b"&" and not name.endswith("s")):
        return "type" if name.islower() else ""
    return "constant" if in_doc and before[-1:] == b"%" and name.isupper() else ""


def _is_call(comment: Comment, mention: Mention) -> bool:
    """Whether the parentheses are empty, or hold what an argument list may hold."""
    match = _ARGUMENTS.match(comment.text, mention.end - comment.offset)
    if match is None:
        return False
    behind = comment.text[match.end() : match.end() + 1]
    if behind in (b"_", b"[") or behind.isalnum():
        return False
    inside = match[1].decode(errors="replace").strip()
    return not inside or (behind not in (b":", b"=") and mention.name.islower() and _are_arguments(inside))


def _are_arguments(inside: str) -> bool:
    args = [arg.strip() for arg in inside.split(",")]
    plain = len(args) > 1 or " " not in inside
    return plain and all(map(_ARGUMENT.fullmatch, filter(None, args))) and any(map(_NAME_LIKE.search, args))


def is_code(comment: Comment, mention: Mention, *, lists: bool) -> bool:
    """Whether the line is code: commented out, or an example; `lists` as in `claims`: what is said aside is none."""
    at = mention.offset - comment.offset
    start, end = comment.text.rfind(b"\n", 0, at) + 1, comment.text.find(b"\n", at)
    line = comment.text[start : end if end >= 0 else len(comment.text)].decode(errors="replace")
    before = comment.text[start:at].decode(errors="replace").strip(" ").lstrip("/*").strip(" ")
    bare = line.strip().lstrip("/*").removesuffix("*/").rstrip(" *")
    ended = _STATEMENT.match(comment.text, mention.end - comment.offset)
    aside = lists and _ASIDE.search(before) is not None
    if ended is not None or (_CODE_BEFORE.search(before) is not None and not aside):
        return True
    return _CODE_END.search(bare) is not None and not (lists and _is_prose(bare))


def _is_prose(line: str) -> bool:
    """Whether a line that ends as one of code does is part of a sentence."""
    return line.endswith(";") and '"' not in line and ":" not in line and _IN_A_ROW.search(line) is not None


def made_up(name: str) -> bool:
    """Whether it stands for any name, or is one of a compiler or of another program."""
    foreign = _foreign()
    return _MADE_UP.search(name.lower()) is not None or name in foreign.library or name.startswith(foreign.compiler)


def shortened(name: str, near: bytes) -> bool:
    """Whether the code around has the same name with a word in front: comments leave a common beginning out, and one
    underscore may stand for it.  Two begin a name of their own.

    near  names of the code around in lower case, a line each
    """
    if name.startswith("__"):
        return False
    end = f"_{name.strip('_')}\n".lower().encode()
    return any(near[at - 1 : at].isalnum() and not _is_event(near, at) for at in occurrences(near, end))


def inside(name: str, near: bytes) -> bool:
    """Whether a name of the code around, which are in lower case and a line each, has this one in it."""
    return any(not _is_event(near, at) for at in occurrences(near, name.strip("_").lower().encode()))


def _is_event(near: bytes, at: int) -> bool:
    """Whether the name at this offset is made of another one, which need not be there any more."""
    return near.startswith(_foreign().events, near.rfind(b"\n", 0, at) + 1)
