"""What had been found out about an entry of a page table before it is read as one of a kind, or overwritten.

It is noted where the knowledge is `asking`, for both sides of a patch: where every path had asked before the patch and
one does not behind it, a test was lost.  Assumes that what is `found` of a value, or of what a place holds now, answers
for it; what was read before a lock was taken does not.  Example: at `pte_pfn(pte)` behind `if (!pte_present(pte))
continue;` it is known that `pte_present(pte)`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from re import Match
from typing import Literal

from msgspec import Struct

from kpatchlint.c.ir import Call, Invoke, Load, Lowered, Value, parts, target, text, variables
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.flow.annotated import LOCK
from kpatchlint.flow.contract import Contract, Knowledge
from kpatchlint.flow.evaluate import ELEMENT, evaluate, substitute
from kpatchlint.flow.place import Condition
from kpatchlint.flow.state import PathState
from kpatchlint.flow.symbol import (
    ZERO,
    Fresh,
    Operator,
    Pure,
    Symbol,
    current_loads,
    is_constant,
    is_outdated,
    loads,
    parts_of,
    rewrite,
    shown,
)
from kpatchlint.regex import regex

# how lowering calls the result of an operation
_TEMPORARY = regex(r"%\d+")
# a fact about a value: a function was asked about it
ASKED = "asked"
# where an entry comes from: a table; one whose lock was taken before, or only after the read; one that was changed
# since; some call
IN_TABLE, UNDER_LOCK, OLDER, CHANGED, MADE = "table", "under lock", "older", "changed", "made"
# where the lock was taken of a state that has none
NO_LOCK = -1
# what an operation made that may be an entry it has read
READ_HERE = ("return", ELEMENT)
# what a pointer that moves through a table leads to, looked at once more
_LOOKED_AT = Fresh(0, ELEMENT)


class Read(Struct, frozen=True):
    """A call that reads an entry, overwrites one, or goes through a pointer to one.

    place    the argument that is, or leads to, the entry
    told     the answers known of it, as C
    weak     the answers known of it that will do where there were no others
    granted  the functions that have said yes of it
    age      where the entry comes from
    locked   whether a lock is held
    left     whether one was given up above: what is read may come from under it
    half     what was not asked of the entry, where all that was asked is the other half of an answer that would do
    """

    call: Call
    place: Value
    how: Literal["reads", "overwrites", "goes through"]
    told: frozenset[str]
    weak: frozenset[str] = frozenset()
    granted: frozenset[str] = frozenset()
    age: str = ""
    locked: bool = False
    left: bool = False
    half: str = ""


def reads_by(call: Call, contract: Contract, state: PathState) -> Iterator[Read]:
    """What is known where a contract reads, and where it overwrites."""
    arguments = contract.given(call.arguments)
    yield from _through(call, contract, arguments, state)
    if not (contract.found or contract.looked):
        return
    place = arguments[contract.about]
    symbol = evaluate(place, state, call.start)
    yes = (fact for fact, truth in state.facts.items() if truth and type(fact) is Pure)
    granted = frozenset(fact.function for fact in yes if symbol in parts_of(fact))
    lock = max((held.at for held in state.held if held.resource == LOCK), default=NO_LOCK)
    locked = lock != NO_LOCK
    if contract.found:
        told, weak = (_told(conditions, arguments, state) for conditions in (contract.found, contract.weak))
        told |= frozenset(_same(place, symbol, state))
        gone = (gone for (kind, _), gone in state.gone.items() if kind == LOCK and gone.at < call.start)
        left = any(not (each.never or each.maybe or each.failed) for each in gone)
        half = "" if told or weak else _half(contract, arguments, symbol, state)
        yield Read(call, place, "reads", told, weak, granted, _age(symbol, lock, state), locked, left, half)
    if contract.looked:
        places = [substitute(value, arguments) for value in contract.looked]
        told = frozenset(text(place) for place in places if _looked_at(place, state))
        yield Read(call, place, "overwrites", told, frozenset(), granted, IN_TABLE, locked)


def _told(found: Iterable[tuple[Condition, ...]], arguments: dict[str, Value], state: PathState) -> frozenset[str]:
    given = [[(substitute(value, arguments), truth) for value, truth in several] for several in found]
    return frozenset(_as_c(several) for several in given if all(_holds(each, state) for each in several))


def _half(contract: Contract, arguments: dict[str, Value], entry: Symbol, state: PathState) -> str:
    """What is missing of an answer, where nothing but the rest of it is known of the entry, and it must not be; the
    first answer that would do, where nothing is known and one of them must be."""
    facts = {fact for fact in state.facts if entry in parts_of(fact)}
    known = {fact.function if type(fact) is Pure else "" for fact in facts - {Operator(ASKED, (entry,))}}
    if contract.strict and not known:
        return _as_c([(substitute(value, arguments), truth) for value, truth in contract.found[0]])
    denied = _questions(contract.denied)
    for several in contract.found if known and denied else ():
        given = [(substitute(value, arguments), truth) for value, truth in several]
        missing = [each for each in given if not _holds(each, state)]
        answered = [each for each in given if each not in missing]
        if known <= _questions(answered) and _questions(missing) <= denied:
            return _as_c(missing)
    return ""


def _questions(conditions: Iterable[Condition]) -> frozenset[str]:
    return frozenset(part.function for value, _ in conditions for part in parts(value) if type(part) is Invoke)


def _same(place: Value, symbol: Symbol, state: PathState) -> Iterator[str]:
    """That it is still the entry of which a copy was kept, for which the answers about that copy hold."""
    for fact, truth in state.facts.items():
        if truth and type(fact) is Operator and fact.operator == "==" and symbol in fact.operands:
            (other,) = (operand for operand in fact.operands if operand is not symbol)
            if not is_constant(other):
                yield f"{text(place)} == {shown(other)}"


def _through(call: Call, contract: Contract, arguments: Mapping[str, Value], state: PathState) -> Iterator[Read]:
    """Pointers that it goes through and of which it is known whether they are there; or that a callee left at NULL."""
    for name in contract.derefs & arguments.keys():
        symbol = evaluate(arguments[name], state)
        if state.truth(symbol) or symbol is ZERO:
            told = () if symbol is ZERO else (f"{text(arguments[name])} != NULL",)
            yield Read(call, arguments[name], "goes through", frozenset(told))


def _age(symbol: Symbol, lock: int, state: PathState) -> str:
    """Whether it was read from a table, and if so, under the lock that was taken last, at `lock`, or before that."""
    if is_outdated(symbol) or (type(symbol) is Fresh and symbol.what in READ_HERE and 0 <= symbol.site < lock):
        return OLDER
    in_table = bool(loads(symbol)) or (type(symbol) is Fresh and symbol.what == ELEMENT)
    if type(symbol) is Fresh and not in_table:
        return MADE
    if any(state.store.get(load.cell, load) is not load for load in loads(symbol)):
        return CHANGED
    return "" if not in_table else UNDER_LOCK if lock != NO_LOCK else IN_TABLE


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
        if read.how == "overwrites" and not read.told and set(variables(read.place)) <= set(parameters):
            yield Load(target(read.place))


def _holds(condition: Condition, state: PathState) -> bool:
    value, truth = condition
    asked = evaluate(value, state)
    return state.truth(asked) is truth or any(state.facts.get(each) is truth for each in _of_elements(asked, state))


def _of_elements(asked: Symbol, state: PathState) -> Iterator[Symbol]:
    """The same question of each element that was read in this round of a walk: each look at it makes a new value."""
    if _LOOKED_AT in parts_of(asked):
        known = {part for fact in state.facts for part in parts_of(fact)}
        for element in (part for part in known if type(part) is Fresh and part.what == ELEMENT and not part.age):
            yield rewrite(asked, partial(_replaced, element))


def _replaced(element: Symbol, symbol: Symbol) -> Symbol | None:
    return element if symbol == _LOOKED_AT else None


def _looked_at(place: Value, state: PathState) -> bool:
    """Whether anything is known of what the place holds now, if only that it was written here."""
    symbol = evaluate(place, state)
    if symbol == _LOOKED_AT:
        return any(_of_elements(symbol, state))
    if not loads(symbol):
        return symbol in state.facts or any(symbol in parts_of(fact) for fact in state.facts)
    return any(loads(symbol) <= current_loads(fact) for fact in (*state.facts, *(s for p in state.unequal for s in p)))


def _as_c(conditions: Iterable[Condition]) -> str:
    return " && ".join(f"{'' if truth else '!'}{text(value)}" for value, truth in conditions)


def lost_tests(
    before: Iterable[Read], after: Iterable[Read], functions: tuple[Lowered, Lowered], knowledge: Knowledge
) -> Iterator[Event]:
    """Reads of `after` of which nothing is known, where every like one of `before` was one of an entry asked about; and
    of an entry that was read before the lock, where every like one was read under it.

    Nothing is said where a new callee may have asked: one that the rule data does not know and that gets something of
    the function's own, or that gets the entry and has not said no, and is none of those by which the rule data tells
    entries apart.
    """
    new = _new_calls(*functions)
    stated = {call: knowledge.stated(call.function, len(call.arguments)) for call in new}
    unknown = (call for call, contract in stated.items() if contract is None and not call.function.isupper())
    if any(name in functions[1].locals or _TEMPORARY.match(name) for call in unknown for name in _given(call)):
        return
    after = sorted(after, key=lambda read: read.call.start)
    for read, old in _pairs(list(before), after):
        if _is_older(read, old, after, new):
            was = f"before the patch, {_written(text(old[0].place), functions[0])} was read under the lock"
            yield _changed(read, "older", "", was, functions[1])
        elif read.age == CHANGED and {each.age for each in old} == {MADE}:
            was = f"before the patch, {_written(text(old[0].place), functions[0])} was what a callee had returned here"
            yield _changed(read, "copy", "", was, functions[1])
        elif (test := _lost(read, old)) and not any(_may_ask(call, stated[call], read, knowledge) for call in new):
            test = _written(test, functions[0])
            yield _changed(read, "lost", test, f"before the patch, every path had found {test} here", functions[1])


def half_asked(reads: Iterable[Read], function: Lowered, knowledge: Knowledge) -> Iterator[Event]:
    """Reads of an entry of a table as one of a kind, where one half of what tells that was asked, and nothing else, not
    even by a callee that nobody knows."""
    unknown = [call for call in function.cfg.calls() if knowledge.stated(call.function, len(call.arguments)) is None]
    told = frozenset[str]().union(*map(_given, unknown))
    for read in sorted(reads, key=lambda read: read.call.start):
        if read.half and read.age in (IN_TABLE, UNDER_LOCK, OLDER) and told.isdisjoint(variables(read.place)):
            test = _written(read.half, function)
            yield _changed(read, "half", test, f"nothing is known here of {test}", function)


def _pairs(before: Sequence[Read], after: Sequence[Read]) -> Iterator[tuple[Read, Sequence[Read]]]:
    """Each read behind the patch with those like it before: of the same place, or of one that has another name now."""
    known, now = ({_key(read): None for read in side} for side in (before, after))
    gone, come = [key for key in known if key not in now], [key for key in now if key not in known]
    for read in after:
        key = _key(read)
        if key not in known:
            old, new = ([each for each in side if (each[0], each[2]) == (key[0], key[2])] for side in (gone, come))
            key = old[0] if len(old) == len(new) == 1 else key
        like = [each for each in before if _key(each) == key]
        if like:
            yield read, like


def _is_older(read: Read, old: Iterable[Read], after: Iterable[Read], new: Sequence[Call]) -> bool:
    """Whether what is read now is from before the lock, or is read ahead of it and not again, and was read under it."""
    if read.how != "reads" or {each.age for each in old if each.locked} != {UNDER_LOCK}:
        return False
    if read.age == OLDER or (read.age in ("", MADE) and read.locked and not new):
        return True
    ahead = read.age == IN_TABLE and not (read.locked or read.left or new) and all(each.locked for each in old)
    return ahead and not any(each.locked for each in after if _key(each) == _key(read))


def _lost(read: Read, old: Sequence[Read]) -> str:
    """A test that every path had made before, if this one has made none as good."""
    if read.age in ("", MADE) and not all(each.age in ("", MADE) for each in old):
        return ""
    told, any_told = not read.told, not (read.told or read.weak)
    lost = (told and all(each.told for each in old)) or (any_told and all(each.told or each.weak for each in old))
    return min(old[0].told or old[0].weak) if lost else ""


def _key(read: Read) -> tuple[str, str, str]:
    return read.call.function, text(read.place), read.how


def _new_calls(before: Lowered, after: Lowered) -> Sequence[Call]:
    """The calls of functions that are called more often than before."""
    more = Counter(call.function for call in after.cfg.calls())
    more.subtract(call.function for call in before.cfg.calls())
    return [call for call in after.cfg.calls() if more[call.function] > 0]


def _may_ask(call: Call, contract: Contract | None, read: Read, knowledge: Knowledge) -> bool:
    about = _given(call)
    said_yes = call.function in read.granted and call.function not in knowledge.questions
    said_no = contract is not None and contract.pure and not said_yes
    reads = contract is not None and (contract.derefs or call.function == read.call.function)
    return not (said_no or reads) and not about.isdisjoint(variables(read.place))


def _given(call: Call) -> frozenset[str]:
    return frozenset(name for argument in call.arguments for name in variables(argument))


def _changed(read: Read, cause: str, test: str, told: str, function: Lowered) -> Event:
    call = read.call
    facts = {"cause": cause, "place": _written(text(read.place), function), "callee": call.function, "test": test}
    where = EventKind.ARGUMENT, call.start, call.end, function.name
    return Event(*where, tuple(facts.items()), (Step(call.start, told),))


def _written(said: str, function: Lowered) -> str:
    """With calls in place of the names that lowering gave to their results."""
    calls = {call.result.name: call for call in function.cfg.calls()}

    def call_of(match: Match[str]) -> str:
        call = calls.get(match[0])
        return _TEMPORARY.sub(call_of, text(Invoke(call.function, call.arguments))) if call else match[0]

    return _TEMPORARY.sub(call_of, said)
