"""One side of a hunk made into a text that parses, with code missing above and below.

Lines are invented before and after (their entry in `lines` is 0), half statements at both ends are blanked,
and the call `__kpatchlint_gap__();` stands where code is missing.  Assumes the column-0 rules of kernel
style: a `}` in column 0 ends a function, a `{` in column 0 opens its body, another word in column 0 begins
a declaration unless it is a label.  Example: the two lines `x();` `}` of a hunk with the heading `int
f(void)` become

    void f(void)
    {
    __kpatchlint_gap__();
        x();
    }
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.arms import groups
from kpatchlint.c.body import GAP, Body, closing, opening, wraps
from kpatchlint.c.lexical import blank, nesting, skeleton
from kpatchlint.regex import regex
from kpatchlint.source import Source

# A fragment beyond these is only wrapped in a function, so that `parse` refuses and reports it.
MAX_FRAGMENT = 256 << 10
MAX_NESTING = 60

_COMMENT = regex(rb"/\*|\*/")
_STAR_LINE = regex(rb"[ \t]*\*(?:[ \t]|$)")
_LABEL = regex(rb"\w+\s*:(?!:)")
_DEFINE = regex(rb"(\w*DEFINE\w*)\s*\(\s*(\w+)")
_NAME = regex(rb"(\w+)\s*\(")
# annotations that stand on a line of their own, below the line with the name
_ANNOTATED = regex(rb"(?:__\w+[ \t]*\((?!void\))[\w.&*>-]*\)\s*)+")
_DATA = regex(rb"=|\b(?:struct|union|enum)\b")
_TYPELESS = regex(rb"\w+[ \t]*\(")
_TOP = regex(rb"^[A-Za-z_{}](?!\w*\s*:)", re.M)
_LOCAL_END = regex(rb"^[ \t]+\};", re.M)
_FIELD = regex(rb"[ \t]*(?:\.\w+[ \t]*=|\[[^\]]*\][ \t]*=|\{.*\},?$)")


class Mark(Struct, frozen=True):
    """A line that says where the top level is: `kind` is `end`, `open` or `top`; an `open` begins or ends in `{`."""

    kind: str
    start: int
    stop: int


def complete(source: Source) -> Source:
    """The fragment with what it lacks invented; a complete source comes back as it is."""
    if source.complete:
        return source
    text = bytearray(source.text if source.text.endswith(b"\n") else source.text + b"\n")
    _open_comments(text)
    _open_macro(text)
    code = bytearray(skeleton(bytes(text)).code)
    if len(text) > MAX_FRAGMENT or nesting(bytes(code)) > MAX_NESTING:
        return _assemble(source, bytes(text), [*_head(source.heading), GAP], ["}"])
    _open_arms(text)
    code = bytearray(skeleton(bytes(text)).code)
    before, after = _Fragment(text, code, source.heading).run()
    return _assemble(source, bytes(text), before, after)


def heading_name(heading: str) -> str:
    """The function a hunk's heading speaks of, or `unknown`."""
    line = heading.encode()
    found = _DEFINE.match(line)
    if found:
        return found[2].decode()
    name = None if _ANNOTATED.fullmatch(line) else _NAME.search(line)
    return name[1].decode() if name else "unknown"


def _is_data(head: bytes) -> bool:
    """Whether a head, perhaps cut off on the right, is that of a type or of an initialiser."""
    before, parenthesis, _ = head.partition(b"(")
    return b"=" in before or (not parenthesis and _DATA.search(before) is not None)


def _head(heading: str) -> list[str]:
    return [f"void {heading_name(heading)}(void)", "{"]


def _open_comments(text: bytearray) -> None:
    """Blank the end of a comment that began above, and the beginning of one that goes on below."""
    first = _COMMENT.search(text)
    if first is not None and first[0] == b"*/":
        blank(text, 0, first.end())
    else:
        _star_lines(text)
    last = text.rfind(b"/*")
    if last >= 0 and text.find(b"*/", last + 2) < 0 and not skeleton(bytes(text)).code[last:].strip():
        blank(text, last, len(text))


def _star_lines(text: bytearray) -> None:
    """Blank leading lines like those in a comment (a statement has no space behind its star)."""
    at = 0
    while at < len(text):
        end = text.index(b"\n", at) + 1
        line = bytes(text[at : end - 1])
        if not _STAR_LINE.match(line) and line.strip():
            return
        blank(text, at, end)
        at = end


def _open_macro(text: bytearray) -> None:
    """Blank leading lines of a macro that began above: they end in a backslash."""
    at = 0
    while at < len(text):
        end = text.index(b"\n", at) + 1
        line = bytes(text[at:end]).strip()
        if not line.endswith(b"\\") or line.startswith(b"#"):
            break
        at = end
    if at:
        blank(text, 0, min(len(text), text.find(b"\n", at) + 1 or len(text)))


def _open_arms(text: bytearray) -> None:
    """Of an `#if` that began above or ends below only the first arm stays, without its directives.

    Where the arms hold definitions rather than statements all of them stay.
    """
    shape = skeleton(bytes(text))
    ends = {directive.start: directive.end for directive in shape.directives}
    for closed in groups(shape.directives, 0, len(text)):
        group = closed.group
        if group.opening is not None and closed.end < len(text):
            continue
        later = group.arms[1:]
        if any(_TOP.search(shape.code, start, end) for start, end in later):
            later = []
        for start, end in later:
            blank(text, start, end)
        for start in (group.start, *(end for _, end in group.arms)):
            blank(text, start, ends.get(start, start))


class _Fragment:
    """One completion in progress."""

    def __init__(self, text: bytearray, code: bytearray, heading: str) -> None:
        self.text, self.code, self.heading = text, code, heading
        self.marks = list(_marks(bytes(code)))

    def run(self) -> tuple[list[str], list[str]]:
        """The lines to invent before and after; half statements are blanked on the way."""
        if not self.marks:
            return self._inside() if self._is_body() else self._nothing(0, len(self.text))
        before = self._above(self.marks[0])
        return before, self._below()

    def _is_body(self) -> bool:
        first = next((line for line in self.code.splitlines() if line.strip()), b"")
        if not first or _is_data(self.heading.encode()):
            return False
        if _FIELD.match(first) and not _LOCAL_END.search(self.code):
            return False
        return first[:1] in (b" ", b"\t") or _LABEL.match(first) is not None

    def _nothing(self, start: int, end: int) -> tuple[list[str], list[str]]:
        blank(self.text, start, end)
        blank(self.code, start, end)
        return [], []

    def _inside(self) -> tuple[list[str], list[str]]:
        """Both ends are missing."""
        body = Body(self.text, self.code, 0, len(self.text))
        first = opening(body)
        around = wraps(body)
        last = closing(body)
        before = [*_head(self.heading), first[0], *around, *([GAP] if around else []), *first[1:]]
        return before, [*last, *[" }", GAP] * len(around), "}"]

    def _above(self, mark: Mark) -> list[str]:
        """What stands before the first line of the top level."""
        if mark.kind == "top":
            self._nothing(0, mark.start)
            return ["void"] if _TYPELESS.match(self.code, mark.start) else []
        if mark.kind == "open":
            lines = bool(self.code[: mark.start].strip())
            self._nothing(0, mark.start)
            return _head(self.heading)[:1] if lines or self.heading else ["void unknown(void)"]
        line = bytes(self.code[mark.start + 1 : mark.stop]).strip()
        if line:
            self._nothing(0, mark.stop)
            return []
        body = Body(self.text, self.code, 0, mark.start)
        return [*_head(self.heading), *opening(body)]

    def _below(self) -> list[str]:
        """What stands behind the last line of the top level."""
        last = self.marks[-1]
        if last.kind == "open":
            return self._cut_body(last)
        tops = [m for m in self.marks if m.kind == "top"]
        if last.kind == "top" and tops:
            self._cut_declaration(tops)
        return []

    def _cut_body(self, mark: Mark) -> list[str]:
        """A body goes on below: close it, or take it out when it is that of a type or an initialiser."""
        brace = mark.start if self.code[mark.start] == 0x7B else mark.stop - 1
        begin = self._declaration(brace)
        head = bytes(self.code[begin:brace])
        if _is_data(head):
            self._nothing(begin, len(self.text))
            return []
        body = Body(self.text, self.code, brace + 1, len(self.text))
        opening(body)
        return [*closing(body), "}"]

    def _declaration(self, at: int) -> int:
        """Where the declaration begins that `at` belongs to: the first word in column 0 behind `;` or `}`."""
        stop = max(self.code.rfind(b";", 0, at), self.code.rfind(b"}", 0, at)) + 1
        return next((m.start for m in self.marks if m.kind == "top" and m.start >= stop), stop)

    def _cut_declaration(self, tops: list[Mark]) -> None:
        """Take out a declaration at the top level that goes on below."""
        stop = max(self.code.rfind(b";"), self.code.rfind(b"}")) + 1
        rest = [m for m in tops if m.start >= stop]
        if rest:
            self._nothing(rest[0].start, len(self.text))


def _marks(code: bytes) -> Iterator[Mark]:
    """The marks in order; between an `open` and its `end` nothing is at the top level."""
    inside = False
    for mark in _candidates(code):
        if inside and mark.kind != "end":
            continue
        inside = mark.kind == "open"
        yield mark


def _candidates(code: bytes) -> Iterator[Mark]:
    at = 0
    while at < len(code):
        end = code.index(b"\n", at)
        line = code[at:end].rstrip()
        if line[:1] == b"}" and not line.endswith(b"{"):
            yield Mark("end", at, end)
        elif line[:1] == b"{":
            yield Mark("open" if line.count(b"{") > line.count(b"}") else "end", at, end)
        elif line[:1].isalpha() or line[:1] == b"_":
            yield from _top(line, at)
        at = end + 1


def _top(line: bytes, at: int) -> Iterator[Mark]:
    if not _LABEL.match(line):
        yield Mark("top", at, at + len(line))
        if line.endswith(b"{"):
            yield Mark("open", at, at + len(line))


def _assemble(source: Source, text: bytes, before: list[str], after: list[str]) -> Source:
    count = text.count(b"\n")
    lines = source.lines or tuple(range(1, count + 1))
    shift, more = (0,) * len(before), (0,) * len(after)
    touched = source.touched
    return replace(
        source,
        text=b"".join(
            [*(f"{line}\n".encode() for line in before), text, *(f"{line}\n".encode() for line in after)]
        ),
        lines=(*shift, *lines, *more),
        mail_lines=(*shift, *source.mail_lines, *more) if source.mail_lines else (),
        touched=frozenset(t + len(before) for t in touched) if touched is not None else None,
    )
