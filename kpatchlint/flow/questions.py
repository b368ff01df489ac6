"""Which calls of a function ask again what was asked before, so that both get one answer.

A function that nobody knows, asked with the same arguments to take something or not, and asked again where both arms of
that branch have come together, to give it back or not: its author forgot the answer, and relies on it.  Where only one
arm leads to the second question, it is asked again because the answer may have changed.  Example: in

    if (!is_private(item))                      if (!is_done(item))
            spin_lock(&owner->lock);                    return;
    item->count--;                              spin_lock(&item->lock);
    if (!is_private(item))                      if (!is_done(item))
            spin_unlock(&owner->lock);                  finish(item);

both calls on the left have one answer, and those on the right two.
"""

from collections.abc import Iterator, Mapping, Sequence, Set

from kpatchlint.c.ir import CFG, Assume, Call, Invoke, Load, Lowered, Value, parts
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.dataflow import Graph, reached

# where a call stands: its block, and the call
Place = tuple[int, Call]


def asked_again(function: Lowered, knowledge: Knowledge) -> Mapping[str, Value]:
    """What the calls compute that have one answer with another one, by the variable of their result.

    Only where something is taken by the one that is given back by the other, or the reverse: to remember an answer
    takes paths apart.
    """
    cfg, found = function.cfg, dict[str, Value]()
    graph: Graph = [block.successors for block in cfg.blocks]
    for question, places in _questions(cfg).items():
        # few are asked twice, and only of those it matters who answers
        if len(places) < 2 or knowledge.contract(places[0][1]) is not None:
            continue
        for before in places:
            taken, given = _effects(before, cfg, graph, knowledge)
            for behind in _behind_both(before, places, graph) if taken or given else ():
                again, back = _effects(behind, cfg, graph, knowledge)
                if not (taken - given).isdisjoint(back) or not (given - taken).isdisjoint(again - back):
                    found |= {call.result.name: question for _, call in (before, behind)}
    return found


def _questions(cfg: CFG) -> Mapping[Invoke, Sequence[Place]]:
    """The calls whose result decides a branch, by what they ask."""
    found: dict[Invoke, list[Place]] = {}
    for number, block in enumerate(cfg.blocks):
        for call in block.operations if len(block.successors) > 1 else ():
            if not isinstance(call, Call) or not call.function or not call.result.temporary:
                continue
            if _decides(call, number, cfg):
                found.setdefault(Invoke(call.function, call.arguments), []).append((number, call))
    return found


def _decides(call: Call, number: int, cfg: CFG) -> bool:
    """Whether the arms behind the block begin with an answer of the call."""
    behind = (cfg.blocks[successor].operations[:1] for successor in cfg.blocks[number].successors)
    assumed = (first.value for operations in behind for first in operations if isinstance(first, Assume))
    return any(Load(call.result) in parts(value) for value in assumed)


def _effects(place: Place, cfg: CFG, graph: Graph, knowledge: Knowledge) -> tuple[Set[str], Set[str]]:
    """The kinds that are taken, and those that are given back, where only one arm leads."""
    arms = _arms(place, graph)
    apart = set[int]().union(*arms) - set[int].intersection(*arms)
    calls = (op for number in apart for op in cfg.blocks[number].operations if isinstance(op, Call))
    outcomes = [o for known in filter(None, map(knowledge.contract, calls)) for o in known.outcomes]
    given = {effect.resource for outcome in outcomes for effect in outcome.releases}
    return {effect.resource for outcome in outcomes for effect in outcome.acquires}, given


def _arms(place: Place, graph: Graph) -> list[set[int]]:
    """What each arm behind it leads to, not past the question again."""
    return [reached((arm,), {place[0]}, graph) for arm in graph[place[0]]]


def _behind_both(before: Place, places: Sequence[Place], graph: Graph) -> Iterator[Place]:
    """Those that every arm behind the first one leads to."""
    first, arms = before[1], _arms(before, graph)
    return ((at, call) for at, call in places if call is not first and all(at in arm for arm in arms))
