"""What a function may take and give back, told by the calls that it may come to, without following a value.

A hundred times as fast as the flow analysis, and enough to know that it never does a certain thing.  Assumption: what a
callee that nobody knows does to a resource is not seen by the flow analysis either.  Example: of

    static void grab(struct q *q) { spin_lock(&q->lock); }
    void f(struct q *q) { grab(q); mutex_unlock(q->m); }

`reached` of f has taken {("lock", "lock")} and given {("mutex", "")}: only an address says what a place is called.
"""

from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct

from kpatchlint.c.ir import AddressOf, Call, Lowered, Member, Value, Variable
from kpatchlint.flow.contract import Contract, Knowledge
from kpatchlint.flow.evaluate import substitute
from kpatchlint.flow.terms import Effect

# a kind of resource, and the last name of its place; empty where that cannot be told
Named = tuple[str, str]


class Reached(Struct, frozen=True):
    """The kinds of what may be taken, and of what may be given back, each with the last name of its place."""

    taken: frozenset[Named]
    given: frozenset[Named]


class Body(Struct, frozen=True):
    """A body, and where the functions that it calls are found: by their names, all bodies of each."""

    lowered: Lowered
    callees: "Callable[[str], Iterable[Body]]"


def reached(bodies: Iterable[Body], knowledge: Knowledge) -> Reached:
    """What these bodies, and all that they may call, take and give back."""
    taken, given = set[Named](), set[Named]()
    waiting, seen = list(bodies), set[tuple[int, str]]()
    while waiting:
        body = waiting.pop()
        for call in body.lowered.cfg.calls():
            contract = knowledge.stated(call.function, len(call.arguments))
            if contract is not None:
                for outcome in contract.outcomes:
                    taken.update(_named(contract, call, (*outcome.acquires, *outcome.gets)))
                    given.update(_named(contract, call, (*outcome.releases, *outcome.drops)))
                # whoever asserts that the caller holds it might as well give it back
                given.update(_named(contract, call, contract.must_hold if contract.asserts else ()))
            elif (asked := (id(body.callees), call.function)) not in seen:
                seen.add(asked)
                waiting.extend(body.callees(call.function))
    return Reached(frozenset(taken), frozenset(given))


def _named(contract: Contract, call: Call, effects: Iterable[Effect]) -> Iterator[Named]:
    arguments = contract.given(call.arguments)
    places = ((effect.resource, effect.place) for effect in effects)
    return ((kind, _last_name(substitute(place, arguments))) for kind, place in places if place is not None)


def _last_name(value: Value) -> str:
    match value:
        case AddressOf(Variable(name)) | AddressOf(Member(_, name)):
            return name
    return ""
