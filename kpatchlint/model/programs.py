"""Small caller programs: sequences of operations with branches, jumps and retry loops.

A program is a tuple of statements.  Its places are its operations, tests and returns in the order of the text, its end
the last one; both the renderer and the judge count them so.  Assumes that a test asks the machine's own question (the
operation `?x` where it is true, `!x` where it is not) or, without a name, a question nobody knows the answer of.
Example: `(Op("L"), If("m", (Op("W"), Return())), Op("U"))` has the places L, m, W, return, U and the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

# the operation that leaves the caller
RETURN = "RET"


@dataclass(frozen=True, slots=True)
class Op:
    """One operation of the machine's alphabet."""

    name: str


@dataclass(frozen=True, slots=True)
class Return:
    """Leaves the program."""


@dataclass(frozen=True, slots=True)
class Goto:
    """Goes on behind the label of that name."""

    label: str


@dataclass(frozen=True, slots=True)
class Label:
    """Where a `Goto` goes on; a label in front of it in the text makes a loop."""

    name: str


@dataclass(frozen=True, slots=True)
class If:
    """Goes into `then` where the answer is yes, else into `other`."""

    test: str
    then: "Block"
    other: "Block" = ()


Statement = Op | Return | Goto | Label | If
Block = tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """One way on from a place: by which operation (none for a jump) and to which place."""

    operation: str
    target: int


@dataclass
class Graph:
    """The places of a program: what each is called, and the ways on.

    names  of the place: an operation, `?test`, or a return
    edges  a return has one edge, which leads nowhere (-1)
    """

    names: list[str] = field(default_factory=list)
    edges: list[list[Edge]] = field(default_factory=list)


def graph_of(program: Block) -> Graph:
    """The places of `program` and their edges; the last place is the end of the text, which returns."""
    builder = _Builder()
    loose = builder.block(program, [])
    end = builder.place(RETURN)
    builder.graph.edges[end].append(Edge(RETURN, -1))
    builder.resolve(loose, end)
    return builder.graph


# an edge without a target yet: the place it leaves, and its index there
_Loose = tuple[int, int]


class _Builder:
    def __init__(self) -> None:
        self.graph = Graph()
        self.labels: dict[str, int] = {}
        self.jumps: list[tuple[_Loose, str]] = []
        self.waiting: list[str] = []

    def place(self, name: str) -> int:
        """A new place; labels that were waiting for one stand here."""
        self.graph.names.append(name)
        self.graph.edges.append([])
        at = len(self.graph.names) - 1
        self.labels.update(dict.fromkeys(self.waiting, at))
        self.waiting.clear()
        return at

    def leave(self, place: int, operation: str) -> _Loose:
        """A new edge from `place`, target unknown."""
        self.graph.edges[place].append(Edge(operation, -1))
        return place, len(self.graph.edges[place]) - 1

    def block(self, block: Block, loose: list[_Loose]) -> list[_Loose]:
        """Add the statements; `loose` edges lead to the first of them, those returned to what stands behind."""
        for statement in block:
            loose = self.statement(statement, loose)
        return loose

    def statement(self, statement: Statement, loose: list[_Loose]) -> list[_Loose]:
        match statement:
            case Label(name):
                self.waiting.append(name)
                return loose
            case Goto(label):
                self.jumps += [(edge, label) for edge in loose]
                return []
            case If(test, then, other):
                return self._branch(test, then, other, loose)
            case Op(name):
                return [self.leave(self._reached(name, loose), name)]
            case Return():
                self.leave(self._reached(RETURN, loose), RETURN)
                return []

    def _reached(self, name: str, loose: list[_Loose]) -> int:
        at = self.place(name)
        self._aim(loose, at)
        return at

    def _branch(self, test: str, then: Block, other: Block, loose: list[_Loose]) -> list[_Loose]:
        at = self._reached(f"?{test}", loose)
        yes = self.leave(at, f"?{test}" if test else "")
        no = self.leave(at, f"!{test}" if test else "")
        return self.block(then, [yes]) + self.block(other, [no])

    def _aim(self, loose: list[_Loose], target: int) -> None:
        for place, index in loose:
            old = self.graph.edges[place][index]
            self.graph.edges[place][index] = Edge(old.operation, target)

    def resolve(self, loose: list[_Loose], end: int) -> None:
        """Lead what fell off the text to its end, and every jump to its label."""
        self._aim(loose, end)
        for edge, label in self.jumps:
            self._aim([edge], self.labels[label])


def straight(word: tuple[str, ...]) -> Block:
    """The program that is this word: a return where the word leaves, tests where it takes an answer for granted.

    A test in a word is `?x` or `!x`: the path on which the answer is another one returns at once.
    """
    return tuple(_straight(word))


def _straight(word: tuple[str, ...]) -> Iterator[Statement]:
    for name in word:
        if name == RETURN:
            yield Return()
        elif name[0] == "?":
            yield If(name[1:], (), (Return(),))
        elif name[0] == "!":
            yield If(name[1:], (Return(),))
        else:
            yield Op(name)
