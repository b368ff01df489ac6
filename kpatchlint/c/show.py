"""A CFG as text, for people and for goldens: its blocks, their operations as C, and where they lead.

Blocks nobody gets to are left out; an empty list of successors is the end of all paths.  Example: of
`void f(int a) { if (a) g(); }`

    f(a)
    b0 -> b4 b5
    b1 -> b3
        %1 = g()
    ...
    b4 -> b1
        assume a
"""

from collections.abc import Iterator

from kpatchlint.c.ir import (
    CFG,
    Access,
    Assign,
    Assume,
    BasicBlock,
    Call,
    Declare,
    Exit,
    Gap,
    LoopExit,
    Lowered,
    Operation,
    Value,
    text,
)

INDENT = "    "


def show(lowered: Lowered) -> str:
    """The whole function, one operation a line, ending in a newline."""
    heading = f"{lowered.name}({', '.join(lowered.parameters)})"
    parts = [] if lowered.whole else ["in part"]
    lines = [" ".join([heading, *parts])]
    for number in reached(lowered.cfg):
        lines.append(block_heading(lowered.cfg, number))
        lines += [INDENT + show_operation(operation) for operation in lowered.cfg.blocks[number].operations]
    return "\n".join([*lines, ""])


def reached(cfg: CFG) -> list[int]:
    """The numbers of the blocks that some path gets to, in order."""
    seen: set[int] = set()
    waiting = [0, *cfg.open_blocks]
    while waiting:
        number = waiting.pop()
        if number not in seen:
            seen.add(number)
            waiting.extend(cfg.blocks[number].successors)
    return sorted(seen)


def block_heading(cfg: CFG, number: int) -> str:
    """Name of a block, whether code outside the fragment may jump to it, and its successors."""
    return f"b{number}{' (open)' if number in cfg.open_blocks else ''} ->{_successors(cfg.blocks[number])}"


def _successors(block: BasicBlock) -> str:
    return "".join(f" b{successor}" for successor in block.successors) or " end"


def show_operation(operation: Operation) -> str:
    """One operation as C, or as near to it as it gets."""
    match operation:
        case Assign(place, value):
            return f"{text(place)} = {text(value)}"
        case Declare(variable):
            return f"declare {text(variable)}"
        case Call(function, arguments, result):
            return f"{text(result)} = {function or '(*…)'}({', '.join(map(text, arguments))})"
        case Access(pointer):
            return f"access *{_grouped(pointer)}"
        case Assume(value, truth):
            return f"assume {text(value) if truth else '!' + _grouped(value)}"
        case LoopExit(stepped):
            return f"loop left, stepped {', '.join(map(text, stepped))}"
        case Exit(value, explicit=explicit):
            return " ".join(_exit(value, explicit))
        case Gap():
            return "gap"


def _grouped(value: Value) -> str:
    """The value with parentheses where an operator in front would not take all of it."""
    written = text(value)
    return f"({written})" if " " in written and not written.endswith(")") else written


def _exit(value: Value | None, explicit: bool) -> Iterator[str]:
    yield "return" if explicit else "end of body"
    if value is not None:
        yield text(value)
