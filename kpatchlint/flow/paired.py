"""Pointers into page tables and the addresses they are for: a call that gets the address of another one.

A lookup says which address its pointer is for, and in which table of the next level it lies: the contract's `at`.
Of two pointers of one type that the caller has given, the calls say for which address they are.  Assumes that a
variable that is looked up for one address, and another for another, are not exchanged between the two.  Nothing is said
of an address that no lookup of the function has, nor the caller has given.  Example: behind

    src = pte_offset_map(src_pmd, src_addr); dst = pte_offset_map(dst_pmd, dst_addr);

`migration_entry_wait(mm, dst_pmd, src_addr)` waits for another entry than was read from `src`.  A function of the same
text pairs those of its parameters that its own calls pair.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import combinations

from msgspec import Struct, structs

from kpatchlint.c.ir import Assign, Call, Load, Lowered, Place, Variable, text, variables
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.flow.annotated import LOCK
from kpatchlint.flow.asked import Read
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.witness import results

RETURN = "return"
# how many calls deep it is looked for what says which address a pointer is for
DEEPEST = 3
Bodies = Callable[[str], Sequence[Lowered]]


class _Use(Struct, frozen=True):
    """A call that gets, or returns, pointers for addresses: these pairs, and the one it returns, as the function calls
    them.  `lookup` is whether it says which address a pointer is for."""

    call: Call
    pairs: tuple[tuple[str, str], ...]
    lookup: bool
    result: str = ""


def paired_events(
    function: Lowered, reads_of: Callable[[Lowered], Iterable[Read]], knowledge: Knowledge, bodies: Bodies
) -> Iterator[Event]:
    """Pointers with the address of another lookup, and entries that are overwritten behind a second lookup of theirs.

    reads_of  what had been found out about entries before a function reads or overwrites them
    bodies    the functions of the same text
    """
    uses = list(_uses(function, knowledge, bodies))
    lookups = [use for use in uses if use.lookup]
    if len(lookups) > 1:
        copies = dict(_copies(function))
        lookups = [_also(use, copies) for use in lookups]
        again = dict(_again(lookups, function, knowledge))
        yield from _unlooked(again, reads_of(function) if again else (), function.name)
    others = [use for use in uses if not use.lookup]
    if len(uses) > 2 and others:
        yield from _crossed_events(others, lookups, function)
    looked_up = {pair for use in lookups for pair in use.pairs}
    yield from _crossed_names(others, looked_up, function)


def _also(use: _Use, copies: Mapping[str, str]) -> _Use:
    """With the pointers, too, that begin as a copy of the one that is looked up, and are only stepped from there."""
    more = ((copy, address) for pointer, address in use.pairs for copy, of in copies.items() if of == pointer)
    return structs.replace(use, pairs=(*use.pairs, *more))


def _copies(function: Lowered) -> Iterator[tuple[str, str]]:
    """The variables that have one value, beside those they are stepped to: that of another variable."""
    given: dict[str, list[str]] = {}
    for op in function.cfg.operations():
        if isinstance(op, Assign) and isinstance(op.place, Variable) and op.place.name not in variables(op.value):
            given.setdefault(op.place.name, []).append(text(op.value))
    return ((name, values[0]) for name, values in given.items() if len(set(values)) == 1 and values[0].isidentifier())


def _crossed_events(uses: Sequence[_Use], lookups: Sequence[_Use], function: Lowered) -> Iterator[Event]:
    """Calls with the address of another lookup, or with that which the caller gave for another such pointer."""
    if len(lookups) > 1:
        looked_up = _known(lookups)
        for use in uses:
            yield from _crossed(use, looked_up, "is looked up for", function.name)
    types = dict(function.types)
    for type_ in {types[name] for name in function.parameters}:
        pointers = {name for name in function.parameters if types[name] == type_}
        given = [_only(use, pointers, function) for use in uses]
        for use in given:
            known = _known([other for other in given if other is not use])
            yield from _crossed(use, known, "is used with", function.name)


def _crossed_names(uses: Iterable[_Use], looked_up: Set[tuple[str, str]], function: Lowered) -> Iterator[Event]:
    """Calls with the pointer of one side and the address of the other, where names alone say whose they are: `src_pte`
    with `dst_addr`, in a function that has `dst_pte` and `src_addr`, too."""
    types = dict(function.types)
    told = ((use.call, pair) for use in uses for pair in use.pairs if pair not in looked_up)
    for call, (pointer, address) in told:
        (mine, _, what), (theirs, _, where) = pointer.partition("_"), address.partition("_")
        own, other = f"{mine}_{where}", f"{theirs}_{what}"
        pairs = (pointer, other), (address, own)
        if mine != theirs and all(one in types and types[one] == types.get(same) for one, same in pairs):
            facts = {"cause": "crossed", "place": pointer, "callee": call.function, "test": address}
            step = Step(function.start, f"{own} goes by its name with {pointer}, and {address} with {other}")
            yield Event(EventKind.ARGUMENT, call.start, call.end, function.name, tuple(facts.items()), (step,))


def crossed_since(
    before: Lowered, after: Lowered, knowledge: Knowledge, bodies_before: Bodies, bodies: Bodies
) -> Iterator[Event]:
    """Pointers with the address of another one, which each had an address of its own before the patch."""
    uses = [use for use in _uses(after, knowledge, bodies) if not use.lookup]
    known = _known(_uses(before, knowledge, bodies_before)) if uses else {}
    now = Counter(pair for use in uses for pair in use.pairs)
    for use in uses:
        # of one that has changed its address altogether, or lost it, nobody knows what was meant
        pairs = [(p, a) for p, a in use.pairs if now[p, a] == 1 and len(known.get(p, ())) == 1 and _others(p, a, now)]
        here = {pointer: dict.fromkeys(addresses, use.call.start) for pointer, addresses in known.items()}
        mine = structs.replace(use, pairs=tuple(pairs))
        yield from _crossed(mine, here, "was used, before the patch, with", after.name)


def _others(pointer: str, address: str, pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether another pointer has this address, too."""
    return any(address == other and name != pointer for name, other in pairs)


def _known(uses: Iterable[_Use]) -> Mapping[str, Mapping[str, int]]:
    """By pointer its addresses, each with the first place that says so."""
    known: dict[str, dict[str, int]] = {}
    for use in uses:
        for pointer, address in use.pairs:
            known.setdefault(pointer, {}).setdefault(address, use.call.start)
    return known


def _only(use: _Use, pointers: Set[str], function: Lowered) -> _Use:
    """With those pairs alone of one of these pointers and an address that the caller gave, too."""
    pairs = (pair for pair in use.pairs if pair[0] in pointers and pair[1] in function.parameters)
    return structs.replace(use, pairs=tuple(pairs))


def _unlooked(again: Mapping[str, tuple[int, int]], reads: Iterable[Read], function: str) -> Iterator[Event]:
    """What is overwritten through one of these pointers, behind its second lookup, without another look."""
    for read in sorted(reads, key=lambda read: read.call.start):
        first, second = again.get(text(read.place), (0, read.call.start))
        if second < read.call.start and read.how == "overwrites" and not read.told:
            facts = {"cause": "unlooked", "place": text(read.place), "callee": read.call.function}
            steps = Step(first, "looked up here first"), Step(second, "and looked up again here, under the lock")
            where = EventKind.ARGUMENT, read.call.start, read.call.end, function
            yield Event(*where, tuple(facts.items()), steps)


def _again(
    lookups: Iterable[_Use], function: Lowered, knowledge: Knowledge
) -> Iterator[tuple[str, tuple[int, int]]]:
    """The pointers that are looked up with their lock twice, for one address, and looked at in between."""
    for one, other in combinations((use for use in lookups if _locks(use.call, knowledge)), 2):
        start, end = one.call.start, other.call.start
        if other.result and one.pairs == other.pairs and _looks(other.result, start, end, function, knowledge):
            yield other.result, (start, end)


def _locks(call: Call, knowledge: Knowledge) -> bool:
    contract = knowledge.contract(call)
    return contract is not None and any(e.resource == LOCK for o in contract.outcomes for e in o.acquires)


def _looks(pointer: str, start: int, end: int, function: Lowered, knowledge: Knowledge) -> bool:
    """Whether a call between two offsets reads through a pointer of that name."""
    for call in (call for call in function.cfg.calls() if start < call.start < end):
        contract = knowledge.stated(call.function, len(call.arguments))
        if contract is not None and contract.returns is not None:
            given = contract.given(call.arguments)
            if any(text(given[name]) == pointer for name in contract.derefs & given.keys()):
                return True
    return False


def _uses(function: Lowered, knowledge: Knowledge, bodies: Bodies, calls: int = DEEPEST) -> Iterator[_Use]:
    uses = list(_stated(function, knowledge))
    yield from uses
    if uses or calls < DEEPEST:
        yield from _inferred(function, knowledge, bodies, calls)


def _stated(function: Lowered, knowledge: Knowledge) -> Iterator[_Use]:
    """The calls of what contracts say it of."""
    named: Mapping[Variable, Place] | None = None
    for call in function.cfg.calls():
        contract = knowledge.stated(call.function, len(call.arguments))
        if contract is None or not contract.at:
            continue
        given = contract.given(call.arguments)
        named = results(function) if named is None else named
        if call.result in named:
            given[RETURN] = Load(named[call.result])
        pairs = ((given[pointer], given[address]) for pointer, address in contract.at.items() if pointer in given)
        told = tuple((text(one), text(other)) for one, other in pairs)
        yield _Use(call, told, RETURN in contract.at, text(given[RETURN]) if RETURN in given else "")


def _inferred(function: Lowered, knowledge: Knowledge, bodies: Bodies, calls: int) -> Iterator[_Use]:
    """The calls of functions of the same text that get pointers to entries, and say by their own calls what for."""
    for call in function.cfg.calls() if calls else ():
        if knowledge.stated(call.function, len(call.arguments)) is not None:
            continue
        for body in bodies(call.function)[:1]:
            given = dict(zip(body.parameters, map(text, call.arguments), strict=False))
            pairs = (pair for use in _uses(body, knowledge, bodies, calls - 1) for pair in use.pairs)
            told = {(given[pair[0]], given[pair[1]]) for pair in pairs if given.keys() >= {*pair}}
            if told:
                yield _Use(call, tuple(sorted(told)), lookup=False)


def _crossed(use: _Use, known: Mapping[str, Mapping[str, int]], said: str, function: str) -> Iterator[Event]:
    for pointer, address in use.pairs:
        mine = known.get(pointer, {})
        others = [name for name, addresses in known.items() if name != pointer and address in addresses]
        if mine and address not in mine and others:
            own, call = next(iter(mine)), use.call
            facts = {"cause": "crossed", "place": pointer, "callee": call.function, "test": address}
            step = Step(mine[own], f"{pointer} {said} {own} here")
            yield Event(EventKind.ARGUMENT, call.start, call.end, function, tuple(facts.items()), (step,))
