"""Pointers into page tables and the addresses they are for: a call that gets the address of another one.

A lookup says which address its pointer is for, and in which table of the next level it lies: the contract's `at`.
Assumes that a variable that is looked up for one address, and another for another, are not exchanged between the two.
Nothing is said of an address that no lookup of the function has.  Example: behind

    src = pte_offset_map(src_pmd, src_addr); dst = pte_offset_map(dst_pmd, dst_addr);

`migration_entry_wait(mm, dst_pmd, src_addr)` waits for another entry than was read from `src`.
"""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kpatchlint.c.ir import Call, Load, Lowered, Place, Variable, text
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.witness import results

RETURN = "return"


class _Use(Struct, frozen=True):
    """A call that gets, or returns, pointers for addresses: these pairs, as the function calls them."""

    call: Call
    pairs: tuple[tuple[str, str], ...]
    lookup: bool


def crossed_events(function: Lowered, knowledge: Knowledge) -> Iterator[Event]:
    """Calls that get a pointer of one lookup with the address of another."""
    uses = list(_uses(function, knowledge))
    lookups = [use for use in uses if use.lookup]
    if len(lookups) < 2:
        return
    known: dict[str, dict[str, int]] = {}
    for use in lookups:
        for pointer, address in use.pairs:
            known.setdefault(pointer, {}).setdefault(address, use.call.start)
    for use in uses:
        if not use.lookup:
            yield from _crossed(use, known, function.name)


def _uses(function: Lowered, knowledge: Knowledge) -> Iterator[_Use]:
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
        yield _Use(call, tuple((text(one), text(other)) for one, other in pairs), RETURN in contract.at)


def _crossed(use: _Use, known: Mapping[str, Mapping[str, int]], function: str) -> Iterator[Event]:
    for pointer, address in use.pairs:
        mine = known.get(pointer, {})
        others = [name for name, addresses in known.items() if name != pointer and address in addresses]
        if mine and address not in mine and others:
            own, call = next(iter(mine)), use.call
            facts = {"cause": "crossed", "place": pointer, "callee": call.function, "test": address}
            step = Step(mine[own], f"{pointer} is looked up for {own} here")
            yield Event(EventKind.ARGUMENT, call.start, call.end, function, tuple(facts.items()), (step,))
