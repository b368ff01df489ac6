"""The path states of a function as text: what each path knows where a block starts, and where it leaves.

For goldens, and for whoever asks why a rule fired.  A symbol made by a call goes by the call, `old(x)` is
what x held when the function was entered.  Assumes that offsets mean nothing to a reader: equal calls are
numbered in the order of the text.  Example: behind `ptl = pmd_lock(mm, pmd);`

    b1 -> b3
        held: lock pmd_lockptr(old(mm), old(pmd)); ptl = pmd_lockptr(old(mm), old(pmd))
"""

from collections.abc import Mapping
from functools import cached_property

from msgspec import structs

from kpatchlint.c.ir import Lowered
from kpatchlint.c.show import INDENT, block_heading
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.dataflow import TooCostlyError
from kpatchlint.flow.paths import FEW_BLOCKS, MOST_TRANSFERS, Ending, Paths, States
from kpatchlint.flow.state import ANY, MOVED, PathState
from kpatchlint.flow.symbol import (
    Address,
    Cell,
    Constant,
    Fresh,
    Initial,
    Literal,
    Operator,
    Pure,
    Shifted,
    Symbol,
)


def show_states(lowered: Lowered, knowledge: Knowledge) -> str:
    """Every block that is reached, with its path states one a line, ending in a newline."""
    lines = [f"{lowered.name}({', '.join(lowered.parameters)})"]
    try:
        reached, endings = _solved(lowered, knowledge)
    except TooCostlyError:
        return "\n".join([*lines, f"{INDENT}too many paths", ""])
    writer = _Writer(lowered)
    for block in sorted(reached):
        lines.append(block_heading(lowered.cfg, block))
        lines += sorted(INDENT + writer.state(state) for state in reached[block].values())
    lines.append("end")
    lines += sorted({INDENT + writer.ending(ending) for ending in endings})
    return "\n".join([*lines, ""])


def _solved(lowered: Lowered, knowledge: Knowledge) -> tuple[Mapping[int, States], list[Ending]]:
    paths = Paths(lowered, knowledge, MOST_TRANSFERS, small=len(lowered.cfg.blocks) <= FEW_BLOCKS)
    return paths.solved(), list(paths.endings.values())


class _Writer:
    """Writes the symbols of one function."""

    def __init__(self, lowered: Lowered) -> None:
        self.lowered = lowered

    @cached_property
    def calls(self) -> dict[int, str]:
        """The name of what a call gives, by the offset of the call."""
        named: dict[int, str] = {}
        seen: dict[str, int] = {}
        for call in sorted(self.lowered.cfg.calls(), key=lambda call: call.start):
            name = f"{call.function or '(*…)'}()"
            if call.start not in named:
                seen[name] = seen.get(name, 0) + 1
                named[call.start] = name if seen[name] == 1 else f"{name}#{seen[name]}"
        return named

    def ending(self, ending: Ending) -> str:
        """One path that leaves, with what it returns; what variables hold does not matter any more."""
        known = self.state(structs.replace(ending.state, store={}))
        return f"returns {self.symbol(ending.result)}; {known}" if ending.result else known

    def state(self, state: PathState) -> str:
        """One path state on one line."""
        parts = (self._held(state), self._gone(state), self._facts(state), self._store(state))
        return "; ".join(part for part in parts if part) or "nothing known"

    def _held(self, state: PathState) -> str:
        held = [f"{h.resource}{self._of(h.symbol)}" + " again" * h.again for h in state.held]
        return "held: " + ", ".join(held) if held else ""

    def _gone(self, state: PathState) -> str:
        gone = [f"{r}{self._of(s)} by {g.by}()" + " never held" * g.never for (r, s), g in state.gone.items()]
        return "gone: " + ", ".join(sorted(gone)) if gone else ""

    def _of(self, symbol: Symbol | None) -> str:
        return "" if symbol is None else " " + self.symbol(symbol)

    def _facts(self, state: PathState) -> str:
        facts = [f"{'' if truth else 'not '}{self.symbol(symbol)}" for symbol, truth in state.facts.items()]
        facts += [" != ".join(sorted(map(self.symbol, pair))) for pair in state.unequal]
        return "knows: " + ", ".join(sorted(facts)) if facts else ""

    def _store(self, state: PathState) -> str:
        return ", ".join(sorted(f"{self._cell(cell)} = {self.symbol(s)}" for cell, s in state.store.items()))

    def symbol(self, symbol: Symbol) -> str:
        """A symbol as near to C as it gets."""
        match symbol:
            case Literal(value):
                return str(value)
            case Constant(name):
                return name
            case Initial(cell):
                return f"old({self._old(cell)})"
            case Address(cell):
                return "&" + self._cell(cell)
            case Fresh():
                return self._fresh(symbol)
            case Pure(function, arguments):
                return f"{function}({', '.join(map(self.symbol, arguments))})"
            case Operator(operator, operands):
                return self._operator(operator, operands)
            case Shifted():
                return self._shifted(symbol)

    def _fresh(self, symbol: Fresh) -> str:
        if symbol.site in (ANY, MOVED):
            return symbol.what
        if symbol.site < 0:
            return f"({symbol.what} at b{MOVED - 1 - symbol.site})"
        called = self.calls.get(symbol.site, "")
        parts = [called] if called and symbol.what == "return" else list(filter(None, (called, symbol.what)))
        return " ".join(parts) + "'" * symbol.age

    def _operator(self, operator: str, operands: tuple[Symbol, ...]) -> str:
        written = [self.symbol(operand) for operand in operands]
        if len(written) > 1:
            return f"({f' {operator} '.join(written)})"
        return f"{operator}({written[0]})" if operator.isalpha() else operator + written[0]

    def _shifted(self, symbol: Shifted) -> str:
        high = "" if symbol.high is None else str(symbol.high)
        steps = str(symbol.low) if symbol.low == symbol.high else f"{symbol.low}..{high}"
        return f"({self.symbol(symbol.base)} + {steps}{' past' * symbol.past})"

    def _cell(self, cell: Cell) -> str:
        match cell.base:
            case None:
                return cell.name
            case Address(inner):
                return f"{self._cell(inner)}.{cell.name}"
        return self._member(self.symbol(cell.base), cell.name)

    def _old(self, cell: Cell) -> str:
        """Inside `old()` everything is old."""
        match cell.base:
            case Initial(inner):
                return self._member(self._old(inner), cell.name)
        return self._cell(cell)

    @staticmethod
    def _member(base: str, name: str) -> str:
        return f"*{base}" if name == "*" else f"{base}->{name}"
