"""What a callee may have given up, and what its answer says of that.

A body without a summary may have given back, or taken, anything of the kinds it blurs.  Where a contract names the bits
of an answer with which the callee has given it up, each test of the answer closes some of these ways: a lock that is
released while some are closed and others are open may have been given up before.  Assumes that who tests none of the
bits has seen to it that none of them is set, and that an answer has bits of one sort.  Example: behind

    fault = handle_mm_fault(vma, address, flags, regs);
    if (fault & VM_FAULT_RETRY) return;

the lock is still held, unless `fault & VM_FAULT_COMPLETED`.
"""

from msgspec.structs import replace

from kpatchlint.c.ir import Call
from kpatchlint.flow.contract import Contract
from kpatchlint.flow.masks import made_of
from kpatchlint.flow.state import Gone, PathState
from kpatchlint.flow.symbol import Constant, Fresh, Operator, Symbol

# a fact about what a callee has answered: it goes by its own name as long as it can be tested
_ANSWER = "answer"
# a part of a mask that is no constant
_UNNAMED = ""


def blurred(call: Call, contract: Contract, passing: frozenset[str], state: PathState) -> PathState:
    """The state behind a call that may have given up, or taken, what is of some kinds.

    passing  kinds of what need not be given back: whether the caller had it no ending asks
    """
    perhaps = Gone(call.function, call.start, maybe=True, ways=contract.given_if)
    for held in state.held:
        if held.resource in contract.blurs:
            given = replace(perhaps, taken_at=held.at, entry=held.again, was=held)
            state = state.give(held.resource, held.symbol, given)
    gone = {r: replace(g, maybe=True) if r[0] in contract.blurs else g for r, g in state.gone.items()}
    # without a symbol: whatever the caller of this function holds of the kind
    lost = Gone(call.function, call.start, maybe=True)
    gone |= {(kind, None): replace(lost, entry=kind in contract.nameless) for kind in contract.blurs - passing}
    state = replace(state, gone=gone)
    answer = Fresh(call.start, "return")
    return state.learn(Operator(_ANSWER, (answer,)), True) if contract.given_if else state


def answered(test: Symbol, truth: bool, state: PathState) -> PathState:
    """The state in which the answer of a callee was tested for bits."""
    told = _tested(test, truth)
    if told is None:
        return state
    site, bits, yes = told
    for (resource, symbol), gone in list(state.gone.items()):
        if gone.ways and gone.at == site:
            state = _known(resource, symbol, gone, bits, yes, state)
    return state


def _known(
    resource: str, symbol: Symbol | None, gone: Gone, bits: frozenset[str], yes: bool, state: PathState
) -> PathState:
    """The state in which something was given up for sure, is held after all, or was given up in a way less."""
    ways = tuple(way for way in gone.ways if way not in bits)
    if yes and bits <= set(gone.ways):
        return state.give(resource, symbol, replace(gone, maybe=False, ways=()))
    told = len(ways) < len(gone.ways)
    # an answer with other bits, which say what is wrong, has none of these
    others = yes and not told and _UNNAMED not in bits
    if gone.was is not None and (others or not (yes or ways)):
        return state.take(gone.was.renamed(symbol))
    return state.give(resource, symbol, replace(gone, ways=ways, asked=True)) if told and not yes else state


def _tested(test: Symbol, truth: bool) -> tuple[int, frozenset[str], bool] | None:
    """Which call's answer is tested, for which bits, and what was found."""
    match test:
        case Operator("!", (inner,)):
            return _tested(inner, not truth)
        case Operator("&", (Fresh(what="return") as answer, mask)):
            names = (part.name if type(part) is Constant else _UNNAMED for part in made_of(mask, ()))
            return answer.site, frozenset(names), truth
    return None
