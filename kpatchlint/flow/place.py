"""Places and conditions of contract files, read into values over the parameter names.

The language is the little of C that names something: `*ptlp`, `vmf->ptl`, `pvmw.pte`, `&x->lock`, `return`, a pure call
`pte_lockptr(mm, pmd)`, numbers and NULL, and conditions on these joined by `&&`.  Example: `read_condition("return ==
NULL && ptep != NULL")` gives two (value, truth) pairs.
"""

import re
from collections.abc import Iterator

from kpatchlint.c.ir import NULL, Compound, Invoke, Load, Member, Named, Number, Value, Variable, address, target
from kpatchlint.errors import UserError
from kpatchlint.regex import regex

TOKEN = regex(r"\s*(->|==|!=|<=|>=|&&|[-!&*().,<>]|\w+)")
RESULT = Variable("return")
# what a callee leaves in a place when nothing more is known of it
NEW = Load(Variable("new"))
# the same where paths were merged early: on some of them it may be NULL
MERGED = Load(Variable("%merged"))
# before the place that was given the same new value
SAME = "new"
FLIPPED = {"!=": "==", ">=": "<"}
Condition = tuple[Value, bool]


def read_place(text: str) -> Value:
    """The value that `text` names; `UserError` when it is not a place."""
    parser = _Parser(text)
    value = parser.unary()
    parser.end()
    return value


def read_condition(text: str) -> tuple[Condition, ...]:
    """The conjunction `text` as values that must (not) be zero; empty text is no condition."""
    if not text.strip():
        return ()
    parser = _Parser(text)
    found = [parser.comparison()]
    while parser.accept("&&"):
        found.append(parser.comparison())
    parser.end()
    return tuple(found)


class _Parser:
    """Recursive descent over the tokens of one line."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._split())
        self.at = 0

    def comparison(self) -> Condition:
        left = self.unary()
        operator = self.accept("==", "!=", "<", ">=", "&")
        if not operator:
            negated = isinstance(left, Compound) and left.operator == "!"
            return (left.operands[0], False) if negated and isinstance(left, Compound) else (left, True)
        pair = (left, self.unary())
        return Compound(FLIPPED.get(operator, operator), pair), operator not in FLIPPED

    def unary(self) -> Value:
        if self.accept("*"):
            return Load(target(self.unary()))
        if self.accept("&"):
            inner = self.unary()
            return address(inner.place) if isinstance(inner, Load) else inner
        if self.accept("!"):
            return Compound("!", (self.unary(),))
        if self.accept("-"):
            return Compound("-", (self.unary(),))
        return self.postfix()

    def postfix(self) -> Value:
        if self.accept("("):
            condition, truth = self.comparison()
            self.expect(")")
            return condition if truth else Compound("!", (condition,))
        value = self.atom()
        while operator := self.accept("->", "."):
            base = value if operator == "->" or not isinstance(value, Load) else address(value.place)
            value = Load(Member(base, self.word()))
        return value

    def atom(self) -> Value:
        name = self.word()
        if self.accept("("):
            arguments: list[Value] = []
            while not self.accept(")"):
                arguments.append(self.unary())
                self.accept(",")
            return Invoke(name, tuple(arguments))
        if name.isdigit():
            return Number(int(name))
        return NULL if name in ("NULL", "false") else Named(name) if name.isupper() else Load(Variable(name))

    def word(self) -> str:
        if self.at < len(self.tokens) and re.fullmatch(r"\w+", self.tokens[self.at]):
            self.at += 1
            return self.tokens[self.at - 1]
        raise self._wrong()

    def accept(self, *wanted: str) -> str:
        """The next token if it is one of `wanted`, and step over it."""
        if self.at < len(self.tokens) and self.tokens[self.at] in wanted:
            self.at += 1
            return self.tokens[self.at - 1]
        return ""

    def expect(self, wanted: str) -> None:
        if not self.accept(wanted):
            raise self._wrong()

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self._wrong()

    def _split(self) -> Iterator[str]:
        at = 0
        while self.text[at:].strip():
            match = TOKEN.match(self.text, at)
            if not match:
                raise self._wrong()
            yield match[1]
            at = match.end()

    def _wrong(self) -> UserError:
        cure = "write it as *ptlp, vmf->ptl or return == NULL"
        return UserError(f"not a place or condition: {self.text!r}", cure=cure)
