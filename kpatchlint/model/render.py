"""Programs as C text, with the line of every place.

How operations and tests read in C is data: `callers.toml` beside this file.  Many programs go into one text, because a
reader of C starts only once for it.  Assumes that a statement of the data stands on one line.  Example: with
`U = "spin_unlock(ptl);"` the program `(Op("U"),)` is a function whose fifth line, say, is that statement, and
`lines[0]` is 5.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from kpatchlint.model.programs import Block, Goto, If, Label, Op, Return, Statement


class Language(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the callers of one variant read in C.

    release     whose functions these are
    parameters  of every caller
    declares    the lines of its declarations
    starts      lines that give everything back, so that a reader knows that nothing is held
    operation   one line for each operation
    test        the question `?x` asks, for each x
    """

    release: str
    parameters: str
    declares: tuple[str, ...]
    starts: tuple[str, ...] = ()
    operation: dict[str, str]
    test: dict[str, str] = {}
    unknown: str = "cond()"


class CallerFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`callers.toml`."""

    caller: dict[str, Language]


LANGUAGES: Mapping[str, Language] = msgspec.convert(
    tomllib.loads(Path(__file__).with_name("callers.toml").read_text()), CallerFile
).caller
"""How callers read in C, by the name of the api."""


@dataclass(frozen=True, slots=True)
class Function:
    """One rendered program: its name, and the line of each of its places."""

    name: str
    lines: tuple[int, ...]


@dataclass
class _Writer:
    language: Language
    lines: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def write(self, depth: int, text: str) -> None:
        self.lines.append("\t" * depth + text)

    def place(self, depth: int, text: str) -> None:
        """A line that is a place."""
        self.write(depth, text)
        self.places.append(len(self.lines))

    def block(self, block: Block, depth: int) -> None:
        for statement in block:
            self.statement(statement, depth)

    def statement(self, statement: Statement, depth: int) -> None:
        match statement:
            case Op(name):
                self.place(depth, self.language.operation[name])
            case Return():
                self.place(depth, "return;")
            case Goto(label):
                self.write(depth, f"goto {label};")
            case Label(name):
                self.write(0, f"{name}:")
            case If(test, then, other):
                self._branch(test, then, other, depth)

    def _branch(self, test: str, then: Block, other: Block, depth: int) -> None:
        question = self.language.test[test] if test else self.language.unknown
        if then or not other:
            self.place(depth, f"if ({question}) {{")
            self.block(then, depth + 1)
        if then and other:
            self.write(depth, "} else {")
        elif other:
            self.place(depth, f"if (!({question})) {{")
        self.block(other, depth + 1)
        self.write(depth, "}")


def rendered(programs: Iterable[Block], language: Language) -> tuple[str, tuple[Function, ...]]:
    """One text with a function for each program, in their order."""
    writer = _Writer(language)
    functions = tuple(_function(writer, number, program) for number, program in enumerate(programs))
    return "\n".join((*writer.lines, "")), functions


def _function(writer: _Writer, number: int, program: Block) -> Function:
    name = f"caller_{number}"
    writer.places = []
    writer.write(0, f"static void {name}({writer.language.parameters})")
    writer.write(0, "{")
    for line in (*writer.language.declares, "", *writer.language.starts):
        writer.write(1 if line else 0, line)
    writer.block(program, 1)
    writer.place(0, "}")
    writer.write(0, "")
    return Function(name, tuple(writer.places))


def text_of(program: Block, language: Language) -> str:
    """One program alone, for a person to read."""
    return rendered([program], language)[0]
