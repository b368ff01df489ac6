"""Which pointer parameters a function goes through whenever it runs, without having asked whether they are there.

Read off one function definition, without flow analysis.  Assumptions: a callee that got the pointer before may have
changed nothing; what leaves before is about something else, unless its condition speaks of the parameter or of what is
said to go with it.  Example: of

    int f(struct a *a, struct b *b, int *n)
    {
            if (!n)
                    return 0;
            a->n = *n;
            return a->n ? b->n : 0;
    }

`a` is gone through; `n` is asked about, and `b` may not be reached.
"""

from collections.abc import Iterator, Set

from tree_sitter import Node

from kpatchlint.c.optional import LEAVING, Use, callee_of, in_parameters, text_of, use_of
from kpatchlint.regex import regex

_WORD = regex(r"\w+")
# by statement or expression, the part of it that runs whenever it does
_ALWAYS = {
    "if_statement": "condition",
    "while_statement": "condition",
    "for_statement": "initializer",
    "switch_statement": "condition",
    "conditional_expression": "condition",
}
_ARMS = frozenset(("case_statement", "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif"))
# what is asked for of these is no value
_TYPE_OF = frozenset(("typeof", "__typeof__", "offsetof", "sizeof"))


def unguarded(function: Node, name: str, about: Set[str]) -> int:
    """The offset at which the function goes through this pointer parameter; -1 where it does not, or only perhaps.

    function  a `function_definition`
    about     words that are said to decide whether the pointer is there
    """
    words = {name, *about}
    for node in in_parameters(function, (name,)).get(name, ()):
        use = use_of(node)
        if use is Use.USED and _reads(node):
            sure = _always(node, function) and not any(_leaves_for(words, function, node))
            return node.start_byte if sure else -1
        if use is not Use.NOTHING and use is not Use.USED:
            return -1
    return -1


def _reads(node: Node) -> bool:
    """Whether something is read or written there: `&p->member` is an address, and `typeof(*p)` a type."""
    outer, around = node, node.parent
    while around is not None and around.type in ("field_expression", "parenthesized_expression"):
        outer, around = around, around.parent
    if around is not None and around.type == "pointer_expression" and text_of(around).startswith("&"):
        return False
    calls = (each for each in _above(outer) if each.type == "call_expression")
    return not any(callee_of(each) in _TYPE_OF or callee_of(each).isupper() for each in calls)


def _above(node: Node) -> Iterator[Node]:
    around = node.parent
    while around is not None and around.type != "function_definition":
        yield around
        around = around.parent


def _always(node: Node, function: Node) -> bool:
    """Whether it runs whenever the function does, if nothing leaves before."""
    child = node
    for around in _above(node):
        part = _ALWAYS.get(around.type)
        if (part and around.child_by_field_name(part) != child) or around.type in _ARMS:
            return False
        if around.type == "binary_expression" and _is_second(around, child):
            return False
        child = around
    return child == function.child_by_field_name("body")


def _is_second(expression: Node, child: Node) -> bool:
    """Whether the first operand may decide alone."""
    operator = expression.child_by_field_name("operator")
    return operator is not None and operator.type in ("&&", "||") and expression.child_by_field_name("right") == child


def _leaves_for(words: Set[str], function: Node, node: Node) -> Iterator[bool]:
    """Whether each statement that leaves before is there because of one of the words."""
    waiting = [function]
    while waiting:
        each = waiting.pop()
        if each.start_byte < node.start_byte:
            waiting.extend(each.children)
        if each.type in LEAVING and each.end_byte <= node.start_byte:
            asked = (around.child_by_field_name("condition") for around in _above(each))
            yield any(not words.isdisjoint(_WORD.findall(text_of(value))) for value in asked if value is not None)
