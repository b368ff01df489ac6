"""Names that the preprocessor builds with `##`, and the assembler with `\\name`.

A macro is kept as what it pastes and which macros it calls in turn; a call at file scope, or in the body of a macro
that lists things, starts the expansion.  Assumption: what is pasted to name a function stands at file scope; arguments
are not expanded before they are pasted, as C has it.  Example: with

    #define GETTER(name) int get_##name(void)
    GETTER(foo)

`generated` gives {get_foo}.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

# A part is a literal, or the number of a parameter.
Parts = tuple[int | str, ...]
Args = tuple[str, ...]

_DEFINE = re.compile(rb"#[ \t]*define[ \t]+(\w+)\(([^()\n]*)\)([^\n\\]*(?:\\\n?[^\n\\]*)*)")
_LIST = re.compile(rb"#[ \t]*define[ \t]+\w+[ \t]*\\\n([^\n\\]*(?:\\\n?[^\n\\]*)*)")
_PASTED = re.compile(rb"\w+(?:[ \t\\\n]*##[ \t\\\n]*\w+)+")
_INNER = re.compile(rb"(?<![#\w])([A-Za-z_]\w*)[ \t]*\(([^()]*)")
_AT_FILE_SCOPE = re.compile(rb"\n([A-Za-z_][\w \t*]*)\(([\w ,\t\n]*)[(),\"]")
_QUALIFIERS = frozenset((b"static", b"inline", b"extern", b"const"))
_WORD = re.compile(rb"\w+")
_GLUE = re.compile(rb"[ \t\\\n]*##[ \t\\\n]*")
_MACRO_LINE = re.compile(rb"^[ \t]*\.macro[ \t]+(\w+)", re.M)
_BUILT = re.compile(rb"(\w*)\\(\w+)(?:\\\(\))?(\w*)")
_REPEATED = re.compile(rb"^[ \t]*\.irpc?[ \t]+\w+[ \t]*,?(.*)", re.M)
# Deeper nesting of pasting macros than this was not seen in 6.12.
_DEEPEST = 8
# A literal shorter than this says nothing: assembly pastes register names.
_SHORTEST = 4


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A call of what may be a macro; an argument that is no name is empty."""

    name: str
    args: tuple[Parts, ...]


class Macro(msgspec.Struct, frozen=True, array_like=True):
    """A function-like macro: what it pastes, and what it calls."""

    name: str
    pasted: tuple[Parts, ...]
    calls: tuple[Call, ...]


def pasting(code: bytes) -> tuple[tuple[Macro, ...], tuple[Call, ...]]:
    """The macros of a text that paste or call, and the calls that start an expansion.

    code  without comments, and with a line end before its first line
    """
    macros: list[Macro] = []
    calls = set(_at_file_scope(code))
    for match in _DEFINE.finditer(code):
        body = match[3]
        if b"(" in body or b"##" in body:
            inner = list(_INNER.finditer(body))
            macros += _macro(match, inner)
            calls.update(_listed(body, inner))
    for match in _LIST.finditer(code) if b"\\\n" in code else ():
        calls.update(_listed(match[1], list(_INNER.finditer(match[1]))))
    local = {macro.name.encode() for macro in macros if macro.pasted}
    if local:
        used = (match for match in _INNER.finditer(code) if match[1] in local)
        calls.update(_call(match[1], match[2], {}) for match in used if not _defines(code, match.start()))
    return tuple(macros), tuple(call for call in calls if any(call.args))


def _defines(code: bytes, at: int) -> bool:
    return code[max(0, at - 16) : at].rstrip().endswith(b"define")


def _at_file_scope(code: bytes) -> Iterator[Call]:
    """Calls that begin in the first column, behind qualifiers, or behind a type when in capitals."""
    for match in _AT_FILE_SCOPE.finditer(code):
        *before, name = match[1].replace(b"*", b" ").split()
        if name[:1].isupper() or _QUALIFIERS.issuperset(before):
            yield _call(name, match[2], {})


def _listed(body: bytes, inner: Sequence[re.Match[bytes]]) -> Iterator[Call]:
    """Calls in a macro that goes over several lines; one that lists things calls another for each."""
    return (_call(found[1], found[2], {}) for found in inner) if b"\\\n" in body else iter(())


def _macro(match: re.Match[bytes], inner: Sequence[re.Match[bytes]]) -> Iterator[Macro]:
    """The macro that a definition makes, unless it neither pastes nor calls with a parameter."""
    params = {name: number for number, name in enumerate(_WORD.findall(match[2]))}
    pasted = (_parts(found[0], params) for found in _PASTED.finditer(match[3])) if b"##" in match[3] else ()
    calls = (_call(found[1], found[2], params) for found in inner)
    used = tuple(call for call in calls if any(_bound_in(arg) for arg in call.args))
    built = tuple(parts for parts in pasted if _bound_in(parts))
    if built or used:
        yield Macro(match[1].decode(), built, used)


def _bound_in(parts: Parts) -> bool:
    return any(isinstance(part, int) for part in parts)


def _call(name: bytes, args: bytes, params: Mapping[bytes, int]) -> Call:
    return Call(name.decode(), tuple(_parts(arg.strip(b" \t\\\n"), params) for arg in args.split(b",")))


def _parts(text: bytes, params: Mapping[bytes, int]) -> Parts:
    """One argument, or one chain of `##`; empty for what is no name."""
    words = _GLUE.split(text)
    if not all(_WORD.fullmatch(word) for word in words):
        return ()
    return tuple(params[word] if word in params else word.decode() for word in words)


def generated(macros: Iterable[Macro], calls: Iterable[Call]) -> frozenset[bytes]:
    """Every name that the calls build."""
    known: dict[str, list[Macro]] = {}
    for macro in macros:
        known.setdefault(macro.name, []).append(macro)
    leading = _leading(known)
    found: set[str] = set()
    seen: set[tuple[str, Args]] = set()
    waiting = [(call.name, _plain(call.args), 0) for call in calls if call.name in leading]
    while waiting:
        name, args, depth = waiting.pop()
        if (name, args) in seen:
            continue
        seen.add((name, args))
        for macro in known[name]:
            found.update(_joined(parts, args) for parts in macro.pasted)
            if depth < _DEEPEST:
                waiting += ((c.name, _bound(c, args), depth + 1) for c in macro.calls if c.name in leading)
    return frozenset(name.encode() for name in found)


def _leading(known: Mapping[str, Sequence[Macro]]) -> frozenset[str]:
    """Macros that paste, and those that call one of them."""
    callers: dict[str, set[str]] = {}
    for name, macros in known.items():
        for call in (call for macro in macros for call in macro.calls):
            callers.setdefault(call.name, set()).add(name)
    leading: set[str] = set()
    waiting = [name for name, macros in known.items() if any(macro.pasted for macro in macros)]
    while waiting:
        name = waiting.pop()
        if name not in leading:
            leading.add(name)
            waiting += callers.get(name, ())
    return frozenset(leading)


def _plain(args: Sequence[Parts]) -> Args:
    return tuple("".join(map(str, parts)) for parts in args)


def _joined(parts: Parts, args: Args) -> str:
    """The name that a chain builds; empty when an argument is not there."""
    try:
        return "".join([args[part] if isinstance(part, int) else part for part in parts])
    except IndexError:
        return ""


def _bound(call: Call, args: Args) -> Args:
    """The arguments of an inner call, with the outer one's put in."""
    return tuple([_joined(parts, args) for parts in call.args])


def assembled(code: bytes) -> frozenset[bytes]:
    """Names that the macros of one assembly text build from the arguments they are called with."""
    macros = _MACRO_LINE.findall(code)
    built = {(match[1], match[3]) for match in _BUILT.finditer(code) if len(match[1] + match[3]) >= _SHORTEST}
    if not built:
        return frozenset()
    lines = _REPEATED.findall(code)
    if macros:
        invoked = re.compile(rb"^[ \t]*(?:" + b"|".join(map(re.escape, set(macros))) + rb")\b(.*)", re.M)
        lines += invoked.findall(code)
    middles = {word for line in lines for word in _WORD.findall(line)}
    return frozenset(first + middle + last for first, last in built for middle in middles)
