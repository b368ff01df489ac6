"""One function body that is cut off above, below or both: what must be invented around it so that it parses.

Computed on the skeleton of the part that is there.  Assumes kernel code: what an unmatched `}` closed is
guessed from what follows it (`else`, `while`) and from what stands before it (`case`, `break`).  Example:
for `x(); } else { y();` the opening is an `if` with a gap in it, the closing a gap and `}`.
"""

import re

from msgspec import Struct, field

from kpatchlint.c.lexical import blank
from kpatchlint.regex import regex

GAP = "__kpatchlint_gap__();"
UNKNOWN = "__kpatchlint_unknown__"

_TOKEN = regex(rb"[{}();]|\b(?:case|default|break|continue)\b")
_HEADER = regex(rb"\s*(?:else\b\s*)?(?:if|while|for|switch|\w*for_?each\w*)\s*\(|\s*else\s*\Z")
_ELSE_VALUE = regex(rb"\s*+(?!case\b|default\b|[A-Za-z_]\w*\s*:)[^;{}?:]*:(?!:)")
# A statement without a head of its own, and an `else` behind it.
_GOVERNED = regex(rb"(?!\s*(?:if|for|while|switch|do)\b)[^;{}]*;\s*else\b")
# One statement, and the statement below it, unless that is a label, a `case` or the end of the block.
_FIRST_TWO = regex(
    rb"\s*?^(?P<first>[ \t]+)(?!(?:if|for|while|switch|do|else|case|default)\b)\w[^;{}:]*;[ \t]*\n\s*?"
    rb"^(?P<next>[ \t]*)(?!(?:case|default)\b|\w+[ \t]*:|#)\w",
    re.M,
)
_LOOP = regex(rb"\b(?:for|while|switch|do|\w*for_?each\w*)\b")
_OPERATOR = regex(rb"\s*+(?:&&|\|\||->|[=/%|^?:.,<>]|[-+*&](?![-+\w&*(]))")
_DATA_OPENER = regex(rb"[=,({\]]\s*\Z|[=,(]\s*&?\([^()]*\)\s*\Z|\b(?:struct|union|enum)\s+\w*\s*\Z")


class Level(Struct):
    """One block that was open above the part: what belongs to it, and what follows its `}`."""

    cases: bool = False
    breaks: bool = False
    continues: bool = False
    follows: bytes = b""

    def opener(self, outer: "Level") -> str:
        """The statement that may have opened the block; jumps it does not catch are passed to `outer`."""
        if self.follows == b"while":
            return "do {"
        if self.cases:
            outer.continues |= self.continues
            return f"switch ({UNKNOWN}) {{"
        if self.follows != b"else" and (self.breaks or self.continues):
            return f"while ({UNKNOWN}) {{"
        outer.breaks |= self.breaks
        outer.continues |= self.continues
        return f"if ({UNKNOWN}) {{"


class Body(Struct):
    """A part of a body: `text` and `code` are edited in place within `start` and `end`."""

    text: bytearray
    code: bytearray
    start: int
    end: int
    levels: list[Level] = field(default_factory=lambda: [Level()])
    open: list[int] = []
    heads: list[bytes] = []

    def blank(self, start: int, end: int) -> None:
        """Take a half statement out; what is left keeps its place."""
        blank(self.text, start, end)
        blank(self.code, start, end)

    def piece(self, start: int, end: int) -> bytes:
        """A piece of the skeleton."""
        return bytes(self.code[start:end])


def opening(body: Body) -> list[str]:
    """The lines to put above a body that is cut off above, up to its first real line."""
    lead = _lead(body)
    _scan(body)
    first = body.piece(body.start, body.end).lstrip()
    openers = [level.opener(body.levels[index + 1]) for index, level in enumerate(body.levels[:-1])]
    # code is missing in every block: what a loop begins with stands above the part
    lines = [GAP, *(line for opener in reversed(openers) for line in (opener, GAP))]
    if re.match(rb"else\b", first) and not lead:
        return [*lines, f"if ({UNKNOWN})", GAP]
    if not lead and (_GOVERNED.match(first) or _indented(body)):
        lead = [f"if ({UNKNOWN})"]
    return [*lines, *lead]


def _indented(body: Body) -> bool:
    """Whether the first statement stands further right than the next: a head above the part decides about it."""
    found = _FIRST_TWO.match(body.code, body.start, body.end)
    return found is not None and len(found["first"].expandtabs(8)) > len(found["next"].expandtabs(8))


def wraps(body: Body) -> list[str]:
    """Statements that must stand around a body whose own jumps and cases belong to something above it."""
    outer = body.levels[-1]
    found = [f"while ({UNKNOWN}) {{"] if outer.continues or (outer.breaks and not outer.cases) else []
    return [*found, *([f"switch ({UNKNOWN}) {{"] if outer.cases else [])]


def closing(body: Body) -> list[str]:
    """The lines to put below a body that is cut off below, without the function's own `}`.

    None begins in column 0, where it would end the function.
    """
    rest = _tail(body)
    lines = [GAP, GAP] if rest else [GAP]
    for opener in reversed(body.open):
        is_do = re.search(rb"\bdo\s*\Z", body.piece(max(body.start, opener - 40), opener))
        lines += [f" }} while ({UNKNOWN});" if is_do else " }", GAP]
    return lines


def _lead(body: Body) -> list[str]:
    """Take out the end of a statement that began above; what it governs gets a head of its own."""
    cut = _unmatched(body)
    if cut < 0:
        if any(form.match(body.code, body.start, body.end) for form in (_OPERATOR, _ELSE_VALUE)):
            body.blank(body.start, _semicolon(body, body.start))
        return []
    after = re.compile(rb"\S").search(body.code, cut, body.end)
    body.blank(body.start, cut)
    if after is None:
        return []
    if after[0] == b"{":
        return [_header(body, after.start())]
    if after[0] == b";" or _OPERATOR.match(body.code, after.start(), body.end):
        body.blank(cut, _semicolon(body, cut))
        return []
    return [f"if ({UNKNOWN})"]


def _header(body: Body, opener: int) -> str:
    """The head of a block whose condition was cut in two."""
    closer = _matching(body, opener)
    block = body.piece(opener, closer)
    if re.match(rb"\}\s*else\b", body.code[closer - 1 : body.end]):
        return f"if ({UNKNOWN})"
    if re.search(rb"\bcase\b", block):
        return f"switch ({UNKNOWN})"
    return f"while ({UNKNOWN})" if re.search(rb"\b(?:break|continue)\b", block) else f"if ({UNKNOWN})"


def _matching(body: Body, opener: int) -> int:
    depth = 0
    for brace in re.finditer(rb"[{}]", body.code[opener : body.end]):
        depth += 1 if brace[0] == b"{" else -1
        if depth == 0:
            return opener + brace.end()
    return body.end


def _unmatched(body: Body) -> int:
    """The byte behind the last `)` that closes a parenthesis opened above the part, or -1."""
    depth, cut = 0, -1
    for token in re.finditer(rb"[(){}]", body.code[body.start : body.end]):
        if token[0] in b"{}":
            break
        depth += 1 if token[0] == b"(" else -1
        if depth < 0:
            depth, cut = 0, body.start + token.end()
    return cut


def _semicolon(body: Body, at: int) -> int:
    """The byte behind the next `;`, or the next brace."""
    found = re.compile(rb"[;{}]").search(body.code, at, body.end)
    if found is None:
        return body.end
    return found.end() if found[0] == b";" else found.start()


def _scan(body: Body) -> None:
    """Find the blocks opened above the part (`levels`) and those still open at its end (`open`)."""
    statement = body.start
    for token in _TOKEN.finditer(body.piece(0, body.end), body.start):
        word = token[0]
        if word == b"}" and body.open:
            body.open.pop()
            body.heads.pop()
        elif word == b"}":
            _unmatched_brace(body, token.end())
        elif word == b"{":
            body.open.append(token.start())
            body.heads.append(_head(body, token.start()))
        elif word not in b"();":
            _jump(body, word, statement, token.start())
        if word in b"{};":
            statement = token.end()


def _unmatched_brace(body: Body, end: int) -> None:
    after = re.match(rb"\s*(\w+|.|\Z)", body.piece(end, body.end))
    follows = after[1] if after else b""
    if follows in (b";", b",", b")"):
        body.blank(body.start, _semicolon(body, end))
        body.levels[:] = [Level()]
        return
    if follows == b"while" and not _ends_do(body, end):
        follows = b""
    body.levels[-1].follows = follows if follows in (b"else", b"while") else b""
    body.levels.append(Level())


def _ends_do(body: Body, end: int) -> bool:
    """Whether the `while (...)` at `end` has no body of its own."""
    depth = 0
    for token in re.finditer(rb"[()]", body.code[end : body.end]):
        depth += 1 if token[0] == b"(" else -1
        if depth == 0:
            return body.piece(end + token.end(), body.end).lstrip()[:1] in (b";", b"")
    return True


def _jump(body: Body, word: bytes, statement: int, at: int) -> None:
    """Give a `case` or a jump that nothing in the part catches to the innermost block opened above."""
    heads = body.heads
    level = body.levels[-1]
    if word in (b"case", b"default"):
        level.cases |= not any(b"switch" in head for head in heads)
    elif not any(_LOOP.search(head) for head in [*heads, body.piece(statement, at)]):
        level.breaks |= word == b"break"
        level.continues |= word == b"continue"
    elif word == b"continue" and not any(_LOOP.search(head.replace(b"switch", b"")) for head in heads):
        level.continues |= not _LOOP.search(body.piece(statement, at))


def _head(body: Body, opener: int) -> bytes:
    """The statement before a `{`: back to the last `;` outside parentheses, `{` or `}`."""
    depth = 0
    for at in range(opener - 1, body.start - 1, -1):
        byte = body.code[at]
        depth += (byte == 0x29) - (byte == 0x28)
        if byte in (0x7B, 0x7D) or (byte == 0x3B and depth <= 0):
            return body.piece(at + 1, opener)
    return body.piece(body.start, opener)


def _tail(body: Body) -> bool:
    """Take out a statement that goes on below; true when a head without its statement stays."""
    for index, opener in enumerate(body.open):
        head = _head(body, opener)
        if _DATA_OPENER.search(head) and not _HEADER.match(head):
            del body.open[index:]
            body.blank(opener - len(head), body.end)
            return False
    cut = _unclosed(body)
    begin = cut - len(_head(body, cut))
    rest = body.piece(begin, body.end)
    stripped = rest.strip()
    if not stripped or stripped.endswith(b":"):
        return False
    if cut == body.end and _HEADER.match(rest) and (stripped.endswith((b")", b"else"))):
        return True
    body.blank(begin, body.end)
    return False


def _unclosed(body: Body) -> int:
    """The offset of the first parenthesis that is still open at the end of the part, or its end."""
    stack: list[int] = []
    for token in re.finditer(rb"[(){}]", body.code[body.start : body.end]):
        if token[0] in b"{}":
            stack.clear()
        elif token[0] == b"(":
            stack.append(body.start + token.start())
        elif stack:
            stack.pop()
    return stack[0] if stack else body.end
