"""What a syntax tree declares: names, types and the variables a loop steps, read off without lowering anything.

Assumes that one name has one type in a function: the first declaration wins, and a parameter before any local.  Types
are words, not resolved; every star and every array bracket counts as one star.  Example: of

    int f(pte_t **ptes) { char buf[8]; ... }

`parameters` gives `[("ptes", "pte_t **")]` and `local_types` of its declarations `{"buf": "char *"}`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from tree_sitter import Node

from kpatchlint.c.expression import field, operator_of, words
from kpatchlint.c.ir import Variable
from kpatchlint.regex import regex
from kpatchlint.source import occurrences

_FILE_ARRAY = regex(rb"[A-Za-z_][\w \t*]*[ \t*](\w+)\[[^\]\n]*\][^;\n]*[;=]")
_ENUM = regex(rb"\benum\b[\w\s]*\{([^{}]*)\}")
# the same before comments are taken out, as far as its brace
_MAYBE_ENUM = regex(rb"enum\b(?:[\w\s]|/\*.*?\*/|//[^\n]*)*\{", re.DOTALL)
_GUARD = r"\s*(\w+)\s*,[^,()]*,\s*(\w+)\(\s*_T\s*\)\s*,\s*(\w+)\(\s*_T\s*\)\s*\)"
_COMMENT = regex(rb"/\*.*?\*/|//[^\n]*", re.DOTALL)
_PLAIN_NUMBER = regex(r"0x[0-9a-fA-F]+|0|[1-9][0-9]*")
# what may hold a block inside an expression: ({ ... })
_BLOCK_VALUE = regex(rb"\(\s*[{/#\\]")
_STEP = regex(rb"\+\+|--|[+-]=")
# what holds no statement then; these are most of what a walk would see
_WITHOUT_STATEMENTS = frozenset(
    f"{kind}_{of}"
    for of, kinds in {
        "expression": ("parenthesized", "call", "binary", "assignment", "comma", "update", "field", "unary", "pointer"),
        "statement": ("expression", "return", "goto"),
    }.items()
    for kind in kinds
) | {"declaration"}
DECLARATORS = {"pointer_declarator", "array_declarator", "parenthesized_declarator", "function_declarator"}


def declared(node: Node) -> tuple[str, int]:
    """Name and number of stars of a declarator: `**pte` is ("pte", 2); ("", 0) where there is no name."""
    stars = 0
    while node.type in DECLARATORS or node.type == "init_declarator":
        stars += node.type in ("pointer_declarator", "array_declarator")
        inner = _inside(node)
        if inner is None:
            return "", 0
        node = inner
    return (words(node), stars) if node.type == "identifier" else ("", 0)


def _inside(declarator: Node) -> Node | None:
    inner = declarator.child_by_field_name("declarator")
    if inner is not None:
        return inner
    return next((c for c in declarator.named_children if c.type in DECLARATORS or c.type == "identifier"), None)


def function_declarator(function: Node) -> Node:
    """The declarator that carries name and parameters of a definition."""
    node = field(function, "declarator")
    while node.type != "function_declarator":
        inner = node.child_by_field_name("declarator")
        if inner is None:
            return node
        node = inner
    return node


def returns_value(function: Node) -> bool:
    """Whether a definition says that the function returns something."""
    return returns_pointer(function) or words(function.child_by_field_name("type")) != "void"


def returns_pointer(function: Node) -> bool:
    """Whether a definition says that the function returns a pointer."""
    return field(function, "declarator").type == "pointer_declarator"


def parameters(function: Node) -> list[tuple[str, str]]:
    """Name and type of each parameter, in order."""
    listed = function_declarator(function).child_by_field_name("parameters")
    return [named for child in listed.named_children for named in _typed(child)] if listed else []


def inside(body: Node) -> tuple[list[Node], list[Node]]:
    """The declarations in a function's body, and the statements that have a label."""
    if not _BLOCK_VALUE.search(body.text or b""):
        outer = every = list(descend(body, _WITHOUT_STATEMENTS))
    else:
        outer, every = list(descend(body, {"expression_statement"})), list(descend(body))
    return [n for n in outer if n.type == "declaration"], [n for n in every if n.type == "labeled_statement"]


def local_types(declarations: Iterable[Node]) -> dict[str, str]:
    """The type of every variable declared there, by name."""
    types: dict[str, str] = {}
    for node in declarations:
        for name, kind in _typed(node):
            types.setdefault(name, kind)
    return types


def local_arrays(declarations: Iterable[Node]) -> frozenset[str]:
    """The variables declared there that are arrays."""
    found = (_array(declarator) for node in declarations for declarator in node.children_by_field_name("declarator"))
    return frozenset(name for name in found if name)


def assigned(body: Node, names: Collection[str]) -> frozenset[str]:
    """Those of the names that are set in a function's body, so that they are variables, declared there or not."""
    text = (body.text or b"") if names else b""
    return frozenset(name for name in names if re.search(rb"(?<![.>\w])%b\s*[-+|&]?=[^=]" % name.encode(), text))


def file_arrays(text: bytes) -> frozenset[str]:
    """The arrays that a file defines or declares outside its functions, in the first column."""
    # few lines have a bracket, and an expression that is tried at all others takes five times as long
    starts = dict.fromkeys(text.rfind(b"\n", 0, at) + 1 for at in occurrences(text, b"["))
    return frozenset(match[1].decode() for at in starts if (match := _FILE_ARRAY.match(text, at)))


def file_constants(text: bytes) -> dict[str, int]:
    """The enumerators that a file defines, as far as their values are plain numbers or follow one."""
    known: dict[str, int] = {}
    if not any(_MAYBE_ENUM.match(text, at) for at in occurrences(text, b"enum")):
        return known
    for body in _ENUM.findall(_COMMENT.sub(b"", text)):
        value = -1
        for item in body.decode(errors="replace").split(","):
            name, _, given = (part.strip() for part in item.partition("="))
            if not name.isidentifier() or (given and not _PLAIN_NUMBER.fullmatch(given)):
                break
            value = int(given, 0) if given else value + 1
            known[name] = value
    return known


def attached(declaration: Node, declarator: Node, noted: Mapping[int, str]) -> list[str]:
    """What is noted, by offset, of one variable of a declaration: it stands behind it."""
    starts = (c.start_byte for c in declaration.children_by_field_name("declarator"))
    end = next((start for start in starts if start > declarator.start_byte), declaration.end_byte)
    return [name for at, name in noted.items() if declarator.start_byte < at < end]


def file_guards(text: bytes, macros: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The guard classes a file defines by one of `macros`: what takes and gives back the guarded thing itself."""
    known: dict[str, tuple[str, str]] = {}
    for word in macros:
        if word.encode() in text:
            found = regex(rf"^{word}\({_GUARD}".encode(), re.MULTILINE).findall(_COMMENT.sub(b"", text))
            known |= {name.decode(): (take.decode(), give.decode()) for name, take, give in found}
    return known


def _array(node: Node) -> str:
    """Its name if it declares an array, be it one of pointers: `*pages[2]`; `(*page)[2]` is a pointer."""
    last, inner = "", _inside(node)
    while inner is not None:
        last = last if node.type == "parenthesized_declarator" else node.type
        node, inner = inner, _inside(inner)
    return words(node) if last == "array_declarator" and node.type == "identifier" else ""


def _typed(node: Node) -> Iterator[tuple[str, str]]:
    """Name and type of each declarator of a declaration; those without a name are left out."""
    kind = words(node.child_by_field_name("type"))
    for declarator in node.children_by_field_name("declarator"):
        name, stars = declared(declarator)
        if name:
            yield name, f"{kind} {'*' * stars}".rstrip()


def stepped(loop: Node) -> Iterator[Variable]:
    """The variables that a loop moves by `++`, `--`, `+=` or `-=`, once for each place it does so."""
    for inner in descend(loop) if _STEP.search(loop.text or b"") else ():
        if inner.type == "update_expression":
            moved = field(inner, "argument")
        elif inner.type == "assignment_expression" and operator_of(inner) in ("+=", "-="):
            moved = field(inner, "left")
        else:
            continue
        if moved.type == "identifier":
            yield Variable(words(moved))


def initial(declarator: Node) -> Node | None:
    """What a declarator sets its variable to; of `= (struct x){ ... }` the list, which says the same."""
    value = declarator.child_by_field_name("value") if declarator.type == "init_declarator" else None
    literal = value is not None and value.type == "compound_literal_expression" and not declared(declarator)[1]
    return field(value, "value") if value is not None and literal else value


def advances(loop: Node) -> tuple[int, ...]:
    """Where the head of a loop adds something by `+=`: it does so after every round."""
    heads = [loop.child_by_field_name(name) for name in ("condition", "update")]
    inside = (inner for head in heads if head for inner in (head, *descend(head)))
    return tuple(n.start_byte for n in inside if n.type == "assignment_expression" and operator_of(n) == "+=")


def descend(node: Node, skip: Iterable[str] = ()) -> Iterator[Node]:
    """Every node below `node`, not into the types of `skip`."""
    stack = list(reversed(node.named_children))
    while stack:
        top = stack.pop()
        yield top
        if top.type not in skip:
            stack.extend(reversed(top.named_children))
