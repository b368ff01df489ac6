"""Claims of a comment against what the flow analysis of the function saw.

A claim is contradicted only by what is known: a lock that the comment says the caller holds and that some path takes;
a lock that the comment says is given back and that no path gives back, neither here nor in a callee nobody knows.
Example:

    /* Must be called with q->lock held. */
    static void drain(struct queue *q)
    {
            spin_lock(&q->lock);        contradicts it
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.c.ir import Call, Lowered, variables
from kpatchlint.event import Event, EventKind, Step
from kpatchlint.flow.annotated import asserted
from kpatchlint.flow.contract import Contract, Knowledge
from kpatchlint.flow.evaluate import evaluate
from kpatchlint.flow.paths import Ending, Flow
from kpatchlint.flow.reach import Reached
from kpatchlint.flow.state import CALLER, PathState, Resource, is_merged
from kpatchlint.flow.symbol import Address, Cell, Initial, Pure, Symbol, base_of, parts_of
from kpatchlint.prose.claims import Claim, Subject

# effects that say nothing of "the lock", whichever that is; those of them that tell of it on entry
CERTAIN = ("held", "unheld", "left", "read", "write")
ON_ENTRY = ("held", "unheld")
# how else a lock is held than the claim says
OTHER_MODE = {"read": "write", "write": "read"}


class Deed(Struct, frozen=True):
    """What one path did to something that its caller can name: where, by which callee, -1 where nobody did.

    cause  what that is, where it is not what the effect of the claim tells
    """

    resource: Resource
    at: int
    by: str
    cause: str = ""


def contradictions(claims: Iterable[Claim], flows: Sequence[Flow], knowledge: Knowledge) -> Iterator[Event]:
    """One DOC_CLAIM event, on the words of the claim, for each that the bodies of its function contradict.

    flows  of every body that the function has, one for each arm of `#if`
    """
    if not flows or not all(flow.complete and flow.endings and flow.function.whole for flow in flows):
        return
    said = list[Claim]()
    for claim in sorted(claims, key=lambda claim: claim.offset - claim.end):
        deeds = [_deed(claim, flow, knowledge) for flow in flows]
        deed = deeds[0]
        if deed is not None and None not in deeds and not any(_same(claim, other) for other in said):
            said.append(claim)
            yield _event(claim, deed, flows[0], knowledge)


def checkable(claim: Claim, function: Lowered, knowledge: Knowledge) -> bool:
    """Whether a body of the function can contradict the claim at all, whatever it does."""
    subject, mode = claim.subject, OTHER_MODE.get(claim.effect)
    named = not subject.variable or subject.variable in function.parameters
    if not named or (subject.generic and claim.effect in CERTAIN):
        return False
    return not mode or any(_mode(call, knowledge) == mode for call in function.cfg.calls())


def reachable(claim: Claim, reached: Reached) -> bool:
    """Whether what the function may come to can contradict the claim."""
    if claim.effect not in ON_ENTRY:
        return True
    done = reached.taken if claim.effect == "held" else reached.given
    return any(_fits(kind, name, claim.subject) for kind, name in done)


def settled(claim: Claim, flow: Flow, knowledge: Knowledge) -> bool:
    """Whether the first look at a body, in which paths are merged, shows that it does not contradict the claim.

    Whatever a path takes, or gives back, is there, if as what some paths do, and under a name made of several.
    """
    if flow.complete and claim.effect == "awake":
        return not any(_asleep(flow))
    if not flow.complete or flow.cut or claim.effect not in ON_ENTRY:
        return False
    said = (deed.resource for deed in _asserted(flow, knowledge)) if claim.effect == "unheld" else ()
    done = chain(_perhaps_done(claim.effect, flow), said)
    return _perhaps_given(claim, flow) or not any(_perhaps_meant(each, claim.subject, flow) for each in done)


def _perhaps_done(effect: str, flow: Flow) -> Iterator[Resource]:
    """What some path may do against a claim of this effect."""
    if effect == "held":
        yield from flow.taken
    for ending in flow.endings:
        deeds = _taken(ending, flow) if effect == "held" else _given(ending, perhaps=True)
        yield from (deed.resource for deed in deeds)


def _perhaps_meant(resource: Resource, subject: Subject, flow: Flow) -> bool:
    kind, symbol = resource
    if _meant(resource, subject, flow):
        return True
    return _fits(kind, "", subject) and any(is_merged(part) for part in parts_of(symbol))


def _fits(kind: str, name: str, subject: Subject) -> bool:
    """Whether the claim may be about a resource of this kind with this last name, which is empty where nobody knows."""
    return (not subject.kinds or kind in subject.kinds) and (not subject.named or name in subject.named or not name)


def _perhaps_given(claim: Claim, flow: Flow) -> bool:
    """Whether what the caller is said to hold may have been given up before it is taken: as something that is reached
    through what a callee or an array gave, which no variable leads to."""
    if claim.effect != "held":
        return False
    others = ((kind, symbol) for kind, symbol in flow.given if symbol is not None and not _path(symbol))
    return any(_fits(kind, _last_name(symbol), claim.subject) for kind, symbol in others)


def _same(claim: Claim, other: Claim) -> bool:
    """Whether two wordings found the same words."""
    return claim.effect == other.effect and claim.offset < other.end and other.offset < claim.end


def _deed(claim: Claim, flow: Flow, knowledge: Knowledge) -> Deed | None:
    """What the function does against the claim, or None."""
    subject = claim.subject
    if not checkable(claim, flow.function, knowledge) or _perhaps_given(claim, flow):
        return None
    match claim.effect:
        case "held":
            return next((d for e in flow.endings for d in _taken(e, flow) if _meant(d.resource, subject, flow)), None)
        case "unheld":
            deeds = chain(*map(_given, flow.endings), _asserted(flow, knowledge))
            return next((deed for deed in deeds if _meant(deed.resource, subject, flow)), None)
        case "given":
            return _not_given(subject, flow, knowledge)
        case "left":
            return _not_left(subject, flow)
        case "read" | "write" as mode:
            return _otherwise(OTHER_MODE[mode], subject, flow, knowledge)
        case "awake":
            return next((Deed(("", None), call.start, call.function) for call in _asleep(flow)), None)
    return _not_kept(subject, flow)


def _asleep(flow: Flow) -> Iterator[Call]:
    """The calls that may sleep, but for those that only fault."""
    return (sleep.call for sleep in flow.sleeps if not sleep.faults)


def _taken(ending: Ending, flow: Flow) -> Iterator[Deed]:
    """What the path, or one of those merged in it, took without having given it up before."""
    start = flow.function.start
    for held in ending.state.held:
        if not held.again and held.by != CALLER and held.at != start:
            yield Deed((held.resource, held.symbol), held.at, held.by)
    for resource, gone in ending.state.gone.items():
        if gone.taken_at > start and not gone.entry:
            yield Deed(resource, gone.taken_at, "")


def _given(ending: Ending, perhaps: bool = False) -> Iterator[Deed]:
    """What the path gave up, and its caller had taken; `perhaps` with what some of merged paths did."""
    for resource, gone in ending.state.gone.items():
        if gone.entry if perhaps else gone.is_given and not gone.never:
            yield Deed(resource, gone.at, gone.by)
    for held in ending.state.held:
        if held.again and held.by != CALLER:
            yield Deed((held.resource, held.symbol), held.at, held.by)


def _asserted(flow: Flow, knowledge: Knowledge, mode: str = "") -> Iterator[Deed]:
    """What the function says at once that its caller holds, in this mode if it is to be one."""
    calls = (call for call in flow.function.cfg.calls() if (known := _stated(call, knowledge)) and known.asserts)
    said = next((call for call in calls if not mode or _mode(call, knowledge) == mode), None)
    for effect in asserted(flow.function, lambda call: _stated(call, knowledge)) if said is not None else ():
        if effect.place is not None and said is not None:
            yield Deed((effect.resource, evaluate(effect.place, PathState())), said.start, said.function, "asserted")


def _mode(call: Call, knowledge: Knowledge) -> str:
    known = _stated(call, knowledge)
    return known.mode if known is not None else ""


def _otherwise(mode: str, subject: Subject, flow: Flow, knowledge: Knowledge) -> Deed | None:
    """Where the function says that its caller holds the subject in this mode, or takes it so for its caller."""
    said = next((d for d in _asserted(flow, knowledge, mode) if _meant(d.resource, subject, flow)), None)
    if said is not None:
        return replace(said, cause="mode")
    calls = {call.start: call for call in flow.function.cfg.calls()}
    taken = [d for ending in flow.endings for d in _taken(ending, flow) if _meant(d.resource, subject, flow)]
    places = {h.at for ending in flow.endings for h in ending.state.held}
    # what is left to the caller is meant, if anything is
    meant = [d for d in taken if d.at in places] or taken
    found = [replace(d, by=calls[d.at].function, cause="mode") for d in meant if d.at in calls]
    return found[0] if found and {_mode(calls[d.at], knowledge) for d in found} == {mode} else None


def _not_left(subject: Subject, flow: Flow) -> Deed | None:
    """Where the function gives up what it has taken, and no path leaves it held."""
    kept = [h for ending in flow.endings for h in ending.state.held]
    if flow.blurs & subject.kinds or not subject.named or any(_goes_by(h.resource, h.symbol, subject) for h in kept):
        return None
    gone = (item for ending in flow.endings for item in ending.state.gone.items())
    own = ((r, g) for r, g in gone if g.taken_at > flow.function.start and not (g.entry or g.maybe or g.never))
    return next((Deed(r, g.at, g.by) for r, g in own if _goes_by(*r, subject)), None)


def _goes_by(kind: str, symbol: Symbol | None, subject: Subject) -> bool:
    """Whether it has the name of the subject, wherever it lies: it may be in what the function has found."""
    return symbol is not None and _fits(kind, _last_name(symbol), subject)


def _stated(call: Call, knowledge: Knowledge) -> Contract | None:
    return knowledge.stated(call.function, len(call.arguments))


def _not_given(subject: Subject, flow: Flow, knowledge: Knowledge) -> Deed | None:
    """The end of the function, where no path gives the subject back and no callee may."""
    given = any(_meant(deed.resource, subject, flow) for ending in flow.endings for deed in _given(ending))
    blurred = flow.blurs & subject.kinds if subject.kinds else flow.blurs
    if given or blurred or _lent(subject, flow, knowledge):
        return None
    kind = next(iter(sorted(subject.kinds)), "")
    return Deed((kind, None), -1, "")


def _lent(subject: Subject, flow: Flow, knowledge: Knowledge) -> bool:
    """Whether a callee nobody knows gets something that the subject can be reached through."""
    reached = {subject.variable} if subject.variable else set(flow.function.parameters)
    unknown = (c for c in flow.function.cfg.calls() if knowledge.contract(c) is None)
    return any(reached.intersection(variables(argument)) for call in unknown for argument in call.arguments)


def _not_kept(subject: Subject, flow: Flow) -> Deed | None:
    """What every path gives up and does not take again."""
    found = [_left(ending, subject, flow) for ending in flow.endings]
    return found[0] if all(found) else None


def _left(ending: Ending, subject: Subject, flow: Flow) -> Deed | None:
    held = {(held.resource, held.symbol) for held in ending.state.held}
    left = (deed for deed in _given(ending) if deed.resource not in held)
    return next((deed for deed in left if _meant(deed.resource, subject, flow)), None)


def _meant(resource: Resource, subject: Subject, flow: Flow) -> bool:
    """Whether the claim is about this resource."""
    kind, symbol = resource
    if symbol is None or (subject.kinds and kind not in subject.kinds):
        return False
    if subject.variable and not subject.named:
        return base_of(symbol) == Initial(Cell(None, subject.variable))
    named = not subject.named or _last_name(symbol) in subject.named
    path = _path(symbol)
    if subject.variable:
        return named and path[:-1] == (subject.variable, *subject.between)
    outside = path[:1] and (path[0] in flow.function.parameters or path[0] not in flow.function.locals)
    # the lock of something that hangs on the parameter has the same last name
    return named and (isinstance(base_of(symbol), Pure) or (bool(outside) and len(path) <= 2))


def _path(symbol: Symbol) -> tuple[str, ...]:
    """The names from a variable to a place: ("q", "lock") for `&q->lock` and for what it holds; empty for made ones."""
    match base_of(symbol):
        case Initial(cell) | Address(cell):
            above = _path(cell.base) if cell.base is not None else ()
            return (*above, cell.name) if above or cell.base is None else ()
    return ()


def _last_name(symbol: Symbol) -> str:
    match base_of(symbol):
        case Initial(cell) | Address(cell):
            return cell.name
        case Pure(function, _):
            return function
    return ""


def _event(claim: Claim, deed: Deed, flow: Flow, knowledge: Knowledge) -> Event:
    resource, symbol = deed.resource
    kind = knowledge.resources.get(resource)
    cause = deed.cause or claim.effect
    facts = {
        "resource": resource,
        "noun": kind.noun if kind else "it",
        "place": _last_name(symbol) if symbol is not None else "",
        "callee": deed.by,
        "cause": cause,
        "claim": claim.said,
    }
    ways = {"held": kind.taken if kind else "taken", "awake": "may sleep", "asserted": "asserted"}
    done = ways.get(cause, kind.given if kind else "given back")
    steps = (Step(deed.at, f"{done} here"),) if deed.at >= 0 else ()
    return Event(EventKind.DOC_CLAIM, claim.offset, claim.end, flow.function.name, tuple(facts.items()), steps)
