"""Path states through a function: the lattice, its bound, and what is collected on the way.

A block's value is a set of path states.  Where they are too many, those that hold the same are merged into one that
knows what all of them know; what that loses is counted, and conclusions that need it are not drawn.  Example: two
tests of an unrelated flag make two states; behind the flag's last use they are equal and become one.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Set
from functools import partial
from itertools import chain

from msgspec import Struct

from kpatchlint.c.ir import Call, Exit, Invoke, Load, LoopExit, Lowered, Value, Variable
from kpatchlint.event import Event
from kpatchlint.flow.annotated import entered
from kpatchlint.flow.asked import Read
from kpatchlint.flow.contract import Contract, Knowledge
from kpatchlint.flow.dataflow import Graph, TooCostlyError, circular, passing, solve
from kpatchlint.flow.early import EARLY_STATES, kept_apart, merged_early
from kpatchlint.flow.evaluate import substitute
from kpatchlint.flow.liveness import Names, addressed, live_at_start, names_in
from kpatchlint.flow.merge import FEW_STATES, merged
from kpatchlint.flow.needed import Wanted
from kpatchlint.flow.prune import Pruner
from kpatchlint.flow.state import PathState, Resource
from kpatchlint.flow.symbol import Fresh, Pure, Symbol
from kpatchlint.flow.transfer import Transfer
from kpatchlint.flow.union import united
from kpatchlint.flow.witness import Sleep

# states through blocks for one function; mm/ of 6.12: see tests/test_bounds.py
MOST_TRANSFERS = 40_000

# what the states of one function know together, counted through every block: some 40 bytes each;
# at most 450,000 in mm/ and fs/ of 6.12
MOST_KNOWN = 12_000_000

# operations on a path state between two looks at the clock, which costs as much as one of them
STEPS = 8

# in a small function every test of what its arguments point to tells its callers which path was taken, as long as that
# is cheap: of 204 functions in mm/ and their callees nine of ten need fewer transfers; in the whole tree 45 of 50 that
# need more have more states than FEW_APART in a block before, and one in forty of the others
FEW_BLOCKS, FEW_TRANSFERS, FEW_APART = 36, 250, 16

States = dict[Hashable, PathState]


class Ending(Struct, frozen=True):
    """One path that leaves the function: its state, what it returns, and the operation that returns."""

    state: PathState
    result: Symbol | None
    operation: Exit


class Flow(Struct, frozen=True):
    """What the analysis of one function gives.

    taken      what it takes itself on some path, so that it is not its caller's on the others
    given      what it gives back on some path and has not taken, by the name by which it gives it back
    given_back  where that was taken which it gives back on some path
    sleeps_if  parameters whose flags make a callee sleep, and those flags
    blurs      kinds of resources that a callee without a summary may have taken or given back
    wanted     what callees need held, and whether it is
    reads      what had been found out about entries before they were read, where the knowledge is `asking`
    cut        merges at the bound that lost what tells paths apart
    early      whether states were merged early: then there may be paths, and so events, that the code does not have
    transfers  path states that went through a block
    complete   false when the analysis gave up: the events are those seen until then, endings are missing
    stopped    the bound at which it gave up, in words
    """

    function: Lowered
    events: tuple[Event, ...] = ()
    endings: tuple[Ending, ...] = ()
    sleeps: tuple[Sleep, ...] = ()
    taken: frozenset[Resource] = frozenset()
    given: frozenset[Resource] = frozenset()
    given_back: frozenset[int] = frozenset()
    sleeps_if: Mapping[str, tuple[str, ...]] = {}
    blurs: frozenset[str] = frozenset()
    wanted: frozenset[Wanted] = frozenset()
    reads: frozenset[Read] = frozenset()
    cut: int = 0
    early: bool = False
    transfers: int = 0
    complete: bool = True
    stopped: str = ""


def in_time() -> str:
    """Nothing to say of time: what `analyse` asks where nobody counts it."""
    return ""


def analyse(
    function: Lowered,
    knowledge: Knowledge,
    most_transfers: int = MOST_TRANSFERS,
    entry: Sequence[Contract] = (),
    late: Callable[[], str] = in_time,
    early: bool = False,
) -> Flow:
    """The events and endings of one function under these contracts.

    entry  of a callback, what those who call it hold around it
    late   says why the analysis must stop now; nothing as long as there is time
    early  whether states that hold the same may be merged early: much faster; if it sees nothing, the slow one
           sees nothing, if it sees something, only the slow one knows
    """
    if len(function.cfg.blocks) <= FEW_BLOCKS:
        flow = flow_of(Paths(function, knowledge, FEW_TRANSFERS, entry, late, small=True))
        if flow.complete and not flow.cut:
            return flow
    return flow_of(Paths(function, knowledge, most_transfers, entry, late, early=early))


def flow_of(paths: "Paths") -> Flow:
    """What the analysis of these paths gives."""
    try:
        paths.solved()
        complete, stopped = True, ""
    except TooCostlyError as error:
        complete, stopped = False, str(error) or "too many paths: analysis stopped at its bound"
    endings = tuple(paths.endings.values()) if complete else ()
    seen = paths.transfer_function.resources
    # a merge at a loss forgets on which paths these are held
    unknown = paths.knowledge.passing if paths.cut else frozenset()
    # what was seen behind one may be on no path, and who gives up cannot look again
    events = () if paths.cut and not complete else seen.events
    return Flow(
        function=paths.function,
        events=tuple(event for event in events if event.fact("resource") not in unknown),
        endings=endings,
        sleeps=tuple(seen.sleeps),
        taken=frozenset(seen.resources_taken),
        given=frozenset(seen.resources_given),
        given_back=frozenset(seen.given_back),
        sleeps_if=seen.sleeps_if,
        blurs=frozenset(seen.blurred),
        wanted=frozenset(seen.wanted),
        reads=frozenset(seen.reads),
        cut=paths.cut,
        early=paths.merged_early,
        transfers=paths.transfers,
        complete=complete,
        stopped=stopped,
    )


def own_parameters(function: Lowered, contract: Contract | None) -> dict[str, Value]:
    """The names that the contract of a function has for its parameters, as its body calls them."""
    names = contract.params if contract else ()
    return {name: Load(Variable(own)) for name, own in zip(names, function.parameters, strict=False)}


class Paths(Struct, dict=True):
    """The lattice of sets of path states."""

    function: Lowered
    knowledge: Knowledge
    most_transfers: int
    entry: Sequence[Contract] = ()
    late: Callable[[], str] = in_time
    small: bool = False
    early: bool = False
    keeping: bool = False
    merged_early: bool = False
    cut: int = 0
    transfers: int = 0
    steps: int = 0
    known: int = 0
    live: list[Names] = []
    graph: Graph = ()
    again: Set[int] = frozenset()
    branch: dict[int, int] = {}
    endings: dict[Hashable, Ending] = {}

    def __post_init__(self) -> None:
        self.transfer_function = Transfer(self.function, self.knowledge, self.early)
        self.pruner = Pruner(
            self.function.locals,
            frozenset(self.function.parameters),
            frozenset(self._counters()),
            self.small,
            self.knowledge.passing,
            self.knowledge.resources,
            partial(_elsewhere, self.knowledge),
            partial(_taken, self.knowledge, self.transfer_function.calls),
            self.knowledge.asking and not self.small,
            partial(_read, self.knowledge, self.transfer_function.calls) if self.knowledge.asking else None,
        )
        # by block what comes of each state that is still there: what a merge has replaced does not come again
        self.done: dict[int, dict[Hashable, States]] = {}
        self.alike: dict[int, dict[Hashable, Hashable]] = {}
        # by block the keys of the states that came, and what they are without what nobody needs there
        self.taken_in: dict[int, tuple[set[Hashable], set[Hashable]]] = {}
        # the last join of the arms of a branch, by the block that ends in it
        self.joined: dict[int, tuple[States | None, States, States]] = {}

    def solved(self) -> dict[int, States]:
        """The path states at the start of each block; `TooCostlyError` past the bounds."""
        self.prepare()
        start: States = {state.key: state for state in self._starts()}
        entries = dict.fromkeys(sorted({0, *self.function.cfg.open_blocks}), start)
        return solve(self.graph, entries, self)

    def prepare(self) -> None:
        """Find out what matters in each block, before there are states."""
        blocks = self.function.cfg.blocks
        empty = {number for number, block in enumerate(blocks) if not block.operations and len(block.successors) == 1}
        self.graph = passing([block.successors for block in blocks], empty)
        if not self.keeping:
            self.again = circular(self.graph, {0, *self.function.cfg.open_blocks})
        self.live = self._alive()
        self.needed = self._for_arms()
        if self.early:
            every = kept_apart(self.function.cfg, self.knowledge)
            self.apart = [every.of(names) for names in self.needed]

    def _alive(self) -> list[Names]:
        """The names that matter at the start of each block."""
        pinned, told = addressed(self.function.cfg), self._told()
        return [names | pinned | told for names in live_at_start(self.function.cfg, self._needed, pinned)]

    def _for_arms(self) -> list[Names]:
        """The names by which states are pruned: the arms of a branch have them in common, so a state is pruned once.

        What leaves the function keeps no more than it needs, because a caller is told of it.
        """
        needed, ways = list(self.live), Counter(chain.from_iterable(self.graph))
        for number, successors in enumerate(self.graph):
            arms = [arm for arm in successors if ways[arm] == 1 and self.graph[arm]]
            both = frozenset[str]().union(*(self.live[arm] for arm in arms))
            for arm in arms:
                needed[arm], self.branch[arm] = both, number
        return needed

    def _starts(self) -> Iterator[PathState]:
        """What is known and held when the function is entered."""
        transfer = self.transfer_function
        for contract in self.entry:
            yield from transfer.entered(contract)
        if not self.entry:
            yield entered(self.function, self.knowledge.resources, PathState())

    def join(self, block: int, old: States | None, new: States) -> States:
        branch = self.branch.get(block)
        if branch is None:
            return self._join(block, old, new)
        # the other arm gets the same
        before, came, result = self.joined.get(branch, (None, None, None))
        if result is None or before is not old or came is not new:
            result = self._join(block, old, new)
            self.joined[branch] = old, new, result
        return result

    def _join(self, block: int, old: States | None, new: States) -> States:
        came, known = self.taken_in.setdefault(block, (set(), set()))
        names, again = self.needed[block], block in self.again
        kept = [self.pruner.pruned(names, state, again) for key, state in new.items() if key not in came]
        pruned = {state.key: state for state in kept}
        more = [state for key, state in pruned.items() if key not in known]
        came.update(new)
        if old is not None and not more:
            return old
        known.update(pruned)
        both = united(more, old)
        if self.small and not self.knowledge.asking and len(both) > FEW_APART:
            raise TooCostlyError
        both = self.fewer(block, both)
        return old if old is not None and both.keys() <= old.keys() else both

    def transfer(self, block: int, value: States) -> States:
        out: dict[Hashable, PathState] = {}
        before = self.done.get(block, {})
        done = self.done[block] = {}
        for key, state in value.items():
            known = before.get(key)
            if known is None:
                known = {s.key: s for s in self._run(block, state)}
            done[key] = known
            out |= known
        return out

    def _run(self, block: int, state: PathState) -> list[PathState]:
        self.transfers += 1
        self.known += state.size
        if self.transfers > self.most_transfers or self.known > MOST_KNOWN:
            raise TooCostlyError
        states = [state]
        for operation in self.function.cfg.blocks[block].operations:
            self.steps += 1
            if self.steps % STEPS == 0 and (why := self.late()):
                raise TooCostlyError(why)
            if isinstance(operation, Exit):
                self._end(operation, states)
                return []
            before, states = states, [s for b in states for s in self.transfer_function.step(operation, b)]
            if len(states) > len(before):
                states = list(united(states).values())
            if len(states) > FEW_STATES:
                states = list(self._bounded(block, {s.key: s for s in states}).values())
        return states

    def _end(self, operation: Exit, states: list[PathState]) -> None:
        for state in states:
            result = self.transfer_function.value(operation.value, state) if operation.value else None
            result = result and state.settled(result)
            self.endings.setdefault((operation.start, result, state.key), Ending(state, result, operation))

    def _told(self) -> Names:
        """What decides between the outcomes of the function's own contract, and in whose memory flags tell its callers
        whether a callee has given something back for them."""
        contract = self.knowledge.stated(self.function.name, len(self.function.parameters))
        conditions = (c for outcome in contract.outcomes for c in outcome.when) if contract else ()
        own = own_parameters(self.function, contract)
        names = frozenset[str]().union(*(names_in(substitute(value, own)) for value, _ in conditions))
        contracts = filter(None, map(self.knowledge.contract, self.function.cfg.calls()))
        flags = (names_in(value) for known in contracts if known.inferred for value in known.divided_by)
        return names.union(name for some in flags for name in some if name[0] in ".#")

    def _needed(self, call: Call) -> Iterator[Value]:
        """What the call is judged by: pointers, what its contract names, every argument of what computes."""
        contract = self.knowledge.contract(call)
        located = call.result.name in self.transfer_function.resources.located
        if located or call.function.isupper() or (contract is not None and contract.pure):
            yield Invoke(call.function, call.arguments)
        yield from (value for value in call.arguments if self.transfer_function.resources.may_point(value))
        if contract is not None:
            arguments = contract.given(call.arguments)
            yield from (arguments[name] for name in contract.asked & arguments.keys())
            yield from (substitute(place, arguments) for place in contract.places)
            if self.knowledge.asking:
                yield from (substitute(place, arguments) for place in contract.told_by)

    def _counters(self) -> Iterator[str]:
        """Variables that are stepped in a loop which gives something back."""
        stepping = [op for op in self.function.cfg.operations() if isinstance(op, LoopExit) and op.stepped]
        calls = list(self.function.cfg.calls()) if stepping else []
        for loop in stepping:
            if any(self._gives_back(call) for call in calls if loop.start <= call.start < loop.end):
                yield from (place.name for place in loop.stepped if isinstance(place, Variable))

    def _gives_back(self, call: Call) -> bool:
        contract = self.knowledge.contract(call)
        return contract is not None and any(outcome.releases for outcome in contract.outcomes)

    def fewer(self, block: int, states: States) -> States:
        """Not more states than the analysis can follow."""
        if self.early and len(states) > EARLY_STATES:
            states = self._merged(block, states)
        return self._bounded(block, states) if len(states) > FEW_STATES else states

    def _merged(self, block: int, states: States) -> States:
        fewer = merged_early(block, states, self.apart[block], self.alike.setdefault(block, {}))
        self.merged_early |= len(fewer) < len(states)
        return fewer

    def _bounded(self, block: int, states: States) -> States:
        result, cut = merged(block, states, self.pruner.lasts)
        self.cut += cut
        return result


# what the pruner asks; no methods, because paths that know themselves are freed only when Python looks for cycles


def _elsewhere(knowledge: Knowledge, symbol: Pure) -> bool:
    return symbol.function not in knowledge.computed and symbol.function not in knowledge.contracts


def _taken(knowledge: Knowledge, calls: Mapping[int, Call], symbol: Fresh) -> bool:
    contract = _made_by(knowledge, calls, symbol)
    return contract is not None and any(outcome.acquires for outcome in contract.outcomes)


def _read(knowledge: Knowledge, calls: Mapping[int, Call], symbol: Fresh) -> bool:
    contract = _made_by(knowledge, calls, symbol)
    return contract is not None and bool(contract.derefs)


def _made_by(knowledge: Knowledge, calls: Mapping[int, Call], symbol: Fresh) -> Contract | None:
    call = calls.get(symbol.site)
    return knowledge.contract(call) if call else None
