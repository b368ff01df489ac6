"""Names that the preprocessor builds with `##`, and the assembler with `\\name`.

A text is searched for what may matter, and that is kept as it stands: which macros paste is known only once all texts
were read.  Then those macros are taken apart that paste or lead to one that does; a call at file scope, or in the body
of a macro that lists things, starts the expansion.  Assumption: what is pasted to name a function stands at file scope;
arguments are not expanded before they are pasted, as C has it.  Example: with

    #define GETTER(name) int get_##name(void)
    GETTER(foo)

`generated` finds get_foo.
"""

import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import itemgetter

import msgspec

# Name, parameters and body of a definition; without a name, the body of a macro without parameters.
Define = tuple[bytes, bytes, bytes]
# A part is a literal, or the number of a parameter.
Parts = tuple[int | bytes, ...]
Args = tuple[bytes, ...]

# What cannot end earlier is not tried again: `*+` halves the time on headers of nothing but numbers.
_DEFINE = re.compile(
    rb"#[ \t]*+define[ \t]++(\w++)(?:\(([^()\n]*+)\)|[ \t]*+(\\\n))([^\n\\]*+(?:\\\n?[^\n\\]*+)*+)"
)
_PASTED = re.compile(rb"(?<!\w)\w++(?:[ \t\\\n]*+##[ \t\\\n]*+\w++)++")
_INNER = re.compile(rb"\b(?<!#)([A-Za-z_]\w*+)[ \t]*+\(([^()]*+)")
CALLED = re.compile(rb"\b([A-Za-z_]\w*+)[ \t]*+\(")
"""A call, or the beginning of one."""
_AT_FILE_SCOPE = re.compile(rb"\n([A-Za-z_][\w \t*]*+)\(([\w ,\t\n]*)[(),\"]")
_QUALIFIERS = frozenset((b"static", b"inline", b"extern", b"const"))
_WORD = re.compile(rb"\w+")
_GLUE = re.compile(rb"[ \t\\\n]*##[ \t\\\n]*")
_MACRO_LINE = re.compile(rb"^[ \t]*\.macro[ \t]+(\w+)", re.M)
_BUILT = re.compile(rb"\\\w+(?:\\\(\))?(\w*)")
_REPEATED = re.compile(rb"^[ \t]*\.irpc?[ \t]+\w+[ \t]*,?(.*)", re.M)
# Deeper nesting of pasting macros than this was not seen in 6.12.
_DEEPEST = 8
_LETTERS = bytes(c for c in range(128) if chr(c).isalnum() or chr(c) == "_")
_BLANKS = b" \t\\\n"
# A literal shorter than this says nothing: assembly pastes register names.
_SHORTEST = 4
# Names of so many bytes are looked into for each argument, which takes longer the more they are.
_FEW_BYTES = 1000
_NO_PART = b"\0"


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A call of what may be a macro; an argument that is no name is empty."""

    name: bytes
    args: tuple[Parts, ...]


class Macro(msgspec.Struct, frozen=True, array_like=True):
    """A function-like macro: what it pastes, and what it calls."""

    pasted: tuple[Parts, ...]
    calls: tuple[Call, ...]


class Pasters(msgspec.Struct, frozen=True, array_like=True):
    """The macros of a tree that paste or lead to one that does, and the names that they are called with, as `plain`."""

    macros: dict[bytes, tuple[Macro, ...]]
    calls: dict[bytes, tuple[bytes, ...]]


def pasting(code: bytes) -> tuple[list[Define], set[bytes]]:
    """The macros of a text that may paste or call, and the calls `name(arguments` that may start an expansion.

    code  without comments, and with a line end before its first line
    """
    if b"(" not in code:
        return [], set()
    calls = set(_at_file_scope(code))
    if b"define" not in code:
        return [], calls
    macros: list[Define] = []
    for name, params, goes_on, body in _DEFINE.findall(code):
        if not goes_on and (b"(" in body or b"##" in body):
            macros.append((name, params, body))
        elif goes_on and b"(" in body and b"\\\n" in body:
            macros.append((b"", b"", body))
    for name in {each for each, params, body in macros if b"##" in body and any(_built(body, _numbered(params)))}:
        calls.update(_used(code, name))
    return macros, calls


def _used(code: bytes, name: bytes) -> Iterator[bytes]:
    """The calls of a macro, wherever they stand."""
    at = code.find(name)
    while at >= 0:
        match = _INNER.match(code, at)
        if match and match[1] == name and not code[max(0, at - 16) : at].rstrip().endswith(b"define"):
            yield name + b"(" + match[2]
        at = code.find(name, at + len(name))


def _at_file_scope(code: bytes) -> Iterator[bytes]:
    """Calls that begin in the first column, behind qualifiers, or behind a type when in capitals."""
    for head, args in _AT_FILE_SCOPE.findall(code):
        *before, name = head.replace(b"*", b" ").split()
        if name[:1].isupper() or _QUALIFIERS.issuperset(before):
            yield name + b"(" + args


def _numbered(params: bytes) -> dict[bytes, int]:
    return {name: number for number, name in enumerate(_WORD.findall(params))}


def _built(body: bytes, params: Mapping[bytes, int]) -> Iterator[Parts]:
    """The chains of `##` in a body that a parameter is part of."""
    pasted = (_parts(chain, params) for chain in _PASTED.findall(body))
    return (parts for parts in pasted if _bound_in(parts))


def _bound_in(parts: Parts) -> bool:
    return any(isinstance(part, int) for part in parts)


def _call(name: bytes, args: bytes, params: Mapping[bytes, int]) -> Call:
    return Call(name, tuple([_parts(arg.strip(_BLANKS), params) for arg in args.split(b",")]))


def _parts(text: bytes, params: Mapping[bytes, int]) -> Parts:
    """One argument, or one chain of `##`; empty for what is no name."""
    if _WORD.fullmatch(text):
        return (params.get(text, text),)
    words = _GLUE.split(text) if b"##" in text else ()
    return tuple([params.get(word, word) for word in words]) if all(map(_WORD.fullmatch, words)) else ()


def pasters(defines: Iterable[Define], calls: Iterable[bytes]) -> Pasters:
    """What of the definitions and calls of a whole tree can build a name."""
    told = tuple(dict.fromkeys(defines))
    called = [frozenset(CALLED.findall(body)) for _, _, body in told]
    likely = _leading(
        ((name, names) for (name, _, _), names in zip(told, called, strict=True)),
        (name for name, _, body in told if b"##" in body),
    )
    macros = _macros((define for define in told if define[0] in likely), likely)
    leading = _leading_to(macros)
    bodies = (d[2] for d, names in zip(told, called, strict=True) if not names.isdisjoint(leading))
    begun: dict[bytes, set[bytes]] = {}
    for name, args in chain(_listed(bodies), (call.split(b"(", 1) for call in calls)):
        if name in leading:
            begun.setdefault(name, set()).add(plain(args))
    return Pasters({name: macros[name] for name in leading}, {name: tuple(args) for name, args in begun.items()})


def plain(args: bytes) -> bytes:
    """An argument list with nothing in it but names, and what is pasted to one; empty for an argument that is none."""
    return b",".join([_name_of(arg.strip(_BLANKS)) for arg in args.split(b",")])


def _name_of(arg: bytes) -> bytes:
    if _WORD.fullmatch(arg):
        return arg
    return b"".join([part for part in _parts(arg, {}) if isinstance(part, bytes)]) if b"##" in arg else b""


def _leading_to(macros: Mapping[bytes, Sequence[Macro]]) -> frozenset[bytes]:
    return _leading(
        ((name, (call.name for call in macro.calls)) for name, defined in macros.items() for macro in defined),
        (name for name, defined in macros.items() if any(macro.pasted for macro in defined)),
    )


def _leading(edges: Iterable[tuple[bytes, Iterable[bytes]]], ends: Iterable[bytes]) -> frozenset[bytes]:
    """Macros that paste, the ends, and those that call one of them; an edge is a macro, and what it calls."""
    callers: dict[bytes, set[bytes]] = {}
    for name, called in edges:
        for each in called:
            callers.setdefault(each, set()).add(name)
    leading: set[bytes] = set()
    waiting = list(ends)
    while waiting:
        name = waiting.pop()
        if name and name not in leading:
            leading.add(name)
            waiting += callers.get(name, ())
    return frozenset(leading)


def _macros(defines: Iterable[Define], likely: Collection[bytes]) -> dict[bytes, tuple[Macro, ...]]:
    """The macros of these definitions by name, but for those that neither paste nor call with a parameter."""
    macros: dict[bytes, tuple[Macro, ...]] = {}
    for name, params, body in defines:
        numbers = _numbered(params)
        calls = (_call(inner, args, numbers) for inner, args in _INNER.findall(body) if inner in likely)
        used = tuple(call for call in calls if any(map(_bound_in, call.args)))
        built = tuple(_built(body, numbers)) if b"##" in body else ()
        if built or used:
            macros[name] = (*macros.get(name, ()), Macro(built, used))
    return macros


def _listed(bodies: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Calls in a macro that goes over several lines; one that lists things calls another for each."""
    return (call for body in bodies if b"\\\n" in body for call in _INNER.findall(body))


def generated(known: Pasters, names: Collection[bytes]) -> frozenset[bytes]:
    """Those of the names that the calls build."""
    macros = _likely(known.macros, names)
    leading = _leading_to(macros)
    asked = b"\n".join(names)
    called = ((name, map(_apart, calls)) for name, calls in known.calls.items() if name in leading)
    layer: dict[bytes, set[Args]] = {name: _relevant(filter(any, args), asked) for name, args in called}
    seen: dict[bytes, set[Args]] = {name: set() for name in leading}
    starts = {name[:end] for name in names for end in range(len(name) + 1)}
    wanted, built = frozenset(names), set[bytes]()
    for _ in range(_DEEPEST + 1):
        inner: dict[bytes, set[Args]] = {name: set() for name in leading}
        for name, args_of in layer.items():
            fresh = args_of - seen[name]
            seen[name] |= fresh
            for macro in macros[name] if fresh else ():
                for parts in macro.pasted:
                    built |= wanted.intersection(_column(parts, _starting(parts[0], fresh, starts)))
                for call in macro.calls:
                    if call.name in leading:
                        inner[call.name].update(zip(*[_column(parts, fresh) for parts in call.args], strict=True))
        layer = {name: _relevant(args_of, asked) for name, args_of in inner.items()}
    return frozenset(built)


def _apart(args: bytes) -> Args:
    return tuple(args.split(b","))


def _relevant(called: Iterable[Args], asked: bytes) -> set[Args]:
    """Argument lists without what is part of none of a few names, so that many of them become one."""
    if len(asked) > _FEW_BYTES:
        return set(called)
    return {tuple([arg if arg in asked else _NO_PART for arg in args]) for args in called}


def _likely(macros: Mapping[bytes, Sequence[Macro]], names: Collection[bytes]) -> dict[bytes, tuple[Macro, ...]]:
    """The macros with those chains only that begin and end as one of the names does."""
    fronts, backs = sorted(names), sorted(name[::-1] for name in names)

    def may_be(parts: Parts) -> bool:
        first, last = parts[0], parts[-1]
        fits = isinstance(first, int) or _begins_one(fronts, first)
        return fits and (isinstance(last, int) or _begins_one(backs, last[::-1]))

    return {
        name: tuple(Macro(tuple(filter(may_be, macro.pasted)), macro.calls) for macro in defined)
        for name, defined in macros.items()
    }


def _starting(first: int | bytes, called: Collection[Args], starts: Collection[bytes]) -> Collection[Args]:
    """The arguments with which a chain begins as one of the names does; where a literal is first, that is known."""
    if not isinstance(first, int):
        return called
    return [args for args in called if first < len(args) and args[first] in starts]


def _begins_one(ordered: Sequence[bytes], start: bytes) -> bool:
    at = bisect_left(ordered, start)
    return at < len(ordered) and ordered[at].startswith(start)


def _column(parts: Parts, called: Collection[Args]) -> Iterable[bytes]:
    """The name that a chain builds with each argument list; empty when an argument is not there.

    A million are built, so that what is the same for all of them is done once.
    """
    numbers = [part for part in parts if isinstance(part, int)]
    template = b"".join([b"%b" if isinstance(part, int) else part for part in parts])
    if not numbers:
        return repeat(template, len(called))
    last = max(numbers)
    if len(parts) == 1:
        return [args[last] if last < len(args) else b"" for args in called]
    chosen = itemgetter(*numbers)
    return [template % chosen(args) if last < len(args) else b"" for args in called]


def assembled(code: bytes) -> frozenset[bytes]:
    """Names that the macros of one assembly text build from the arguments they are called with."""
    macros = _MACRO_LINE.findall(code)
    built = {(first, last) for first, last in _around_arguments(code) if len(first + last) >= _SHORTEST}
    if not built:
        return frozenset()
    lines = _REPEATED.findall(code)
    if macros:
        invoked = re.compile(rb"^[ \t]*(?:" + b"|".join(map(re.escape, set(macros))) + rb")\b(.*)", re.M)
        lines += invoked.findall(code)
    middles = {word for line in lines for word in _WORD.findall(line)}
    return frozenset(first + middle + last for first, last in built for middle in middles)


def _around_arguments(code: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What stands directly before and behind each argument that an assembly text has in the middle of a word."""
    behind = 0
    for match in _BUILT.finditer(code):
        # an expression that begins with the word tries each of its letters in turn, in all of the text
        before = code[behind : match.start()]
        yield before[len(before.rstrip(_LETTERS)) :], match[1]
        behind = match.end()
