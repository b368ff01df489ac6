"""The calls that a function makes only when it has put the last reference.

Whoever puts a reference under a lock knows that another one is left.  Assumes that callers do, so that what is done for
the last one, and may sleep, is not said of them.  Example: in

    void put(struct group *group) { if (refcount_dec_and_test(&group->refs)) flush_work(&group->work); }

`flush_work()` is such a call.
"""

from collections.abc import Iterator

from kpatchlint.c.ir import CFG, Assume, Call, Load, Lowered
from kpatchlint.flow.contract import Knowledge
from kpatchlint.flow.dataflow import reached


def for_the_last(function: Lowered, knowledge: Knowledge) -> frozenset[int]:
    """Where the calls stand that no path comes to without the answer that it was the last reference."""
    cfg = function.cfg
    arms = set(_arms(cfg, knowledge))
    if not arms:
        return frozenset()
    others = reached((0, *cfg.open_blocks), arms, [block.successors for block in cfg.blocks])
    behind = (block for number, block in enumerate(cfg.blocks) if number not in others)
    return frozenset(op.start for block in behind for op in block.operations if isinstance(op, Call))


def _arms(cfg: CFG, knowledge: Knowledge) -> Iterator[int]:
    """The blocks that begin with that answer."""
    asking = [call for call in cfg.calls() if _asks(call, knowledge)]
    answers = {Load(call.result) for call in asking}
    for number, block in enumerate(cfg.blocks) if asking else ():
        match block.operations[:1]:
            case [Assume(value, True)] if value in answers:
                yield number


def _asks(call: Call, knowledge: Knowledge) -> bool:
    contract = knowledge.stated(call.function, len(call.arguments))
    return contract is not None and contract.last
