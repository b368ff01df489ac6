"""What had been found out about an entry of a page table before it is read as one of a kind, or overwritten.

It is noted where the knowledge is `asking`, for both sides of a patch: where every path had asked before the patch and
one does not behind it, a test was lost.  Assumes that what is `found` of a value, or of what a place holds now, answers
for it; what was read before a lock was taken does not.  Example: at `pte_pfn(pte)` behind `if (!pte_present(pte))
continue;` it is known that `pte_present(pte)`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kpatchlint.c.ir import Call, Load, Lowered, Value, target, text, variables
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.flow.contract import Contract, Knowledge
from kpatchlint.flow.evaluate import evaluate, substitute
from kpatchlint.flow.place import Condition
from kpatchlint.flow.state import PathState
from kpatchlint.flow.symbol import Operator, Pure, Symbol, current_loads, loads, parts_of
from kpatchlint.flow.witness import Arguments

# a fact about a value: a function was asked about it
ASKED = "asked"


class Read(Struct, frozen=True):
    """A call that reads an entry, or overwrites one.

    place    the argument that is, or leads to, the entry
    told     the answers known of it, as C
    granted  the functions that have said yes of it
    in_table whether the entry was read from a table
    overwrites  whether it overwrites one
    """

    call: Call
    place: Value
    told: frozenset[str]
    granted: frozenset[str]
    in_table: bool
    overwrites: bool


def read_by(call: Call, contract: Contract, arguments: Arguments, state: PathState) -> Read:
    """What is known where a contract reads or overwrites."""
    given = [[(substitute(value, arguments), truth) for value, truth in several] for several in contract.found]
    told = {_as_c(several) for several in given if all(_holds(condition, state) for condition in several)}
    places = [substitute(place, arguments) for place in contract.looked]
    told |= {text(place) for place in places if _looked_at(place, state)}
    place = arguments[contract.about]
    symbol = evaluate(place, state)
    granted = {s.function for s, truth in state.facts.items() if truth and type(s) is Pure and symbol in parts_of(s)}
    return Read(call, place, frozenset(told), frozenset(granted), bool(places) or bool(loads(symbol)), bool(places))


def asked(call: Call, state: PathState) -> PathState:
    """The state behind a call that gets entries by value: whatever it answers, somebody has looked at them."""
    given = (evaluate(value, state, call.start) for value in call.arguments)
    for entry in frozenset[Symbol]().union(*map(current_loads, given)):
        state = state.learn(Operator(ASKED, (entry,)), True)
    return state


def overwrites(function: Lowered, knowledge: Knowledge) -> bool:
    """Whether it calls what overwrites an entry, by the rule data."""
    stated = (knowledge.stated(call.function, len(call.arguments)) for call in function.cfg.calls())
    return any(contract is not None and contract.looked for contract in stated)


def overwritten(reads: Iterable[Read], parameters: Sequence[str]) -> Iterator[Value]:
    """What a function that has these parameters overwrites for its caller, and has not looked at."""
    for read in sorted(reads, key=lambda read: read.call.start):
        if read.overwrites and not read.told and set(variables(read.place)) <= set(parameters):
            yield Load(target(read.place))


def _holds(condition: Condition, state: PathState) -> bool:
    value, truth = condition
    return state.truth(evaluate(value, state)) is truth


def _looked_at(place: Value, state: PathState) -> bool:
    """Whether anything is known of what the place holds now, if only that it was written here."""
    symbol = evaluate(place, state)
    if not loads(symbol):
        return symbol in state.facts or any(symbol in parts_of(fact) for fact in state.facts)
    return any(loads(symbol) <= current_loads(fact) for fact in (*state.facts, *(s for p in state.unequal for s in p)))


def _as_c(conditions: Iterable[Condition]) -> str:
    return " && ".join(f"{'' if truth else '!'}{text(value)}" for value, truth in conditions)


def lost_tests(
    before: Iterable[Read], after: Iterable[Read], functions: tuple[Lowered, Lowered], knowledge: Knowledge
) -> Iterator[Event]:
    """Reads of `after` of which nothing is known, where every like one of `before` was one of an entry asked about.

    Nothing is said where a new callee may have asked: one that the rule data does not know, or that gets the entry and
    has not said no.
    """
    known: dict[tuple[str, str], list[Read]] = {}
    for read in before:
        known.setdefault(_key(read), []).append(read)
    new = _new_calls(*functions)
    stated = {call: knowledge.stated(call.function, len(call.arguments)) for call in new}
    if any(contract is None and call.arguments for call, contract in stated.items()):
        return
    for read in sorted(after, key=lambda read: read.call.start):
        old = known.get(_key(read), ())
        told = all(each.told and (read.in_table or not each.in_table) for each in old)
        if old and told and not read.told and not any(_may_ask(call, stated[call], read) for call in new):
            yield _lost(read, min(old[0].told), functions[1].name)


def _key(read: Read) -> tuple[str, str]:
    return read.call.function, text(read.place)


def _new_calls(before: Lowered, after: Lowered) -> Sequence[Call]:
    """The calls of functions that are called more often than before."""
    more = Counter(call.function for call in after.cfg.calls())
    more.subtract(call.function for call in before.cfg.calls())
    return [call for call in after.cfg.calls() if more[call.function] > 0]


def _may_ask(call: Call, contract: Contract | None, read: Read) -> bool:
    about = {name for argument in call.arguments for name in variables(argument)}
    said_no = contract is not None and contract.pure and call.function not in read.granted
    reads = contract is not None and (contract.derefs or call.function == read.call.function)
    return not (said_no or reads) and not about.isdisjoint(variables(read.place))


def _lost(read: Read, test: str, function: str) -> Event:
    call = read.call
    facts = {"cause": "lost", "place": text(read.place), "callee": call.function, "test": test}
    step = Step(call.start, f"before the patch, every path had found {test} here")
    return Event(EventKind.ARGUMENT, call.start, call.end, function, tuple(facts.items()), (step,))
