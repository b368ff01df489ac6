"""What was found out about the functions of one text, so that no body is analysed twice for the same answer.

A summary depends on how many calls deep its own callees may still be looked into.  One that needed no more than there
was holds wherever there is as much; one that was cut short holds only where the same is left; and one of a function
that calls another one which is being summarised itself holds only while that is so.  So what is known first changes
no answer.  Example: with two calls left, f that calls g that calls h is cut; what g says with two left is not.
"""

from collections.abc import Collection
from functools import cache

import msgspec
from msgspec import Struct

from kpatchlint.flow.terms import Contract
from kpatchlint.tree.kept import Row


class Summary(Struct, frozen=True, array_like=True):
    """The contract of a function, None where nothing can be said.

    needs  how many calls deep it was looked at, its own body included; 0 where there is no body
    cut    whether more calls would have told more
    early  whether states were merged early for it, so that it is good enough only for those who do the same
    """

    contract: Contract | None = None
    needs: int = 0
    cut: bool = False
    early: bool = False


def written(summary: Summary) -> bytes:
    """A summary as it is kept."""
    return msgspec.msgpack.encode(summary)


def read_summary(kept: bytes) -> Summary:
    """The summary that was kept."""
    return _decoder().decode(kept)


@cache
def _decoder() -> "msgspec.msgpack.Decoder[Summary]":
    return msgspec.msgpack.Decoder(Summary)


class Summaries:
    """The summaries of one text; `row` keeps them for the next run, or the next patch."""

    def __init__(self, row: Row | None = None) -> None:
        self.row = row
        self.own: dict[tuple[str, int], Summary] = {}
        self.passing: dict[tuple[str, int, frozenset[str]], tuple[Summary, frozenset[str]]] = {}
        self.beside: Summaries | None = None
        self.differing: frozenset[str] = frozenset()

    def join(self, other: "Summaries", but: frozenset[str]) -> None:
        """Know what `other` knows, and the other way round: all functions are the same, except those of `but`."""
        self.beside, self.differing = other, but
        other.beside, other.differing = self, but

    def find(self, name: str, left: int) -> Summary | None:
        """What is known of a function whose body and callees may be looked into, `left` calls deep."""
        found = self._mine(name, left)
        if found is None and self.beside is not None and name not in self.differing:
            found = self.beside._mine(name, left)
        return found

    def keep(self, name: str, left: int, summary: Summary) -> None:
        """Know a summary that was made with so many calls left."""
        self._take(name, left, summary)
        if self.beside is not None and name not in self.differing:
            self.beside._take(name, left, summary)

    def find_while(self, name: str, left: int, running: Collection[str]) -> tuple[Summary, frozenset[str]] | None:
        """The same of what holds only while these functions are being summarised, and which of them it refers to."""
        return self.passing.get((name, left, frozenset(running))) if self.passing else None

    def keep_while(
        self, name: str, left: int, running: Collection[str], summary: Summary, refers: frozenset[str]
    ) -> None:
        """Know a summary that holds only while these functions are being summarised."""
        self.passing[name, left, frozenset(running)] = summary, refers

    def _mine(self, name: str, left: int) -> Summary | None:
        whole = self._known(name, 0)
        if whole is not None and whole.needs <= left:
            return whole
        return self._known(name, left) if left > 0 else None

    def _known(self, name: str, left: int) -> Summary | None:
        """A summary by how many calls were left, 0 for one that was not cut."""
        if (name, left) not in self.own and self.row is not None:
            kept = self.row.get(_place(name, left))
            if kept is not None:
                self.own[name, left] = read_summary(kept)
        return self.own.get((name, left))

    def _take(self, name: str, left: int, summary: Summary) -> None:
        place = name, left if summary.cut else 0
        self.own[place] = summary
        if self.row is not None and summary.needs:
            self.row.put(_place(*place), written(summary))


def _place(name: str, left: int) -> str:
    return f"{name}/{left}" if left else name
