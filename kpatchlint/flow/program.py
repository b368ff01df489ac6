"""The functions of one text together: flows, and summaries for calls among them.

Demand decides: a body is analysed when a call needs its summary, once, callees first.  A recursive call blurs what the
function takes and gives back, while its own summary is being made.  A name defined twice (under `#ifdef`) has the
outcomes of both bodies.  Example: `Program(functions, knowledge).flow("f")` analyses f and whatever f calls in the same
text.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from kpatchlint.c.ir import Compound, Load, Lowered, Number, Variable
from kpatchlint.flow.annotated import asserted, required
from kpatchlint.flow.clock import Clock
from kpatchlint.flow.contract import Contract, Knowledge, Outcome
from kpatchlint.flow.exits import settled
from kpatchlint.flow.paths import MOST_TRANSFERS as MOST_OF_FUNCTION
from kpatchlint.flow.paths import Flow, analyse
from kpatchlint.flow.summary import summarise
from kpatchlint.phases import phase

# a callee's body is worth less effort than the function under check: nine of ten functions of mm/ of 6.12 need less
MOST_OF_CALLEE = 4_000
DEEPEST_CALL = 6

Bodies = Callable[[str], Sequence[Lowered]]
# what the callers of a callback hold around it
Entries = Callable[[str], Sequence[Contract]]


def _no_entry(name: str) -> Sequence[Contract]:
    return ()


class Program:
    """Analyses functions on demand and remembers what it found."""

    def __init__(
        self,
        bodies: Bodies,
        knowledge: Knowledge,
        deepest_call: int = DEEPEST_CALL,
        entries: Entries = _no_entry,
        clock: Clock | None = None,
    ) -> None:
        self.bodies, self.deepest_call, self.entries = bodies, deepest_call, entries
        self.clock = clock or Clock()
        self.shared: Program | None = None
        self.own: frozenset[str] = frozenset()
        self.knowledge = replace(knowledge, inferred=self._inferred)
        self.summaries: dict[str, Contract | None] = {}
        self.flows: dict[int, Flow] = {}
        self.running: set[str] = set()
        self.depth = 0

    def share(self, other: "Program", but: frozenset[str]) -> None:
        """Ask `other` for the summaries of all functions except those of `but`."""
        self.shared, self.own = other, but

    def forget(self) -> None:
        """Let go of the knowledge, which leads back here; nothing can be asked any more."""
        del self.knowledge

    def checked(self, function: Lowered) -> Flow:
        """The flow of one function as it is called: a callback with what its caller holds around it."""
        entry = self.entries(function.name)
        return self._analysed(function, MOST_OF_FUNCTION, entry) if entry else self.flow(function)

    def flow(self, function: Lowered, most_transfers: int = MOST_OF_FUNCTION) -> Flow:
        """The flow of one function, its callees' summaries included."""
        known = self.flows.get(id(function))
        if known is None or not (known.complete or most_transfers <= known.transfers):
            known = self.flows[id(function)] = self._analysed(function, most_transfers)
        return known

    def _analysed(self, function: Lowered, most_transfers: int, entry: Sequence[Contract] = ()) -> Flow:
        with self.clock.function(), phase("flow"):
            return analyse(function, self.knowledge, most_transfers, entry, self.clock.late)

    def _inferred(self, name: str, count: int) -> Contract | None:
        if self.shared is not None and name not in self.own:
            return self.shared.knowledge.inferred(name, count)
        if name in self.running:
            return self._again(name)
        if name not in self.summaries:
            self.summaries[name] = None
            with self.clock.function():
                deep = self.depth >= self.deepest_call
                self.summaries[name] = None if deep else self._summary(name)
                if deep or self.clock.late():
                    # another caller may have more calls, or more time, left
                    del self.summaries[name]
                    return None
        contract = self.summaries[name]
        return contract if contract and contract.fits(count) else None

    def _again(self, name: str) -> Contract | None:
        """A function inside itself: it may do to what is held whatever its own calls do."""
        body = next(iter(self.bodies(name)), None)
        if body is None:
            return None
        kinds = (_kinds(self.knowledge.stated(c.function, len(c.arguments))) for c in body.cfg.calls())
        blurs = frozenset[str]().union(*kinds)
        return Contract(body.name, body.parameters, inferred=True, recursive=True, blurs=blurs)

    def _summary(self, name: str) -> Contract | None:
        self.depth += 1
        self.running.add(name)
        try:
            found = [self._one(body) for body in self.bodies(name)]
        finally:
            self.depth -= 1
            self.running.discard(name)
        contracts = [c for c in found if c is not None]
        if not contracts or len(contracts) < len(found):
            return None
        if len(contracts) == 1:
            return contracts[0]
        blurs = frozenset().union(*(c.blurs for c in contracts))
        outcomes = tuple(dict.fromkeys(o for i, c in enumerate(contracts) for o in _in_arm(c, i, len(contracts))))
        return replace(contracts[0], outcomes=outcomes, blurs=blurs)

    def _one(self, body: Lowered) -> Contract | None:
        if not body.whole:
            return None
        flow = self.flow(body, MOST_OF_CALLEE)
        summary = summarise(settled(flow, self.knowledge), self.knowledge.passing) if flow.complete else None
        asked = *required(body, self.knowledge.resources), *asserted(body, self.knowledge.contract)
        return replace(summary or self._blurred(body), must_hold=asked)

    def _blurred(self, body: Lowered) -> Contract:
        """What can be said of a body without a summary: the kinds of resources it may take or give back."""
        kinds = (_kinds(self.knowledge.contract(c)) for c in body.cfg.calls())
        return Contract(body.name, body.parameters, inferred=True, blurs=frozenset[str]().union(*kinds))


def _kinds(contract: Contract | None) -> frozenset[str]:
    """The kinds of resources that the contract takes or gives back, or may."""
    if contract is None:
        return frozenset()
    effects = (effect for o in contract.outcomes for effect in (*o.acquires, *o.releases))
    return contract.blurs.union(effect.resource for effect in effects)


def _in_arm(contract: Contract, arm: int, arms: int) -> Iterator[Outcome]:
    """Its outcomes under the `#if` arm it was defined in: names with equally many definitions vary together."""
    chosen = Compound("==", (Load(Variable(f"#one of {arms}")), Number(arm)))
    for outcome in contract.outcomes:
        yield replace(outcome, when=((chosen, True), *outcome.when))


