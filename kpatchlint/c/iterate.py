"""Which variables an iterator macro gives a new value in each round: the element, not what it is taken from.

Where the definition of the macro is not at hand, a pointer that has a value elsewhere - a parameter, or what is
initialised or assigned - is what is walked through, as long as another argument can be the element; `element_first` of
the dialect knows macros whose first argument is the element whatever it was before.  Anything but a pointer may be
counted.  Of the macros that `null_at_end` names the element is NULL behind the last round.  Example: of

    for_each_leaf(leaf, tree)

in a function with the parameter `tree`, only `leaf` is new in each round.
"""

from collections.abc import Iterable, Iterator, Mapping

from tree_sitter import Node

from kpatchlint.c.declare import declared, descend
from kpatchlint.c.expression import field, words
from kpatchlint.c.ir import NULL, Assign, Opaque, Variable

_NOTHING = ("NULL", "0")


def elements(
    condition: Node, body: Node, parameters: Iterable[str], types: Mapping[str, str], first: bool
) -> Iterator[Assign]:
    """The assignments that a round begins with.

    condition   the arguments in their parentheses
    body        that of the function, with `parameters`; `types` are those of its variables
    first       whether the first argument is the element in any case
    """
    element = _leftmost(condition) if first else None
    # of a hunk the declarations may be out of sight
    listed = [node for node in _named(condition) if words(node) in types or node == element]
    given = {*parameters, *_given(body)}
    kept = {name for name in map(words, listed) if name in given and types.get(name, "").endswith("*")}
    if listed and element == listed[0]:
        kept.discard(words(listed[0]))
    for node in [node for node in listed if words(node) not in kept] or listed[:1]:
        at = node.start_byte
        yield Assign(Variable(words(node)), Opaque(at), at, node.end_byte)


def at_end(new: Iterable[Assign], types: Mapping[str, str]) -> Iterator[Assign]:
    """What the elements are behind the last round, of a macro that ends where there is none: NULL."""
    for each in new:
        if isinstance(each.place, Variable) and types.get(each.place.name, "").endswith("*"):
            yield Assign(each.place, NULL, each.start, each.end)


def _named(condition: Node) -> Iterator[Node]:
    """The arguments that are plain names."""
    for node in descend(condition):
        around = node.parent.type if node.parent else ""
        if node.type == "identifier" and around in ("comma_expression", "parenthesized_expression"):
            yield node


def _leftmost(node: Node) -> Node:
    while node.type in ("parenthesized_expression", "comma_expression") and node.named_children:
        node = node.named_children[0]
    return node


def _given(body: Node) -> Iterator[str]:
    """The variables that get a value in a declaration or by `=`."""
    for node in descend(body):
        if node.type == "init_declarator" and words(field(node, "value")) not in _NOTHING:
            yield declared(node)[0]
        elif node.type == "assignment_expression" and words(field(node, "right")) not in _NOTHING:
            yield words(field(node, "left"))
