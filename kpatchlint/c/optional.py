"""Which pointer parameters a function treats as optional: where it tests for NULL and goes on.

Read off one function definition, without flow analysis.  Assumptions: a parameter that was written is no
longer the caller's; a pointer that was used before its test, here or in a callee, was never meant to be NULL;
a test whose NULL branch only leaves, fails, complains or has nothing left to do refuses NULL, or bears it.
Example:

    void f(struct a *a, struct b *b)        `b` is optional: both branches go on.
    {                                       `a` is not: NULL is refused.
            if (!a)
                    return -EINVAL;
            if (b)
                    use(b);
    }
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from enum import Enum, auto

from msgspec import Struct
from tree_sitter import Node

LEAVING = frozenset(("return_statement", "goto_statement"))
_LOOPS = frozenset(("while_statement", "for_statement", "do_statement"))
_CONSTANTS = frozenset(("number_literal", "null", "true", "false"))
_VALUES = frozenset(("return_statement", "assignment_expression", "init_declarator"))


class Use(Enum):
    """What one mention of a parameter does with it."""

    WRITTEN = auto()
    USED = auto()
    REFUSED = auto()
    OPTIONAL = auto()
    NOTHING = auto()


class NullTest(Struct, frozen=True):
    """A test that lets NULL pass: of which parameter, and the offset of the test."""

    parameter: str
    offset: int


class _Value(Struct, frozen=True):
    """An expression with a parameter in it, and its worth when that is NULL; None stands for unknown."""

    name: str
    null: bool | None = False
    truth: bool = False

    def becomes(self, null: bool | None) -> "_Value":
        """The truth value that is made of it."""
        return _Value(self.name, null, True)


class Callees(Struct, frozen=True):
    """What is known of the functions and macros that are called.

    hints  those that give back their argument, as a branch hint does
    needs  by name, the positions of the arguments that a function uses without a test
    """

    hints: Collection[str] = ()
    needs: Callable[[str], Collection[int]] = lambda name: ()


NOTHING_KNOWN = Callees()


def optional_parameters(
    function: Node, callees: Callees = NOTHING_KNOWN, among: Collection[str] | None = None
) -> Iterator[NullTest]:
    """The first test of each pointer parameter that shows it to be optional, in the order of the parameters.

    function  a `function_definition`
    among     the parameters that matter; None for all
    """
    for name, mentions in in_parameters(function, among).items():
        test = _first_optional(mentions, callees)
        if test is not None:
            yield NullTest(name, test.start_byte)


def needed_parameters(function: Node) -> frozenset[int]:
    """The positions of the pointer parameters that the function uses before it tests or writes them."""
    needed = set()
    for name, mentions in in_parameters(function).items():
        uses = (use_of(node) for node in mentions)
        if next((use for use in uses if use is not Use.NOTHING), None) is Use.USED:
            needed.add(_parameters(function).index(name))
    return frozenset(needed)


def in_parameters(function: Node, among: Collection[str] | None = None) -> Mapping[str, list[Node]]:
    """The mentions of each pointer parameter in the body."""
    body = function.child_by_field_name("body")
    names = [name for name in _parameters(function) if name and (among is None or name in among)]
    return _mentions(body, names) if body is not None and names else {}


def _parameters(function: Node) -> tuple[str, ...]:
    """The names of the parameters; those that are neither pointers nor functions are empty."""
    declarator = function.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator")
    parameters = declarator.child_by_field_name("parameters") if declarator is not None else None
    return tuple(_pointer_name(each) for each in parameters.named_children) if parameters is not None else ()


def _pointer_name(parameter: Node) -> str:
    declarator, pointer = parameter.child_by_field_name("declarator"), False
    while declarator is not None and declarator.type != "identifier":
        pointer |= declarator.type in ("pointer_declarator", "function_declarator")
        inner = declarator.child_by_field_name("declarator")
        declarator = inner or next(iter(declarator.named_children), None)
    return text_of(declarator) if pointer and declarator is not None else ""


def _mentions(body: Node, names: Collection[str]) -> Mapping[str, list[Node]]:
    """Every identifier of `body` that is one of `names`, in the order of the text."""
    found: dict[str, list[Node]] = {name: [] for name in names}
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if node.type == "identifier":
            found.get(text_of(node), []).append(node)
        waiting.extend(reversed(node.children))
    return found


def _first_optional(mentions: list[Node], callees: Callees) -> Node | None:
    """The test by which a parameter is optional; None when it is used, written or refused before any."""
    for node in mentions:
        use = use_of(node, callees)
        if use is Use.OPTIONAL:
            return node if not _walks_a_list(node, mentions) else None
        if use is not Use.NOTHING:
            return None
    return None


def use_of(node: Node, callees: Callees = NOTHING_KNOWN) -> Use:
    """What the code does with a parameter where it mentions it."""
    parent = node.parent
    if parent is None:
        return Use.NOTHING
    if parent.type == "field_expression" or _subscripted(parent) == node:
        return Use.USED
    if parent.type == "pointer_expression":
        return _pointed(parent)
    if parent.type == "argument_list" and _needed(parent, node, callees):
        return Use.USED
    if parent.type == "update_expression" or _assigned(parent) == node:
        return Use.WRITTEN
    return _tested(node, callees)


def _needed(arguments: Node, node: Node, callees: Callees) -> bool:
    needs = callees.needs(callee_of(arguments.parent)) if arguments.parent is not None else ()
    return bool(needs) and arguments.named_children.index(node) in needs


def _subscripted(node: Node) -> Node | None:
    return node.child_by_field_name("argument") if node.type == "subscript_expression" else None


def _pointed(expression: Node) -> Use:
    """`*p` reads through the pointer, but not where only its size is asked for; `&p` may write it."""
    if _operator(expression) != "*":
        return Use.WRITTEN
    around = expression.parent
    while around is not None and around.type == "parenthesized_expression":
        around = around.parent
    return Use.NOTHING if around is not None and around.type == "sizeof_expression" else Use.USED


def _assigned(node: Node) -> Node | None:
    return node.child_by_field_name("left") if node.type == "assignment_expression" else None


def _tested(node: Node, callees: Callees) -> Use:
    """Climb from the parameter to the statement or value that its truth decides."""
    value: _Value | None = _Value(text_of(node))
    child, parent = node, node.parent
    while parent is not None and value is not None:
        if parent.type == "unary_expression" and _operator(parent) == "!":
            value = value.becomes(None if value.null is None else not value.null)
        elif parent.type == "binary_expression":
            value = _binary(parent, child, value)
        elif parent.type != "parenthesized_expression" and not _seen_through(parent, callees):
            return _decided(parent, child, value)
        child, parent = parent, parent.parent
    return Use.NOTHING


def _seen_through(node: Node, callees: Callees) -> bool:
    if node.type == "argument_list":
        node = node.parent or node
    return node.type == "call_expression" and callee_of(node) in callees.hints and not callee_of(node).isupper()


def _binary(node: Node, child: Node, value: _Value) -> _Value | None:
    """The worth of `a && b`, `a || b`, `a == NULL`, `a != NULL`; None for what is no test."""
    operator = _operator(node)
    if operator in ("&&", "||"):
        decided = value.null is (operator == "||")
        return value.becomes(value.null if decided else None)
    other = node.child_by_field_name("right" if child == node.child_by_field_name("left") else "left")
    if operator in ("==", "!=") and other is not None and text_of(other) in ("NULL", "0"):
        return value.becomes(None if value.null is None else (operator == "==") != value.null)
    return None


def _decided(parent: Node, child: Node, value: _Value) -> Use:
    """What a test means at the place where it ends."""
    if parent.type == "if_statement":
        return _branches(parent, value)
    if parent.type == "conditional_expression" and parent.child_by_field_name("condition") == child:
        chosen = parent.child_by_field_name("alternative" if value.null is False else "consequence")
        null = chosen is not None and text_of(chosen) == "NULL"
        return Use.REFUSED if null and _refused_next(_target(parent)) else Use.OPTIONAL
    if parent.type in _LOOPS:
        # The loop, or the iterator macro that is read as one, moves the pointer along a list.
        return Use.WRITTEN
    if parent.type == "argument_list":
        call = parent.parent
        return Use.REFUSED if value.truth and call is not None and callee_of(call).isupper() else Use.NOTHING
    return Use.OPTIONAL if value.truth and parent.type in _VALUES else Use.NOTHING


def _branches(statement: Node, value: _Value) -> Use:
    """Whether the branch that NULL takes goes on."""
    taken = statement.child_by_field_name("consequence" if value.null is not False else "alternative")
    if taken is not None and taken.type == "else_clause":
        taken = next((each for each in taken.named_children if each.type != "comment"), None)
    if taken is None:
        borne = _is_last(statement) and not _stores_through(statement, value.name)
        return Use.REFUSED if borne or _leaves_null(statement) else Use.OPTIONAL
    return Use.REFUSED if _refuses(taken) else Use.OPTIONAL


def _is_last(statement: Node) -> bool:
    """Whether nothing is left to do or to tell behind a statement: then NULL is borne, but means nothing."""
    after = statement.next_named_sibling
    while after is not None and (after.type == "comment" or _returns_constant(after)):
        after = after.next_named_sibling
    block = statement.parent
    if after is not None or block is None or block.type != "compound_statement":
        return False
    return block.parent is None or block.parent.type == "function_definition" or _is_last(block.parent)


def _returns_constant(statement: Node) -> bool:
    """`return;`, `return 0;`, `return -EINVAL;`, `return NULL;`"""
    if statement.type != "return_statement":
        return False
    value = next(iter(statement.named_children), None)
    return value is None or value.type in _CONSTANTS or text_of(value).startswith("-")


def _stores_through(statement: Node, name: str) -> bool:
    """Whether a branch does `*name = ...`: the parameter is a place for a result that not everybody wants."""
    waiting = [statement]
    while waiting:
        node = waiting.pop()
        target = _assigned(node)
        if target is not None and target.type == "pointer_expression" and text_of(target) == f"*{name}":
            return True
        waiting.extend(node.named_children)
    return False


def _refuses(branch: Node) -> bool:
    """A branch that ends in a plain return or a goto, or does nothing but complain."""
    statements = _statements(branch)
    if not statements:
        return False
    return _only_leaves(statements[-1]) or all(_complains(each) for each in statements)


def _statements(branch: Node) -> list[Node]:
    statements = [branch] if branch.type != "compound_statement" else branch.named_children
    return [each for each in statements if each.type != "comment"]


def _leaves_null(statement: Node) -> bool:
    """Whether NULL leaves a variable NULL, which is refused: `v = NULL; if (p) v = p->v; if (!v) return -EINVAL;`"""
    branch = statement.child_by_field_name("consequence")
    assignments = [next(iter(each.named_children), each) for each in _statements(branch)] if branch is not None else []
    target = _assigned(assignments[0]) if len(assignments) == 1 else None
    return _refused_next(target, _block(statement), "NULL")


def _refused_next(variable: Node | None, block: Node | None = None, before: str = "") -> bool:
    """Whether what is done next in a block with a variable, declared with a value just before, refuses NULL."""
    block = block or _block(variable)
    if variable is None or block is None or variable.type != "identifier":
        return False
    mentions = _mentions(block, [text_of(variable)])[text_of(variable)]
    at = mentions.index(variable)
    known = not before or (at > 0 and _declared_with(mentions[at - 1]) == before)
    after = mentions[at + 1 : at + 2] if known else []
    return any(_block(each) == block and use_of(each) is Use.REFUSED for each in after)


def _block(node: Node | None) -> Node | None:
    node = node.parent if node is not None else None
    while node is not None and node.type != "compound_statement":
        node = node.parent
    return node


def _target(value: Node) -> Node | None:
    """The variable that a value is given to, in a declaration or not."""
    given = value.parent
    target = (_assigned(given) or given.child_by_field_name("declarator")) if given is not None else None
    while target is not None and target.type == "pointer_declarator":
        target = target.child_by_field_name("declarator")
    return target


def _declared_with(variable: Node) -> str:
    declared = variable.parent
    while declared is not None and declared.type == "pointer_declarator":
        declared = declared.parent
    value = declared.child_by_field_name("value") if declared is not None else None
    return text_of(value) if value is not None else ""


def _only_leaves(statement: Node) -> bool:
    """`goto out;`, `return NULL;`, `return E(-EINVAL);`; but `return other(x);` does the work elsewhere."""
    value = next(iter(statement.named_children), None) if statement.type == "return_statement" else None
    hands_over = value is not None and value.type == "call_expression" and "-E" not in text_of(value)
    return statement.type in LEAVING and not hands_over


def _complains(statement: Node) -> bool:
    call = next(iter(statement.named_children), None) if statement.type == "expression_statement" else None
    return call is not None and call.type == "call_expression" and callee_of(call).isupper()


def _walks_a_list(node: Node, mentions: list[Node]) -> bool:
    """Whether the test stands in a loop that moves the pointer on."""
    loop: Node | None = node
    while loop is not None and loop.type not in _LOOPS:
        loop = loop.parent
    if loop is None:
        return False
    inside = (each for each in mentions if loop.start_byte <= each.start_byte < loop.end_byte)
    return any(use_of(each) is Use.WRITTEN for each in inside)


def _operator(node: Node) -> str:
    operator = node.child_by_field_name("operator")
    return operator.type if operator is not None else ""


def callee_of(call: Node) -> str:
    """What is called, as it is written."""
    function = call.child_by_field_name("function")
    return text_of(function) if function is not None else ""


def text_of(node: Node) -> str:
    """What is written there."""
    return (node.text or b"").decode(errors="replace")
