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
from functools import cached_property

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


class DocParameter(Struct, frozen=True, dict=True):
    """One `@name:` of a kernel-doc: where its `@` stands, and what is written, with all continuation lines."""

    offset: int
    end: int
    written: bytes

    @cached_property
    def text(self) -> str:
        """What is written, as prose."""
        return plain(self.written)


class KernelDoc(Struct, frozen=True, dict=True):
    """A kernel-doc comment; `name` is empty when its first line is not in the text.

    kind  `function` or the word before the name (`struct`, `DOC`, ...)
    rest  all that describes no parameter, as it is written
    """

    name: str
    kind: str
    params: Mapping[str, DocParameter]
    rest: tuple[bytes, ...]

    @cached_property
    def body(self) -> str:
        """The rest, as prose, a paragraph a line."""
        paragraphs = (plain(part) for piece in self.rest for part in _PARAGRAPH_END.split(piece))
        return "\n".join(paragraph for paragraph in paragraphs if paragraph)


def kernel_doc(comment: Comment) -> KernelDoc | None:
    """The kernel-doc that `comment` holds; None for other comments and for a `/**` without a title."""
    if comment.kind is not CommentKind.DOC:
        return None
    title = _TITLE.match(comment.text)
    if title is None and comment.text.startswith(b"/*"):
        return None
    params, rest = _parameters(comment)
    if title is None:
        return KernelDoc("", "function", params, rest)
    return KernelDoc(title[2].decode(), (title[1] or b"function").decode().rstrip(":"), params, rest)


def _parameters(comment: Comment) -> tuple[dict[str, DocParameter], tuple[bytes, ...]]:
    text, params, rest, at = comment.text, dict[str, DocParameter](), list[bytes](), 0
    for match in PARAMETER_LINE.finditer(text):
        end = _parameter_end(text, match.end())
        rest.append(text[at : match.start()])
        start = comment.offset + match.start(1) - 1
        described = DocParameter(start, comment.offset + end, text[match.end() : end])
        params.setdefault(match[1].decode(), described)
        at = end
    return params, (*rest, text[at:])


def _parameter_end(text: bytes, start: int) -> int:
    """A parameter's text goes on to the next parameter, section or empty line."""
    line_end = text.find(b"\n", start)
    if line_end < 0:
        return len(text)
    end = _PARAMETER_END.search(text, line_end + 1)
    return end.start() if end else len(text)
