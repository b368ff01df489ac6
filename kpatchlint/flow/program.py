"""The functions of one text together: flows, and summaries for calls among them.

Demand decides: a body is analysed when a call needs its summary, once, callees first.  A recursive call is an unknown
callee while its own summary is being made.  A name defined twice (under `#ifdef`) has the outcomes of both bodies.
Example: `Program(functions, knowledge).flow("f")` analyses f and whatever f calls in the same text.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from kpatchlint.c.ir import Lowered
from kpatchlint.flow.contract import Contract, Knowledge, Outcome
from kpatchlint.flow.paths import MOST_TRANSFERS as MOST_OF_FUNCTION
from kpatchlint.flow.paths import Flow, analyse
from kpatchlint.flow.summary import summarise

# a callee's body is worth less effort than the function under check; measured: 99.5 % of mm/ of 6.12 need less
MOST_OF_CALLEE = 4_000
DEEPEST_CALL = 6

Bodies = Callable[[str], Sequence[Lowered]]


class Program:
    """Analyses functions on demand and remembers what it found."""

    def __init__(self, bodies: Bodies, knowledge: Knowledge) -> None:
        self.bodies = bodies
        self.knowledge = replace(knowledge, inferred=self._inferred)
        self.summaries: dict[str, Contract | None] = {}
        self.flows: dict[int, Flow] = {}
        self.depth = 0

    def flow(self, function: Lowered, most_transfers: int = MOST_OF_FUNCTION) -> Flow:
        """The flow of one function, its callees' summaries included."""
        known = self.flows.get(id(function))
        if known is None or not (known.complete or most_transfers <= known.transfers):
            known = self.flows[id(function)] = analyse(function, self.knowledge, most_transfers)
        return known

    def _inferred(self, name: str, count: int) -> Contract | None:
        if name not in self.summaries:
            self.summaries[name] = None
            if self.depth < DEEPEST_CALL:
                self.summaries[name] = self._summary(name)
            else:
                return self.summaries.pop(name)
        contract = self.summaries[name]
        return contract if contract and contract.fits(count) else None

    def _summary(self, name: str) -> Contract | None:
        self.depth += 1
        try:
            found = [self._one(body) for body in self.bodies(name)]
        finally:
            self.depth -= 1
        contracts = [c for c in found if c is not None]
        if not contracts or len(contracts) < len(found):
            return None
        outcomes: tuple[Outcome, ...] = tuple(dict.fromkeys(o for c in contracts for o in c.outcomes))
        return replace(contracts[0], outcomes=outcomes)

    def _one(self, body: Lowered) -> Contract | None:
        if not body.whole:
            return None
        flow = self.flow(body, MOST_OF_CALLEE)
        return summarise(flow) if flow.complete else None


