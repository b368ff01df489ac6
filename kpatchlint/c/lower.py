"""Statements of C, lowered to a CFG of operations.

Every arm of an `#if` is a branch on a condition of that text, so arms of equal conditions go together.  Scoped guards
and cleanup attributes release where their scope ends.  A loop's condition turning false is an operation of its own,
because "the loop has run" is what makes `pte - 1` right.  Example: `lower(node, ...)` of

    void f(void) { if (a) return; g(); }

has a block for each side of `a`, an explicit exit in one and the call and the exit at the brace in the other.
"""

from collections.abc import Callable, Iterable

from msgspec import Struct
from tree_sitter import Node

from kpatchlint.c import declare
from kpatchlint.c.builder import Builder
from kpatchlint.c.context import Context
from kpatchlint.c.expression import Expressions, field, words
from kpatchlint.c.ir import (
    NULL,
    AddressOf,
    Assign,
    Call,
    Compound,
    Declare,
    Exit,
    Gap,
    Load,
    LoopExit,
    Lowered,
    Member,
    Named,
    Opaque,
    Value,
    Variable,
)
from kpatchlint.c.iterate import at_end, elements

GAP = "__kpatchlint_gap__"


class _Scope(Struct):
    start: int
    end: int
    releases: list[tuple[str, tuple[Value, ...]]]


class _Goal(Struct, frozen=True):
    block: int
    scopes: int


def lower(function: Node, context: Context, *, whole: bool = True) -> Lowered:
    """The CFG of one `function_definition`; `whole` is false when code of it is missing (a fragment)."""
    return _Lowering(function, context, whole).run()


class _Lowering:
    """Lowers one function."""

    def __init__(self, function: Node, context: Context, whole: bool) -> None:
        self.function, self.context, self.whole = function, context, whole
        self.builder = Builder()
        self.body = field(function, "body")
        self.parameters = dict(declare.parameters(function))
        # the second time, so that a parameter keeps its type where an inner scope hides it
        declared, self.labelled = declare.inside(self.body)
        self.types: dict[str, str] = self.parameters | declare.local_types(declared) | self.parameters
        arrays = declare.local_arrays(declared) | (context.arrays - self.types.keys())
        outside = context.constants, context.macros, context.members
        self.expressions = Expressions(self.builder, self.types, context.hints, arrays, *outside)
        self.expressions.block_value, self.expressions.jump = self._statement_expression, self._jump
        self.scopes: list[_Scope] = []
        self.breaks: list[_Goal] = []
        self.continues: list[_Goal] = []
        self.cases: dict[int, int] = {}
        self.labels: dict[str, tuple[int, int]] = {}

    def run(self) -> Lowered:
        for label in self.labelled:
            self.labels[words(field(label, "label"))] = (self.builder.block(), label.start_byte)
        self.expressions.labels = self.labels.keys() - declare.assigned(self.body, self.labels)
        self.statement(self.body)
        # or this would be in a cycle, which is freed late
        self.expressions.block_value = self.expressions.jump = None
        self.builder.emit(Exit(None, self.body.end_byte - 1, self.body.end_byte, explicit=False))
        return Lowered(
            name=words(field(declare.function_declarator(self.function), "declarator")),
            parameters=tuple(self.parameters),
            types=tuple(self.types.items()),
            cfg=self.builder.finish(),
            returns_value=declare.returns_value(self.function),
            returns_pointer=declare.returns_pointer(self.function),
            start=self.function.start_byte,
            end=self.function.end_byte,
            whole=self.whole,
        )

    def statement(self, node: Node) -> None:
        """Lower one statement; a type the table lacks is an expression."""
        handler = _STATEMENTS.get(node.type)
        if handler:
            handler(self, node)
        else:
            self.expressions.effect(node)

    def _sequence(self, node: Node) -> None:
        for child in node.named_children:
            if child.type != "else_clause" and child is not node.child_by_field_name("condition"):
                self.statement(child)

    def _compound(self, node: Node) -> None:
        self.scopes.append(_Scope(node.start_byte, node.end_byte, []))
        for child in node.named_children:
            self.statement(child)
        self._release([self.scopes.pop()], node.end_byte - 1)

    def _statement_expression(self, node: Node) -> Value:
        *before, last = node.named_children or [node]
        if last is node or last.type != "expression_statement" or not last.named_children:
            self._compound(node)
            return Opaque(node.start_byte)
        self.scopes.append(_Scope(node.start_byte, node.end_byte, []))
        for child in before:
            self.statement(child)
        value = self.expressions.value(last.named_children[0])
        self._release([self.scopes.pop()], node.end_byte - 1)
        return value

    def _expression(self, node: Node) -> None:
        for child in node.named_children:
            if words(child.child_by_field_name("function")) == GAP:
                self._gap(node)
            elif not self._guard(child):
                self.expressions.effect(child)

    def _gap(self, node: Node) -> None:
        self.builder.emit(Gap(node.start_byte, node.end_byte))
        self.builder.stop()
        self.builder.start(self.builder.block(), enterable=True)

    def _guard(self, node: Node) -> bool:
        """`guard(class)(argument)`: take now, give back where the scope ends."""
        inner = node.child_by_field_name("function")
        if node.type != "call_expression" or inner is None or inner.type != "call_expression":
            return False
        pair = self._cleanup(field(inner, "arguments").named_children)
        if pair is None:
            return False
        arguments = tuple(self.expressions.value(a) for a in field(node, "arguments").named_children)
        self._call(pair[0], arguments, node.start_byte, node.end_byte)
        self.scopes[-1].releases.append((pair[1], arguments))
        return True

    def _cleanup(self, arguments: list[Node]) -> tuple[str, str] | None:
        return self.context.cleanups.get(words(arguments[0])) if arguments else None

    def _call(self, function: str, arguments: tuple[Value, ...], start: int, end: int) -> None:
        self.builder.emit(Call(function, arguments, self.builder.temporary(), start, end))

    def _release(self, scopes: list[_Scope], at: int) -> None:
        for scope in reversed(scopes):
            for function, arguments in reversed(scope.releases):
                self._call(function, arguments, at, at + 1)

    def _declaration(self, node: Node) -> None:
        for child in node.children_by_field_name("declarator"):
            name, _ = declare.declared(child)
            value = declare.initial(child)
            if value is not None and name and value.type == "initializer_list":
                self._initialise(Variable(name), value)
            elif value is not None and name:
                self.expressions.store(Variable(name), self.expressions.value(value), child)
            elif name and name not in self.expressions.arrays:
                self.builder.emit(Declare(Variable(name), child.start_byte, child.end_byte))
            attached = declare.attached(node, child, self.context.guards)
            self.scopes[-1].releases.extend((cleanup, (AddressOf(Variable(name)),)) for cleanup in attached)

    def _initialise(self, variable: Variable, node: Node) -> None:
        """`= { .a = x }`: what is not named is zero; the name of an array is where it stands, which is not."""
        if variable.name not in self.expressions.arrays:
            self.builder.emit(Assign(variable, NULL, node.start_byte, node.end_byte))
        for child in node.named_children:
            designator, value = (child.child_by_field_name(name) for name in ("designator", "value"))
            if designator is not None and value is not None and designator.type == "field_designator":
                place = Member(AddressOf(variable), words(designator.named_children[0]))
                self.expressions.store(place, self.expressions.value(value), child)
            elif child.type != "comment":
                self.expressions.value(child)

    def _if(self, node: Node) -> None:
        yes, no, after = (self.builder.block() for _ in range(3))
        self.expressions.condition(field(node, "condition"), yes, no)
        self.builder.start(yes)
        self.statement(field(node, "consequence"))
        self.builder.jump(after)
        self.builder.start(no)
        alternative = node.child_by_field_name("alternative")
        if alternative:
            self._sequence(alternative)
        self.builder.start(after)

    def _while(self, node: Node) -> None:
        name = self.context.guards.get(node.start_byte)
        if name is not None:
            self._scoped_guard(node)
            return
        head, body, done, after = (self.builder.block() for _ in range(4))
        self.builder.start(head)
        condition = field(node, "condition")
        if (loop := node.start_byte) in self.context.iterators:
            self._iterate(condition, loop, body, done)
        else:
            self.expressions.condition(condition, body, done)
        self._round(node, body, head, after)
        self._done(node, done, after)

    def _iterate(self, condition: Node, loop: int, body: int, done: int) -> None:
        side, end = self.builder.block(), self.builder.block()
        self.builder.fork((side, end))
        first, null = loop in self.context.element_first, loop in self.context.null_at_end
        new = list(elements(condition, self.body, self.parameters, self.types, first))
        self._assigned(side, new, body)
        self._assigned(end, at_end(new, self.types) if null else (), done)

    def _assigned(self, block: int, assigned: Iterable[Assign], goal: int) -> None:
        self.builder.start(block)
        for each in assigned:
            self.builder.emit(each)
        self.builder.jump(goal)

    def _scoped_guard(self, node: Node) -> None:
        inside = declare.descend(field(node, "condition"), skip={"call_expression"})
        listed = [n for n in inside if n.type != "comma_expression"]
        pair, arguments = self._cleanup(listed), tuple(self.expressions.value(n) for n in listed[1:2])
        if pair:
            self._call(pair[0], arguments, node.start_byte, node.end_byte)
        self.scopes.append(_Scope(node.start_byte, node.end_byte, [(pair[1], arguments)] if pair else []))
        self.statement(field(node, "body"))
        self._release([self.scopes.pop()], node.end_byte - 1)

    def _round(self, node: Node, body: int, again: int, after: int) -> None:
        self.breaks.append(_Goal(after, len(self.scopes)))
        self.continues.append(_Goal(again, len(self.scopes)))
        self.builder.start(body)
        self.statement(field(node, "body"))
        self.builder.jump(again)
        self.breaks.pop()
        self.continues.pop()

    def _done(self, node: Node, done: int, after: int) -> None:
        self.builder.start(done)
        moved = tuple(dict.fromkeys(declare.stepped(node)))
        if moved:
            self.builder.emit(LoopExit(moved, node.start_byte, node.end_byte, declare.advances(node)))
        self.builder.start(after)

    def _do(self, node: Node) -> None:
        body, head, done, after = (self.builder.block() for _ in range(4))
        self.builder.jump(body)
        self._round(node, body, head, after)
        self.builder.start(head)
        self.expressions.condition(field(node, "condition"), body, done)
        self._done(node, done, after)

    def _for(self, node: Node) -> None:
        head, body, step, done, after = (self.builder.block() for _ in range(5))
        if initializer := node.child_by_field_name("initializer"):
            self.statement(initializer)
        self.builder.start(head)
        condition = node.child_by_field_name("condition")
        if condition:
            self.expressions.condition(condition, body, done)
        else:
            self.builder.jump(body)
        self._round(node, body, step, after)
        self.builder.start(step)
        if update := node.child_by_field_name("update"):
            self.expressions.effect(update)
        self.builder.jump(head)
        self._done(node, done, after)

    def _switch(self, node: Node) -> None:
        chosen = self.builder.temporary()
        value = self.expressions.value(field(node, "condition"))
        self.builder.emit(Assign(chosen, value, node.start_byte, field(node, "condition").end_byte))
        body, after, default_block = field(node, "body"), self.builder.block(), None
        for case in (n for n in declare.descend(body, skip={"switch_statement"}) if n.type == "case_statement"):
            goal = self.cases[case.id] = self.builder.block()
            tested = case.child_by_field_name("value")
            if tested is None:
                default_block = goal
                continue
            other = self.builder.block()
            equal = Compound("==", (Load(chosen), self.expressions.value(tested)))
            self.builder.branch(equal, goal, other, case.start_byte, tested.end_byte)
            self.builder.start(other)
        self.builder.jump(after if default_block is None else default_block)
        self.breaks.append(_Goal(after, len(self.scopes)))
        self.statement(body)
        self.breaks.pop()
        self.builder.start(after)

    def _case(self, node: Node) -> None:
        self.builder.start(self.cases.get(node.id, self.builder.block()))
        tested = node.child_by_field_name("value")
        for child in node.named_children:
            if tested is None or child.id != tested.id:
                self.statement(child)

    def _return(self, node: Node) -> None:
        value = self.expressions.value(node.named_children[0]) if node.named_children else None
        self._release(self.scopes, node.start_byte)
        self.builder.emit(Exit(value, node.start_byte, node.end_byte))
        self.builder.stop()

    def _goto(self, node: Node) -> None:
        name = words(field(node, "label"))
        if name not in self.labels:
            self.builder.emit(Gap(node.start_byte, node.end_byte))
            self.builder.stop()
            return
        self._jump(name, node.start_byte)

    def _jump(self, name: str, at: int) -> None:
        block, offset = self.labels[name]
        self._release([s for s in self.scopes if not s.start <= offset < s.end], at)
        self.builder.jump(block)

    def _label(self, node: Node) -> None:
        block, _ = self.labels[words(field(node, "label"))]
        self.builder.start(block, enterable=not self.whole)
        for child in node.named_children[1:]:
            self.statement(child)

    def _leave(self, goals: list[_Goal], node: Node) -> None:
        if goals:
            self._release(self.scopes[goals[-1].scopes :], node.start_byte)
            self.builder.jump(goals[-1].block)
        else:
            self.builder.emit(Gap(node.start_byte, node.end_byte))
            self.builder.stop()

    def _conditional(self, node: Node) -> None:
        """Arms of #if: a branch on the text of the condition."""
        tested = node.child_by_field_name("condition") or node.child_by_field_name("name")
        arm, other, after = (self.builder.block() for _ in range(3))
        negated = node.type == "preproc_ifdef" and node.children[0].type == "#ifndef"
        goals = (other, arm) if negated else (arm, other)
        self.builder.branch(Named("#" + words(tested)), *goals, node.start_byte, node.start_byte)
        self.builder.start(arm)
        alternative = node.child_by_field_name("alternative")
        for child in node.named_children:
            if child not in (tested, alternative):
                self.statement(child)
        self.builder.jump(after)
        self.builder.start(other)
        if alternative:
            self.statement(alternative)
        self.builder.start(after)


# what lowers a statement of each type
_STATEMENTS: dict[str, Callable[[_Lowering, Node], None]] = {
    "compound_statement": _Lowering._compound,
    "expression_statement": _Lowering._expression,
    "declaration": _Lowering._declaration,
    "if_statement": _Lowering._if,
    "while_statement": _Lowering._while,
    "do_statement": _Lowering._do,
    "for_statement": _Lowering._for,
    "switch_statement": _Lowering._switch,
    "case_statement": _Lowering._case,
    "return_statement": _Lowering._return,
    "goto_statement": _Lowering._goto,
    "labeled_statement": _Lowering._label,
    "break_statement": lambda lowering, node: lowering._leave(lowering.breaks, node),
    "continue_statement": lambda lowering, node: lowering._leave(lowering.continues, node),
    "preproc_if": _Lowering._conditional,
    "preproc_ifdef": _Lowering._conditional,
    "preproc_elif": _Lowering._conditional,
    "preproc_else": _Lowering._sequence,
    "else_clause": _Lowering._sequence,
    "attributed_statement": _Lowering._sequence,
    **dict.fromkeys(
        ("comment", "preproc_def", "preproc_function_def", "preproc_call", "type_definition"), lambda *_: None
    ),
}
