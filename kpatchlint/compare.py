"""The two sides of a patched text: which functions to look at, and what changed between them.

A function is looked at when the patch touches it, or when it calls one of the same text whose behaviour the patch
changes.  What a touched function leaves to its callers is compared when none of those callers is touched too.  Example:
a patch that takes an unlock out of `g` brings `g` and its caller `f` to the front, and nothing else of the file.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Set

from msgspec import Struct

from kpatchlint.c.ir import Lowered
from kpatchlint.c.parse import Ranges
from kpatchlint.event import Event
from kpatchlint.examine import Text
from kpatchlint.flow.asked import half_asked, lost_tests
from kpatchlint.flow.change import changed_events, slept_events, unheld_events
from kpatchlint.flow.contract import Contract, Knowledge
from kpatchlint.flow.paired import crossed_since
from kpatchlint.flow.paths import Flow
from kpatchlint.regex import regex
from kpatchlint.source import occurrences

# a branch, or a read through a pointer
_BRANCH = regex(rb"\b(?:if|else|goto|return|break|continue|while|for|switch|case)\b|\?|[=(] ?\*")
_WORD = regex(rb"\w+")
_CALLED = regex(r"(\w+)\(")
# how often a changed contract is followed from callee to caller within one file
MOST_ROUNDS = 4


class Effects(Struct, frozen=True):
    """How many calls in a function take, and give back, something of each kind."""

    taken: Counter[str]
    given: Counter[str]


def touched_names(text: Text) -> frozenset[str]:
    """Functions that the patch touches."""
    return frozenset(f.name for f in text.unit.where(text.source.touches))


def tainted_names(before: Text, after: Text) -> frozenset[str]:
    """Functions whose body differs between the two, and all that may call one of them."""
    gone = _only_in(before, after)
    changed = _names(before, gone) | _names(after, _only_in(after, before))
    tainted: set[str] = set()
    while changed:
        tainted |= changed
        # what both have says of both who calls
        lost = [at for at in _calls(before, changed) if any(start <= at < end for start, end in gone)]
        changed = (callers(after, changed) | before.unit.names(lost)) - tainted
    return frozenset(tainted)


def _only_in(one: Text, other: Text) -> Set[tuple[int, int]]:
    """The ranges of the definitions of one text that the other does not have, word for word."""
    text = one.source.text
    known = {other.source.text[chunk.start : chunk.end] for chunk in other.unit.chunks}
    return {(c.start, c.end) for c in one.unit.chunks if text[c.start : c.end] not in known}


def _names(text: Text, ranges: Set[tuple[int, int]]) -> frozenset[str]:
    return text.unit.names(start for start, _ in ranges)


def callers_to_check(after: Text, before: Text | None, touched: Set[str]) -> frozenset[str]:
    """Functions that the patch touches, and those that call one of them whose contract it changes."""
    names = set(touched)
    changed = _changed_for_others(names, names, after, before)
    for _ in range(MOST_ROUNDS):
        calling = callers(after, changed) - names
        names |= calling
        changed = _changed_for_others(calling, names, after, before)
        if not changed:
            break
    return frozenset(names)


def newly_left(before: Text, after: Text, names: Set[str], reported: Collection[str]) -> Iterator[Event]:
    """What touched functions, `names`, leave to callers that are not among them; `reported` have findings already."""
    for name in sorted(names - set(reported)):
        bodies = list(zip(before.bodies(name), after.bodies(name), strict=False))
        if callers(after, {name}) & names - {name} or len(after.bodies(name)) != len(bodies):
            continue
        for old, new in bodies:
            flows = before.program.flow(old), after.program.flow(new)
            if new.whole and all(flow.complete for flow in flows):
                yield from _changed(before, old, flows, after)
                yield from slept_events(*flows, after.program.knowledge)
                yield from unheld_events(*flows, after.program.knowledge)


def _changed(before: Text, old: Lowered, flows: tuple[Flow, Flow], after: Text) -> Iterator[Event]:
    """What is new, against a flow of the body before that has let nothing go where the first look says so."""
    if any(changed_events(*flows, after.program.knowledge)):
        kept = before.program.kept(old)
        yield from changed_events(kept if kept.complete else flows[0], flows[1], after.program.knowledge)


def less_asked(before: Text, after: Text, names: Iterable[str]) -> Iterator[Event]:
    """Where touched functions, `names`, read an entry without a question that every path had asked before."""
    known, texts = after.program.knowledge, (before.source.text, after.source.text)
    for old, new in _bodies(before, after, names):
        if _readers(old, known) & _readers(new, known) and _telling(before, old) != _telling(after, new):
            reads = before.program.reads(old), after.program.reads(new)
            lost = lost_tests(*reads, (old, new), known)
            yield from (event for event in lost if new.whole or fewer(event.fact("test"), *texts))


def _bodies(before: Text, after: Text, names: Iterable[str]) -> Iterator[tuple[Lowered, Lowered]]:
    """The bodies of these functions before and after the patch."""
    for name in sorted(names):
        yield from zip(before.bodies(name), after.bodies(name), strict=False)


def newly_crossed(before: Text, after: Text, names: Iterable[str]) -> Iterator[Event]:
    """Where touched functions, `names`, give a pointer into a page table the address that another one had before."""
    for old, new in _bodies(before, after, names):
        yield from crossed_since(old, new, after.program.knowledge, before.bodies, after.bodies)


def half_asked_in(before: Text, after: Text, names: Iterable[str]) -> Iterator[Event]:
    """Where new functions among the touched ones, `names`, ask one half of what an entry is before they read it."""
    for name in sorted(names):
        for new in () if before.bodies(name) else after.bodies(name):
            if new.whole and _readers(new, after.program.knowledge):
                yield from half_asked(after.program.reads(new), new, after.program.knowledge)


def _readers(body: Lowered, known: Knowledge) -> frozenset[str]:
    contracts = ((call.function, known.contract(call)) for call in body.cfg.calls())
    return frozenset(name for name, contract in contracts if contract and (contract.found or contract.looked))


def _telling(text: Text, body: Lowered) -> list[bytes]:
    """The lines of a function that decide what is known where: those that branch, read, ask, or take something."""
    contracts = ((call.function, text.program.knowledge.contract(call)) for call in body.cfg.calls())
    names = {name.encode() for name, contract in contracts if contract and not contract.gives_back_only}
    lines = (line.strip() for line in text.source.text[body.start : body.end].splitlines())
    return [line for line in lines if _BRANCH.search(line) or not names.isdisjoint(_WORD.findall(line))]


def fewer(test: str, before: bytes, after: bytes) -> bool:
    """Whether a question is asked less often in the text after than in the one before."""
    asks = [name.encode() + b"(" for name in _CALLED.findall(test)]
    return any(before.count(name) > after.count(name) for name in asks)


def effects(text: Text, name: str) -> Effects:
    """What calls in the function do to resources; of a hunk that shows a part of it, those in that part."""
    known = text.program.knowledge
    contracts = [c for body in text.bodies(name) for c in map(known.contract, body.cfg.calls()) if c is not None]
    outcomes = [outcome for contract in contracts for outcome in contract.outcomes]
    taken = Counter(effect.resource for outcome in outcomes for effect in outcome.acquires)
    return Effects(taken, Counter(effect.resource for outcome in outcomes for effect in outcome.releases))


def makes_up_for(kind: str, held: bool, before: Effects, after: Effects) -> bool:
    """Whether a function of these effects may be the other one of a pair, of which one leaves its caller more to do.

    kind  of what that one leaves
    held  whether it leaves it held, so that this one gives such things back more often; else it does not give it back
          any more, and this one takes them less often
    """
    more_taken, more_given = after.taken[kind] - before.taken[kind], after.given[kind] - before.given[kind]
    return more_given > 0 >= more_taken if held else more_taken < 0 <= more_given


def left_otherwise(name: str, before: Text, after: Text) -> bool:
    """Whether a caller could tell by what is held, given back, or slept in, that the function has changed."""
    old, new = before.summary(name), after.summary(name)
    return old != new and any(contract is not None and _has_effects(contract) for contract in (old, new))


def _has_effects(contract: Contract) -> bool:
    told = (o.acquires or o.releases or o.sleeps for o in contract.outcomes)
    return contract.wait or bool(contract.blurs) or any(told)


def callers(text: Text, names: Iterable[str]) -> frozenset[str]:
    """Functions of the text in which a call of one of `names` seems to stand."""
    calls = _calls(text, names)
    return text.unit.names(calls) if calls else frozenset()


def _calls(text: Text, names: Iterable[str]) -> list[int]:
    """Where a call of one of `names` seems to stand."""
    return [at for name in names for at in occurrences(text.source.text, name.encode() + b"(")]


def called(text: Text, names: Collection[str]) -> Ranges:
    """Whether a definition has one of these names."""
    known = {place for name in names for place in text.unit.places(name)}
    return lambda start, end: (start, end) in known


def called_or_touched(text: Text, names: Collection[str]) -> Ranges:
    """Whether a definition has one of these names, or is touched by the patch and cannot be read."""
    known = called(text, names)
    return lambda start, end: known(start, end) or text.source.touches(start, end)


def _changed_for_others(some: Set[str], names: Set[str], after: Text, before: Text | None) -> Set[str]:
    """Those of `some` that have callers which are not among `names`, and that see another behaviour than before."""
    called = {name for name in some if callers(after, {name}) - names}
    return {name for name in called if before is None or after.summary(name) != before.summary(name)}
