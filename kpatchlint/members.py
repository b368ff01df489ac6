"""Members that a comment names by a variable of its function, and that the variable's structure does not have.

Read off the text.  Assumptions: kernel style, where a structure ends at a brace in the first column; one that is
defined in the same file has the members that are written in it, unless a macro writes more.  Example: where the comment
is new, and struct pool has no member that is called lock,

    static void fill(struct pool *pool)
    {
            read_lock(&pool->migrate_lock);         // pool->lock keeps the object where it is
"""

import re
from collections.abc import Iterator

from kpatchlint.c.comments import Comment, Mention, comments
from kpatchlint.claim import of_another_time, sentence
from kpatchlint.leftover import functions
from kpatchlint.patch.change import Change
from kpatchlint.reference import code_of
from kpatchlint.regex import regex
from kpatchlint.source import Source

_THROUGH = regex(rb"(?<![\w@.>-])([a-z]\w*)->([a-z]\w*)\b(?!\*|[ \t]*=[^=])")
_STRUCT = rb"\bstruct[ \t]+(\w+)[ \t*\n]+(?:\w+[ \t]*,[ \t*]*)*%b\b"
_BODY = rb"^(?:static[ \t]+)?struct[ \t]+%b[ \t]*\{(.*?)^\}"
_WORD = regex(rb"\w+")
# a macro that writes members, and a structure without a name of its own that is written elsewhere
_MORE = regex(rb"\b[A-Z][A-Z\d_]*\(|\b(?:struct|union)[ \t]+\w+[ \t]*;")


def missing_members(change: Change) -> Iterator[tuple[Comment, Mention]]:
    """What the comments that the patch writes name so; the mention is that of the whole, `pool->lock`."""
    before, after = change.before, change.after
    if before is None or after is None or not after.complete:
        return
    rows = (span for row in sorted(after.touched or ()) if (span := after.span(row)))
    spans = [span for span in rows if b"->" in after.text[slice(*span)]]
    inside = functions(after.text).values() if spans else ()
    for comment in comments(after.text) if spans else ():
        if any(start < comment.end and comment.offset < end for start, end in spans):
            own = next(((start, end) for start, end in inside if start <= comment.offset < end), None)
            new = comment.text not in before.text
            yield from ((comment, mention) for mention in _missing(comment, after, *own)) if own and new else ()


def _missing(comment: Comment, after: Source, start: int, end: int) -> Iterator[Mention]:
    code = code_of(after.text[start:end])
    for match in _THROUGH.finditer(comment.text):
        kinds = set(re.findall(_STRUCT % match[1], code))
        if len(kinds) == 1 and _lacks(after.text, kinds.pop(), match[2]):
            at = comment.offset + match.start()
            mention = Mention(match[0].decode(), at, at + len(match[0]), called=False)
            if not of_another_time(sentence(comment, mention)):
                yield mention


def _lacks(text: bytes, kind: bytes, member: bytes) -> bool:
    """Whether the text defines the structure, and says nothing in it that may be the member."""
    bodies = re.findall(_BODY % kind, text, re.M | re.S)
    if len(bodies) != 1:
        return False
    body = code_of(bodies[0])
    return member not in _WORD.findall(body) and _MORE.search(body) is None
