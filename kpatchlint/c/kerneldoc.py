"""What a kernel-doc comment says: of which function, of which parameters, and the rest.

Read as `scripts/kernel-doc` reads it: the first line names the function, `@name:` at the start of a line describes a
parameter up to the next `@`, section or empty line.  Example: of

    /**
     * wait_for() - wait for an entry
     * @ptep: mapped pte,
     *        unmapped on return
     */

name is "wait_for", and the text of `ptep` is "mapped pte, unmapped on return".
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from kpatchlint.c.comments import PARAMETER_LINE, Comment, CommentKind, plain
from kpatchlint.regex import regex

_SECTION_LINE = regex(
    rb"^[ \t]*\*[ \t]*(?:Context|Returns?|Notes?|Examples?|Locking|Description)[ \t]*:", re.M | re.I
)
_BLANK_LINE = regex(rb"^[ \t]*\*?[ \t]*$", re.M)
_PARAGRAPH_END = regex(_BLANK_LINE.pattern + rb"|(?=" + _SECTION_LINE.pattern + rb")", re.M | re.I)
_PARAMETER_END = regex(
    b"|".join(pattern.pattern for pattern in (PARAMETER_LINE, _SECTION_LINE, _BLANK_LINE)), re.M | re.I
)
_TITLE = regex(
    rb"/\*\*\s*(?:\*[ \t]*)?(?:(struct|union|enum|typedef|define|DOC:?)\s+)?"
    rb"(\w+)(?:\([^)\n]*\))?[ \t]*(?:[-:]|\n)"
)


class DocParameter(Struct, frozen=True):
    """One `@name:` of a kernel-doc: where its `@` stands, and its text with all continuation lines."""

    offset: int
    end: int
    text: str


class KernelDoc(Struct, frozen=True):
    """A kernel-doc comment; `name` is empty when its first line is not in the text.

    kind is `function` or the word before the name (`struct`, `DOC`, ...); body is all
    that describes no parameter, a paragraph a line.
    """

    name: str
    kind: str
    params: Mapping[str, DocParameter]
    body: str


def kernel_doc(comment: Comment) -> KernelDoc | None:
    """The kernel-doc that `comment` holds; None for other comments and for a `/**` without a title."""
    if comment.kind is not CommentKind.DOC:
        return None
    title = _TITLE.match(comment.text)
    if title is None and comment.text.startswith(b"/*"):
        return None
    params, body = _parameters(comment)
    if title is None:
        return KernelDoc("", "function", params, body)
    return KernelDoc(title[2].decode(), (title[1] or b"function").decode().rstrip(":"), params, body)


def _parameters(comment: Comment) -> tuple[dict[str, DocParameter], str]:
    text, params, body, at = comment.text, dict[str, DocParameter](), list[bytes](), 0
    for match in PARAMETER_LINE.finditer(text):
        end = _parameter_end(text, match.end())
        body.append(text[at : match.start()])
        start = comment.offset + match.start(1) - 1
        described = DocParameter(start, comment.offset + end, plain(text[match.end() : end]))
        params.setdefault(match[1].decode(), described)
        at = end
    body.append(text[at:])
    paragraphs = (plain(part) for piece in body for part in _PARAGRAPH_END.split(piece))
    return params, "\n".join(paragraph for paragraph in paragraphs if paragraph)


def _parameter_end(text: bytes, start: int) -> int:
    """A parameter's text goes on to the next parameter, section or empty line."""
    line_end = text.find(b"\n", start)
    if line_end < 0:
        return len(text)
    end = _PARAMETER_END.search(text, line_end + 1)
    return end.start() if end else len(text)
