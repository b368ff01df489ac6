"""Macros of a file that only stand for calls: what a call of one is, instead of a call of a function nobody knows.

A body is one call, or several as statements, perhaps in `do { } while (0)`, none of them nested.  What is written there
stands where the macro is called, so positions and sites are those of the call.  Assumes that other macros compute.
Example: with `#define drop(m) pte_unmap_unlock((m)->pte, (m)->ptl)` the call `drop(&x)` is one of pte_unmap_unlock().
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct
from tree_sitter import Node

from kpatchlint.c.bounded import BoundedParser
from kpatchlint.regex import regex
from kpatchlint.source import occurrences

_DEFINE = regex(rb"#[ \t]*define[ \t]+(\w+)\(([\w \t,]*)\)((?:[^\n\\]|\\\n|\\.)*)")
_COMMENT = regex(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
_LOOP = regex(r"do\s*\{(.*)\}\s*while\s*\(\s*0\s*\)", re.DOTALL)
_GROUP = regex(r"\(\{(.*)\}\)", re.DOTALL)
_CALL = regex(r"(\w+)\s*\(((?:[^();#=]|->|\((?:[^();#=]|->)*\))*)\)")
_NESTED = regex(r"\w\s*\(")
_WORD = regex(r"\b[A-Za-z_]\w*\b")
_HEAD = b"int f(){"


class Macro(Struct, frozen=True):
    """Its parameters, and the calls it stands for."""

    parameters: tuple[str, ...]
    calls: tuple[str, ...]


def file_macros(text: bytes, known: Collection[bytes]) -> dict[str, Macro]:
    """The macros that the file defines once, and that stand for calls of which one is `known`."""
    found: dict[str, Macro | None] = {}
    for name, parameters, body in _defines(text):
        macro = None if name in known else _read(parameters, body, known)
        found[name.decode()] = None if name.decode() in found else macro
    return {name: macro for name, macro in found.items() if macro is not None}


def _defines(text: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Name, parameters and body of each, in order; few lines begin with a `#`, and the others are not looked at."""
    end = 0
    for at in occurrences(b"\n" + text, b"\n#"):
        found = _DEFINE.match(text, at) if at >= end else None
        if found:
            end = found.end()
            yield found[1], found[2], found[3]


def _read(parameters: bytes, body: bytes, known: Collection[bytes]) -> Macro | None:
    text = _COMMENT.sub(b"", body).replace(b"\\\n", b" ").decode(errors="replace").strip()
    inner = _LOOP.fullmatch(text) or _GROUP.fullmatch(text)
    calls = [part.strip() for part in (inner[1] if inner else text).split(";")]
    read = [_CALL.fullmatch(call) for call in calls if call]
    names = [call[1].encode() for call in read if call and not _NESTED.search(call[2])]
    if len(names) < len(read) or not any(name in known for name in names):
        return None
    own = tuple(word.strip() for word in parameters.decode().split(",") if word.strip())
    return Macro(own, tuple(call for call in calls if call))


def expanded(macros: Mapping[str, Macro], name: str, arguments: Sequence[str], at: int, end: int) -> list[Node]:
    """The calls that a call of macro `name` stands for, each at an offset of its own in it; [] where it is none."""
    macro = macros.get(name)
    if macro is None or len(macro.parameters) != len(arguments):
        return []
    if at < len(_HEAD) or len(macro.calls) > end - at or any(_NESTED.search(argument) for argument in arguments):
        return []
    given = dict(zip(macro.parameters, arguments, strict=True))
    texts = (_WORD.sub(lambda word: given.get(word[0], word[0]), call) for call in macro.calls)
    nodes = [_parsed(text, at + number) for number, text in enumerate(texts)]
    return [node for node in nodes if node is not None] if None not in nodes else []


def _parsed(call: str, at: int) -> Node | None:
    text = b" " * (at - len(_HEAD)) + _HEAD + call.encode() + b";}"
    root = BoundedParser().tree(text, at - len(_HEAD), len(text))
    node: Node | None = None if root.has_error else root.descendant_for_byte_range(at, at + len(call.encode()))
    return node if node is not None and node.type == "call_expression" else None
