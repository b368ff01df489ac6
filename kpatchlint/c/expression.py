"""Expressions of C, lowered to values, with their calls and stores as operations in front.

`value(node)` emits what the expression does and returns what it is; `condition(node, yes, no)` lowers to control flow,
so that `a && b`, `!`, comparisons and the branch hints of the dialect never reach the analysis as numbers.  Assumes
that a value read from a variable is used before the variable changes, which `temporary` copies ensure where C itself
needs it (`p++`).  Example: `if (!(p = f()) || g(p))` becomes two calls, one store and two branches.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType

from tree_sitter import Node

from kpatchlint.c.body import UNKNOWN
from kpatchlint.c.builder import Builder
from kpatchlint.c.inline import Macro, expanded
from kpatchlint.c.ir import (
    NULL,
    Access,
    AddressOf,
    Assign,
    Call,
    Cast,
    Compound,
    Load,
    Member,
    Named,
    Number,
    Opaque,
    Place,
    Target,
    Value,
    Variable,
    address,
    target,
)


def words(node: Node | None) -> str:
    """The node's text with single blanks."""
    return "" if node is None else " ".join((node.text or b"").decode("utf-8", "replace").split())


def field(node: Node, name: str) -> Node:
    """The child under a field name the grammar guarantees; the node itself where a repair lost it."""
    return node.child_by_field_name(name) or node


def operator_of(node: Node) -> str:
    """The operator of an expression: its type is how it is written."""
    return field(node, "operator").type


# what sizes are compared by
_ORDERS = ("<", "<=", ">", ">=", "==", "!=")


class Expressions:
    """Lowers expressions into one builder."""

    def __init__(
        self,
        builder: Builder,
        locals_: Collection[str],
        hints: Collection[str],
        arrays: Collection[str] = (),
        constants: Mapping[str, int] = MappingProxyType({}),
        macros: Mapping[str, Macro] = MappingProxyType({}),
        members: Collection[str] = (),
    ) -> None:
        self.builder, self.locals, self.hints = builder, locals_, hints
        self.arrays, self.constants, self.macros, self.members = arrays, constants, macros, members
        self.block_value: Callable[[Node], Value] | None = None
        self.labels: Collection[str] = ()
        self.jump: Callable[[str, int], None] | None = None

    def value(self, node: Node) -> Value:
        """Emit what `node` does, return what it is."""
        return _VALUES.get(node.type, Expressions._children)(self, node)

    def effect(self, node: Node) -> None:
        """Emit what `node` does; its value is not used."""
        if node.type == "update_expression":
            self._step(node, self.place(field(node, "argument")))
        elif node.type == "comma_expression":
            self.effect(field(node, "left"))
            self.effect(field(node, "right"))
        else:
            self.value(node)

    def condition(self, node: Node, yes: int, no: int) -> None:
        """Leave the current block to `yes` where `node` is true, to `no` where it is not."""
        inner = self._unhinted(node)
        operator = operator_of(inner)
        if inner.type == "unary_expression" and operator == "!":
            self.condition(field(inner, "argument"), no, yes)
        elif inner.type == "binary_expression" and operator in ("&&", "||"):
            middle = self.builder.block()
            first = (middle, no) if operator == "&&" else (yes, middle)
            self.condition(field(inner, "left"), *first)
            self.builder.start(middle)
            self.condition(field(inner, "right"), yes, no)
        elif inner.type == "comma_expression":
            self.effect(field(inner, "left"))
            self.condition(field(inner, "right"), yes, no)
        else:
            self.builder.branch(self.value(inner), yes, no, inner.start_byte, inner.end_byte)

    def place(self, node: Node) -> Place:
        """Where `node`, an lvalue, is kept; anything else gets a place of its own."""
        match node.type:
            case "identifier":
                return Variable(words(node))
            case "parenthesized_expression" if node.named_child_count == 1:
                return self.place(node.named_children[0])
            case "pointer_expression" if operator_of(node) == "*":
                return target(self.value(field(node, "argument")))
            case "field_expression":
                base = field(node, "argument")
                pointer = self.value(base) if operator_of(node) == "->" else address(self.place(base))
                return Member(pointer, words(field(node, "field")))
            case "subscript_expression":
                index = self.value(field(node, "index"))
                return target(Compound("[]", (self.value(field(node, "argument")), index)))
        return self._keep(self.value(node), node).place

    def store(self, place: Place, value: Value, node: Node) -> None:
        """Emit `place = value`."""
        self._access(place, node)
        self.builder.emit(Assign(place, value, node.start_byte, node.end_byte))

    def _identifier(self, node: Node) -> Value:
        name = words(node)
        if name == UNKNOWN:
            # each is a condition of its own, and a new one in every round of a loop
            return self._keep(Opaque(node.start_byte), node)
        if name in self.arrays:
            return AddressOf(Variable(name))
        if name in self.constants and name not in self.locals:
            return Number(self.constants[name])
        known = name in self.locals or not name.isupper()
        return Load(Variable(name)) if known else Named(name)

    def _number(self, node: Node) -> Value:
        text = words(node).rstrip("uUlL")
        try:
            return Number(int(text, 8 if text.startswith("0") and text.isdigit() else 0))
        except ValueError:
            return Named(text)

    def _parenthesized(self, node: Node) -> Value:
        inner = node.named_children[-1] if node.named_child_count else node
        if inner.type == "compound_statement" and self.block_value:
            return self.block_value(inner)
        return self.value(inner) if inner is not node else Opaque(node.start_byte)

    def _size(self, node: Node) -> Value:
        """A size that is compared is the same the next time; of others nobody asks."""
        around = node.parent
        compared = around is not None and around.type == "binary_expression" and operator_of(around) in _ORDERS
        return Named(words(node)) if compared else Opaque(node.start_byte)

    def _children(self, node: Node) -> Value:
        for child in node.named_children:
            if child.type != "comment":
                self.value(child)
        return Opaque(node.start_byte)

    def _call(self, node: Node) -> Value:
        inner = self._unhinted(node)
        if inner is not node:
            return self.value(inner)
        function, listed = field(node, "function"), field(node, "arguments")
        name = words(function) if function.type == "identifier" else self._member(function)
        given = [a for a in listed.named_children if a.type != "comment"]
        if name in self.macros:
            calls = expanded(self.macros, name, [words(a) for a in given], node.start_byte, node.end_byte)
            if calls:
                return [self.value(call) for call in calls][-1]
        if function.type != "identifier":
            self.value(function)
        arguments = tuple(self.value(a) for a in given)
        result = self.builder.temporary()
        self.builder.emit(Call(name, arguments, result, node.start_byte, node.end_byte))
        # what is given to a value is a variable of that name, of which a hunk need not show the declaration
        if node.parent is not None and node.parent.type == "expression_statement":
            self._may_jump(given, node)
        return Load(result)

    def _member(self, function: Node) -> str:
        """How a call through a pointer in a table is called, if a contract is about it."""
        name = f"->{words(field(function, 'field'))}" if function.type == "field_expression" else ""
        return name if name in self.members else ""

    def _may_jump(self, given: Iterable[Node], node: Node) -> None:
        """A macro that is a statement, or assembly, and is given labels of the function may jump to them."""
        names = dict.fromkeys(words(g) for g in given if g.type == "identifier") if self.labels and self.jump else ()
        for name in (n for n in names if n in self.labels and n not in self.locals):
            side, after = self.builder.block(), self.builder.block()
            self.builder.fork((after, side))
            self.builder.start(side)
            if self.jump:
                self.jump(name, node.start_byte)
            self.builder.start(after)

    def _assembly(self, node: Node) -> Value:
        goals = node.child_by_field_name("goto_labels")
        for child in node.named_children:
            if child != goals:
                self.value(child)
        self._may_jump(goals.named_children if goals else (), node)
        return Opaque(node.start_byte)

    def _assignment(self, node: Node) -> Value:
        operator, place = operator_of(node), self.place(field(node, "left"))
        value = self.value(field(node, "right"))
        if operator != "=":
            value = Compound(operator.removesuffix("="), (Load(place), value))
        self.store(place, value, node)
        return Load(place)

    def _update(self, node: Node) -> Value:
        place = self.place(field(node, "argument"))
        prefix = node.children[0].type in ("++", "--")
        before = None if prefix else self._keep(Load(place), node)
        # the place is evaluated once: what is called in it is called once, and nested updates stay few
        self._step(node, place)
        return before or Load(place)

    def _step(self, node: Node, place: Place) -> None:
        operator = operator_of(node)
        self.store(place, Compound(operator[0], (Load(place), Number(1))), node)

    def _binary(self, node: Node) -> Value:
        operator = operator_of(node)
        if operator in ("&&", "||"):
            return self._decided(node)
        left, right = self.value(field(node, "left")), self.value(field(node, "right"))
        return Compound(operator, (left, right))

    def _unary(self, node: Node) -> Value:
        operator, inner = operator_of(node), self.value(field(node, "argument"))
        if operator == "-" and isinstance(inner, Number):
            return Number(-inner.value)
        return inner if operator == "+" else Compound(operator, (inner,))

    def _pointer(self, node: Node) -> Value:
        if operator_of(node) == "&":
            return address(self.place(field(node, "argument")))
        return self._read(self.place(node), node)

    def _read(self, place: Place, node: Node) -> Value:
        self._access(place, node)
        return Load(place)

    def _access(self, place: Place, node: Node) -> None:
        pointer = place.pointer if isinstance(place, Target) else place.base if isinstance(place, Member) else None
        if pointer is not None and isinstance(pointer, Load | Compound):
            self.builder.emit(Access(pointer, node.start_byte, node.end_byte))

    def _conditional(self, node: Node) -> Value:
        if node.child_by_field_name("consequence") is None:
            return self._otherwise(node)
        result, after = self.builder.temporary(), self.builder.block()
        sides = [self.builder.block(), self.builder.block()]
        self.condition(field(node, "condition"), *sides)
        for name, side in zip(("consequence", "alternative"), sides, strict=True):
            self.builder.start(side)
            self.builder.emit(Assign(result, self._side(node, name), node.start_byte, node.end_byte))
            self.builder.jump(after)
        self.builder.start(after)
        return Load(result)

    def _side(self, node: Node, name: str) -> Value:
        child = node.child_by_field_name(name)
        return self.value(child) if child else Opaque(node.start_byte)

    def _otherwise(self, node: Node) -> Value:
        """`a ?: b`: `a`, evaluated once, or `b` where `a` is zero."""
        tested = field(node, "condition")
        result, other, after = self._keep(self.value(tested), tested), self.builder.block(), self.builder.block()
        self.builder.branch(result, after, other, tested.start_byte, tested.end_byte)
        self.builder.start(other)
        self.builder.emit(Assign(result.place, self._side(node, "alternative"), node.start_byte, node.end_byte))
        self.builder.jump(after)
        self.builder.start(after)
        return result

    def _decided(self, node: Node) -> Value:
        result, after = self.builder.temporary(), self.builder.block()
        sides = [self.builder.block(), self.builder.block()]
        self.condition(node, *sides)
        for number, side in zip((1, 0), sides, strict=True):
            self.builder.start(side)
            self.builder.emit(Assign(result, Number(number), node.start_byte, node.end_byte))
            self.builder.jump(after)
        self.builder.start(after)
        return Load(result)

    def _comma(self, node: Node) -> Value:
        self.effect(field(node, "left"))
        return self.value(field(node, "right"))

    def _keep(self, value: Value, node: Node) -> Load:
        copy = self.builder.temporary()
        self.builder.emit(Assign(copy, value, node.start_byte, node.end_byte))
        return Load(copy)

    def _unhinted(self, node: Node) -> Node:
        while True:
            if node.type == "parenthesized_expression" and node.named_child_count == 1:
                inner = node.named_children[0]
                if inner.type == "compound_statement":
                    return node
            elif node.type == "call_expression" and words(field(node, "function")) in self.hints:
                arguments = [a for a in field(node, "arguments").named_children if a.type != "comment"]
                if not arguments:
                    return node
                inner = arguments[0]
            else:
                return node
            node = inner


# what gives the value of an expression of each type
_VALUES: dict[str, Callable[[Expressions, Node], Value]] = {
    "identifier": Expressions._identifier,
    "number_literal": Expressions._number,
    "char_literal": lambda lowered, node: Named(words(node)),
    "null": lambda lowered, node: NULL,
    "false": lambda lowered, node: NULL,
    "true": lambda lowered, node: Number(1),
    "parenthesized_expression": Expressions._parenthesized,
    "call_expression": Expressions._call,
    "assignment_expression": Expressions._assignment,
    "update_expression": Expressions._update,
    "binary_expression": Expressions._binary,
    "unary_expression": Expressions._unary,
    "pointer_expression": Expressions._pointer,
    "field_expression": lambda lowered, node: lowered._read(lowered.place(node), node),
    "subscript_expression": lambda lowered, node: lowered._read(lowered.place(node), node),
    "conditional_expression": Expressions._conditional,
    "cast_expression": lambda lowered, node: Cast(words(field(node, "type")), lowered.value(field(node, "value"))),
    "comma_expression": Expressions._comma,
    "gnu_asm_expression": Expressions._assembly,
    "initializer_list": Expressions._children,
    "initializer_pair": lambda lowered, node: lowered.value(field(node, "value")),
    "compound_literal_expression": lambda lowered, node: lowered.value(field(node, "value")),
    "sizeof_expression": Expressions._size,
    "alignof_expression": lambda lowered, node: Opaque(node.start_byte),
    "offsetof_expression": lambda lowered, node: Opaque(node.start_byte),
}
