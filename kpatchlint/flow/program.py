"""The functions of one text together: flows, and summaries for calls among them.

Demand decides: a body is analysed when a call needs its summary, once, callees first.  A recursive call blurs what the
function takes and gives back, while its own summary is being made.  A name defined twice (under `#ifdef`) has the
outcomes of both bodies.  Example: `Program(functions, knowledge).flow("f")` analyses f and whatever f calls in the same
text.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from itertools import chain

from msgspec import Struct, field
from msgspec.structs import replace

from kpatchlint.c.ir import Compound, Load, Lowered, Number, Target, Value, Variable
from kpatchlint.flow.annotated import asserted, required, used
from kpatchlint.flow.asked import Read, overwrites, overwritten
from kpatchlint.flow.asking import asking
from kpatchlint.flow.clock import Clock
from kpatchlint.flow.contract import Contract, Knowledge, Outcome
from kpatchlint.flow.exits import settled
from kpatchlint.flow.memo import Summaries, Summary
from kpatchlint.flow.paths import MOST_TRANSFERS as MOST_OF_FUNCTION
from kpatchlint.flow.paths import Flow, Paths, analyse, flow_of
from kpatchlint.flow.place import NEW
from kpatchlint.flow.summary import summarise
from kpatchlint.flow.symbol import Pure
from kpatchlint.phases import phase

# a callee's body is worth less effort than the function under check: nine of ten functions of mm/ of 6.12 need less
MOST_OF_CALLEE = 4_000
DEEPEST_CALL = 12

Bodies = Callable[[str], Sequence[Lowered]]
# what the callers of a callback hold around it
Entries = Callable[[str], Sequence[Contract]]
# the summary of a function of another file, and whether states may be merged early for it
Far = Callable[[str, bool], Summary]


def _no_entry(name: str) -> Sequence[Contract]:
    return ()


def _nothing_far(name: str, early: bool) -> Summary:
    return Summary()


class _Frame(Struct):
    """What an analysis that is under way has asked for: see `Summary`, and functions that are being summarised.

    asked  what it was answered, by the names: it asks for a callee in each of its states
    """

    needs: int = 0
    cut: bool = False
    early: bool = False
    refers: set[str] = field(default_factory=set)
    asked: dict[str, Contract | None] = field(default_factory=dict)

    def used(self, summary: Summary, refers: Collection[str] = ()) -> None:
        """A callee's summary was asked for."""
        self.needs = max(self.needs, summary.needs)
        self.cut |= summary.cut
        self.early |= summary.early
        self.refers.update(refers)


class _Made(Struct, frozen=True):
    """A flow, and how it was made: with how many calls left, and what it asked for."""

    flow: Flow
    left: int
    frame: _Frame

    def serves(self, left: int, most_transfers: int) -> bool:
        """Whether another analysis would say the same."""
        enough = self.flow.complete or most_transfers <= self.flow.transfers
        deep = left == self.left if self.frame.cut else left >= self.frame.needs
        return enough and deep and not self.frame.refers


class Program:
    """Analyses functions on demand and remembers what it found."""

    def __init__(
        self,
        bodies: Bodies,
        knowledge: Knowledge,
        deepest_call: int = DEEPEST_CALL,
        entries: Entries = _no_entry,
        clock: Clock | None = None,
        summaries: Summaries | None = None,
        far: Far = _nothing_far,
    ) -> None:
        self.bodies, self.deepest_call, self.entries, self.far = bodies, deepest_call, entries, far
        self.clock = clock or Clock()
        self.knowledge = replace(knowledge, inferred=self._inferred, distant=self._distant)
        self.summaries = Summaries() if summaries is None else summaries
        # whether states are merged early just now, and what is known for as long as that will do
        self.early, self.rough = False, Summaries()
        self.flows: dict[int, _Made] = {}
        self.early_flows: dict[int, _Made] = {}
        # what functions overwrite for their callers without a look at it
        self.blind: dict[str, tuple[Value, ...]] = {}
        self.running: list[str] = []
        self.frames: list[_Frame] = []

    def forget(self) -> None:
        """Let go of the knowledge, which leads back here; nothing can be asked any more."""
        del self.knowledge

    def summary(self, name: str, early: bool = False) -> Summary:
        """The summary of a function of this text, however many parameters a call has; `early` as in `checked`."""
        with self._merging(early):
            return self._summary(name)

    def checked(self, function: Lowered, early: bool = False) -> Flow:
        """The flow of one function as it is called: a callback with what its caller holds around it.

        early  whether one is good enough that says too much, if anything; see `analyse`
        """
        entry = self.entries(function.name)
        with self._merging(early):
            return self._made_of(function, MOST_OF_FUNCTION, entry).flow if entry else self.flow(function)

    @contextmanager
    def _merging(self, early: bool) -> Iterator[None]:
        self.early = early
        try:
            yield
        finally:
            self.early = False

    def has_flow(self, function: Lowered) -> bool:
        """Whether the function was looked at before, so that its flow, or a first look, costs nothing."""
        return id(function) in self.flows or id(function) in self.early_flows

    def flow(self, function: Lowered, most_transfers: int = MOST_OF_FUNCTION) -> Flow:
        """The flow of one function, its callees' summaries included."""
        known = self.flows.get(id(function)) or (self.early_flows.get(id(function)) if self.early else None)
        if known is None or not known.serves(self._left, most_transfers):
            known = self._made_of(function, most_transfers)
            (self.early_flows if known.flow.early else self.flows)[id(function)] = known
        self._use(Summary(None, known.frame.needs, known.frame.cut, known.flow.early), known.frame.refers)
        return known.flow

    def kept(self, function: Lowered) -> Flow:
        """The flow of one function in which what paths are compared by is let go in no loop: slow, seldom asked for."""
        with self.clock.function(), phase("flow"):
            return flow_of(Paths(function, self.knowledge, MOST_OF_FUNCTION, late=self.clock.late, keeping=True))

    def reads(self, function: Lowered) -> frozenset[Read]:
        """What had been found out about entries before this function, or a callee for it, reads or overwrites them.

        Nothing where that is too costly.
        """
        return self._reads(function, replace(self.knowledge, inferred=self._overwriting))

    def _reads(self, function: Lowered, knowledge: Knowledge) -> frozenset[Read]:
        with self.clock.function(), phase("flow"):
            flow = asking(function, knowledge, self.clock.late)
        return flow.reads if flow.complete else frozenset()

    def _overwriting(self, name: str, count: int) -> Contract | None:
        """The inferred contract, with what the body overwrites of its caller's without a look at it."""
        contract = self._inferred(name, count)
        if contract is None:
            return None
        if name not in self.blind:
            bodies = [body for body in self.bodies(name) if overwrites(body, self.knowledge)]
            reads = chain.from_iterable(self._reads(body, self.knowledge) for body in bodies)
            self.blind[name] = tuple(overwritten(reads, contract.params))
        return replace(contract, looked=self.blind[name])

    def _made_of(self, function: Lowered, most_transfers: int, entry: Sequence[Contract] = ()) -> _Made:
        frame = _Frame()
        self.frames.append(frame)
        try:
            with self.clock.function(), phase("flow"):
                flow = analyse(function, self.knowledge, most_transfers, entry, self.clock.late, self.early)
        finally:
            self.frames.pop()
        return _Made(replace(flow, early=flow.early or frame.early), self._left, frame)

    @property
    def _left(self) -> int:
        """How many calls deep callees may be looked into."""
        return self.deepest_call - len(self.running)

    def _use(self, summary: Summary, refers: Collection[str] = ()) -> None:
        if self.frames:
            self.frames[-1].used(summary, refers)

    def _inferred(self, name: str, count: int) -> Contract | None:
        known = self.frames[-1].asked if self.frames else {}
        if name not in known:
            known[name] = self._asked(name)
        contract = known[name]
        return contract if contract and (contract.recursive or contract.fits(count)) else None

    def _asked(self, name: str) -> Contract | None:
        if name in self.running:
            self._use(Summary(), (name,))
            return self._again(name)
        return self._summary(name).contract

    def _distant(self, name: str, count: int) -> Contract | None:
        found = self.far(name, self.early)
        # how many calls deep it was looked at is another file's matter
        self._use(Summary(early=found.early))
        return found.contract if found.contract and found.contract.fits(count) else None

    def _summary(self, name: str) -> Summary:
        """The summary of a function that is not being summarised."""
        found, refers = self._found(name, self._left) or self._made(name, self._left)
        self._use(found, refers)
        return found

    def _found(self, name: str, left: int) -> tuple[Summary, frozenset[str]] | None:
        """A summary that is known and good enough, and the functions that it refers to while they are summarised."""
        for summaries in (self.summaries, self.rough) if self.early else (self.summaries,):
            if (found := summaries.find(name, left)) is not None:
                return found, frozenset()
            if passing := summaries.find_while(name, left, self.running):
                return passing
        return None

    def _made(self, name: str, left: int) -> tuple[Summary, frozenset[str]]:
        """A new summary, and the functions that it refers to while they are being summarised."""
        bodies = self.bodies(name)
        if not bodies:
            nothing = Summary()
            self.summaries.keep(name, left, nothing)
            return nothing, frozenset()
        if left <= 0:
            return Summary(self._at_sight(bodies[0]), cut=True), frozenset()
        frame = _Frame()
        self.frames.append(frame)
        self.running.append(name)
        try:
            with self.clock.function():
                contract = self._of(bodies)
                late = self.clock.late()
        finally:
            self.running.pop()
            self.frames.pop()
        if late:
            # another caller may have more time left
            return Summary(cut=True), frozenset()
        summary = Summary(contract, 1 + frame.needs, frame.cut, frame.early)
        refers = frozenset(frame.refers - {name})
        summaries = self.rough if summary.early else self.summaries
        if refers:
            summaries.keep_while(name, left, self.running, summary, refers)
        else:
            summaries.keep(name, left, summary)
        return summary, refers

    def _of(self, bodies: Sequence[Lowered]) -> Contract | None:
        """What the bodies of one name do, all together."""
        found = [self._one(body) for body in bodies]
        contracts = [c for c in found if c is not None]
        if not contracts or len(contracts) < len(found):
            return None
        if len(contracts) == 1:
            return contracts[0]
        blurs = frozenset().union(*(c.blurs for c in contracts))
        outcomes = tuple(dict.fromkeys(o for i, c in enumerate(contracts) for o in _in_arm(c, i, len(contracts))))
        nameless = frozenset().union(*(c.nameless for c in contracts))
        does = frozenset().union(*(c.does for c in contracts))
        return replace(contracts[0], outcomes=outcomes, blurs=blurs, nameless=nameless, does=does)

    def _again(self, name: str) -> Contract | None:
        """A function inside itself: it may do to what is held whatever its own calls do."""
        body = next(iter(self.bodies(name)), None)
        if body is None:
            return None
        kinds = (_kinds(self.knowledge.stated(c.function, len(c.arguments))) for c in body.cfg.calls())
        blurs = frozenset[str]().union(*kinds)
        return Contract(body.name, body.parameters, inferred=True, recursive=True, blurs=blurs)

    def _one(self, body: Lowered) -> Contract | None:
        if not body.whole:
            return None
        flow = self.flow(body, MOST_OF_CALLEE)
        # every ending asks about the same calls
        surely = cache(partial(_surely_takes, body, self.knowledge))
        asks = partial(_is_answer, body, self.knowledge)
        known = self.knowledge
        summary = summarise(settled(flow, known), known.passing, surely, asks) if flow.complete else None
        asked = *required(body, self.knowledge.resources), *asserted(body, self.knowledge.contract)
        uses = used(body, self.knowledge.stated)
        return replace(summary or self._blurred(body), must_hold=asked, uses=uses)

    def _at_sight(self, body: Lowered) -> Contract | None:
        """What is said of a body that nobody looks into: the kinds of what it takes and does not give back, or the
        reverse, as those of its own calls say that are known."""
        known = filter(None, (self.knowledge.stated(c.function, len(c.arguments)) for c in body.cfg.calls()))
        outcomes = [outcome for contract in known for outcome in contract.outcomes]
        taken = {effect.resource for o in outcomes for effect in o.acquires}
        given = {effect.resource for o in outcomes for effect in o.releases}
        blurs = frozenset(taken ^ given)
        return Contract(body.name, body.parameters, inferred=True, blurs=blurs) if blurs else None

    def _blurred(self, body: Lowered) -> Contract:
        """What can be said of a body without a summary: the kinds of resources it may take or give back, and the
        pointers that it may set for its caller."""
        kinds = (_kinds(self.knowledge.contract(c)) for c in body.cfg.calls())
        filled = (name for name, declared in body.types if name in body.parameters and declared.endswith("**"))
        outcomes = (Outcome(sets=tuple((Load(Target(Load(Variable(name)))), NEW) for name in filled)),)
        blurs = frozenset[str]().union(*kinds)
        return Contract(body.name, body.parameters, inferred=True, blurs=blurs, outcomes=outcomes)


def _is_answer(body: Lowered, knowledge: Knowledge, symbol: Pure) -> bool:
    """Whether it is what the rule data only asks about a value; a pointer is more than there or not."""
    contract = knowledge.stated(symbol.function, len(symbol.arguments))
    return contract is not None and contract.pure and not body.returns_pointer


def _surely_takes(body: Lowered, knowledge: Knowledge, kind: str, at: int) -> bool:
    """Whether the call at an offset waits for what it takes, however it ends, even if this task has it."""
    call = next((call for call in body.cfg.calls() if call.start == at), None)
    contract = knowledge.stated(call.function, len(call.arguments)) if call else None
    data = knowledge.resources[kind]
    waits = contract is not None and all(outcome.acquires for outcome in contract.outcomes)
    return waits and not (data.nests or data.lent)


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


