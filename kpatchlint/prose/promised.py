"""What a comment says that the function below returns, and whether its text can be otherwise at all.

Assumption: a sentence that begins with it, or a line with a capital, is about the function.  Example: of

    /* Returns 0 on success, a negative error number otherwise. */
    static int fill(struct a *a)

the sort is `negative`; that is doubted where the function returns a pointer, or something in it is given a number.
"""

import re
from collections.abc import Iterator

from kpatchlint.c.comments import Comment
from kpatchlint.prose.claims import Saying, Sort, Wordings, in_place, sentence
from kpatchlint.regex import regex

# types that cannot hold what is said, whatever is returned; `value` is any but these
UNFIT: dict[Sort, frozenset[str]] = {
    "value": frozenset(("void",)),
    "negative": frozenset(("bool", "*")),
    "truth": frozenset(),
    "nothing": frozenset(("bool", "*", "value")),
}
# constants of another sort
FOREIGN: dict[Sort, re.Pattern[str]] = {
    "negative": regex(r"[1-9]\d*|true"),
    "truth": regex(r"-E[A-Z]\w*"),
}
_GIVEN: dict[Sort, re.Pattern[bytes]] = {
    "negative": regex(rb"(?:\breturn|=)\s*(?:[1-9]\d*|true)\b"),
    "truth": regex(rb"\breturn\s+-E"),
}
_NO_TYPE = regex(rb"^[ \t]*#[^\n]*|/\*.*?\*/|//[^\n]*", re.M | re.S)
_HEAD = regex(rb"([^;{}()]*)\b(\w+)\s*\(")
_BODY_END = b"\n}"


def promised(comment: Comment, wordings: Wordings) -> Iterator[tuple[Sort, re.Match[str]]]:
    """What the comment says is returned, and the words that say so, which nothing else in it takes back."""
    for data in wordings.file.returned:
        said = first_said(comment, data, wordings)
        if said is not None:
            yield data.sort, said


def listed(comment: Comment, wordings: Wordings) -> re.Match[str] | None:
    """The words with which a list of the errors that are returned begins, as far as the first; None where none is
    whole."""
    if b"-E" not in comment.text:
        return None
    prose, data = in_place(comment), wordings.file.listed
    found = (match for text in data.patterns for match in wordings.pattern(text).finditer(prose))
    said = next((match for match in found if _heads(match, prose) or ":" in match[0]), None)
    rest = prose[said.start() :].lower() if said is not None else ""
    return None if any(word.lower() in rest for word in data.taken_back) else said


def spares(comment: Comment, wordings: Wordings) -> bool:
    """Whether it says what is returned instead of a pointer, and speaks of one of the two alone."""
    kinds = wordings.file.instead
    return any(first_said(comment, data, wordings) is not None for data in (kinds.null, kinds.error))


def doubtful(sort: Sort, text: bytes, start: int) -> bool:
    """Whether the function behind the offset may return something of another sort: cheaper than to parse it."""
    given = _GIVEN.get(sort)
    end = text.find(_BODY_END, start)
    foreign = given is not None and given.search(text, start, end if end >= 0 else len(text)) is not None
    return foreign or kind_returned(text, start) in UNFIT[sort]


def kind_returned(text: bytes, start: int, name: str = "") -> str:
    """`void`, `bool` or `*` as what stands behind the offset is declared to return it, `value` for anything else.

    name  under which it is declared; empty for any

    Empty where it is not told.
    """
    head = _HEAD.match(text, start)
    if head is None or (name and head[2] != name.encode()):
        return ""
    declared = _NO_TYPE.sub(b"", head[1])
    words = declared.split()
    if b"*" in declared:
        return "*"
    return next((kind for kind in ("void", "bool") if kind.encode() in words), "value" if words else "")


def first_said(comment: Comment, data: Saying, wordings: Wordings) -> re.Match[str] | None:
    """The first words at the head of a sentence that say it, where no other word of the comment takes it back."""
    small = comment.text.lower()
    patterns = [text for text in data.patterns if wordings.possible(text, small)]
    if not patterns or any(word.encode() in comment.text for word in data.taken_back):
        return None
    prose = in_place(comment)
    found = (match for text in patterns for match in wordings.pattern(text).finditer(prose))
    return next((match for match in found if _heads(match, prose)), None)


def _heads(said: re.Match[str], prose: str) -> bool:
    """Whether a sentence begins with it, or a line with a capital: elsewhere it may be said of something else."""
    if not prose[sentence(prose, said.start(), said.end())[0] : said.start()].strip():
        return True
    line = prose[prose.rfind("\n", 0, said.start()) + 1 : said.start()]
    return not line.strip() and not said[0][0].islower()
