"""Explicit-state exploration: every reachable state, breadth first, so each counterexample is a shortest one.

What it decides: violations on a step, deadlock (a state that has not ended and where no task must go on),
AG EF(end) (from every state the end can still be reached; if not: a stem and the loop behind it), and that
things which should happen sometimes do.  Optional steps - an environment that may act, but need not - are
explored, but never count as progress: nobody may rely on them.  Liveness is decided on the whole graph by
backward closure, not by marks carried along paths, so a state reached twice loses no counterexample.
Assumption: finitely many canonical states, sequential consistency.  Example:

    explore(Toy()).counterexamples[Violation.LOST_WAKEUP].steps[-1].text == "sleep"
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, Protocol, TypeVar

from kpatchlint.model.kinds import Violation

S = TypeVar("S")


class Step(NamedTuple, Generic[S]):
    """One atomic step of one task: to `target`, or into a violation, then `target` is where it was tried.

    task      the name of the task, a column of a timeline
    text      the statement, as the kernel would write it
    optional  the task need not do it
    note      why it is a violation, for the reader
    graver    the violation hits somebody else, too, so a timeline shows rather this one
    hidden    not worth a line in a timeline
    """

    task: str
    text: str
    target: S
    violation: Violation | None = None
    optional: bool = False
    note: str = ""
    graver: bool = False
    hidden: bool = False


class Model(Protocol[S]):
    """What can be explored.  States are hashable values."""

    def initial(self) -> Iterable[S]:
        """Where it begins."""
        ...

    def steps(self, state: S) -> Iterable[Step[S]]:
        """All steps possible in `state`."""
        ...

    def ended(self, state: S) -> bool:
        """Whether everything that must happen has happened."""
        ...

    def canonical(self, state: S) -> S:
        """The representative of all states that differ only in the names of equal tasks."""
        ...


@dataclass(frozen=True, slots=True)
class Counterexample(Generic[S]):
    """The steps to a violation; for a livelock `loop` is what repeats after them."""

    kind: Violation
    steps: tuple[Step[S], ...]
    loop: tuple[Step[S], ...] = ()


@dataclass(frozen=True, slots=True)
class Result(Generic[S]):
    """What an exploration found.

    states, transitions  how many canonical states and steps between them
    counterexamples      a shortest one for each kind of violation
    missed               names of `sometimes` that never held: what was proven may be empty
    """

    states: int
    transitions: int
    counterexamples: Mapping[Violation, Counterexample[S]]
    missed: tuple[str, ...] = ()

    @property
    def kinds(self) -> frozenset[Violation]:
        """The kinds of all violations found."""
        return frozenset(self.counterexamples)


@dataclass(slots=True)
class _Graph(Generic[S]):
    """The canonical states by depth, from where each was first reached, and the edges that are not optional."""

    parents: dict[S, S | None] = field(default_factory=dict)
    forward: dict[S, list[S]] = field(default_factory=dict)
    bad: dict[tuple[Violation, bool], tuple[S, Step[S]]] = field(default_factory=dict)
    ends: list[S] = field(default_factory=list)
    stuck: S | None = None
    transitions: int = 0
    cut: bool = False


def explore(
    model: Model[S],
    sometimes: Mapping[str, Callable[[S], bool]] | None = None,
    until: Violation | None = None,
    graver: bool = False,
) -> Result[S]:
    """Every reachable state of `model`.

    `sometimes` names conditions that must each hold in some state.  With `until` the search is over as soon as it
    has seen this violation, with `graver` one that hits another task; nothing else is looked for any longer.
    """
    graph = _reach(model, until, graver)
    found = {kind: _replayed(model, graph, kind) for kind in dict.fromkeys(kind for kind, _ in graph.bad)}
    if graph.stuck is not None:
        path = _replay(model, _path(graph.parents, graph.stuck))
        found.setdefault(Violation.LOST_WAKEUP, Counterexample(Violation.LOST_WAKEUP, path))
    lasso = None if graph.cut else _lasso(model, graph)
    if lasso:
        found[Violation.LIVELOCK] = lasso
    wanted = sometimes or {}
    missed = tuple(name for name, holds in wanted.items() if not any(holds(s) for s in graph.parents))
    return Result(len(graph.parents), graph.transitions, found, missed)


def _reach(model: Model[S], until: Violation | None, graver: bool) -> _Graph[S]:
    graph: _Graph[S] = _Graph()
    queue: deque[S] = deque()
    for start in model.initial():
        _add(graph.parents, queue, model.canonical(start), None)
    while queue and not graph.cut:
        state = queue.popleft()
        failing = _expand(model, graph, queue, state)
        if model.ended(state) or (failing and not graph.forward[state]):
            graph.ends.append(state)  # a run that has failed is over, too
        elif not graph.forward[state] and graph.stuck is None:
            graph.stuck = state
        graph.cut = until is not None and _seen(graph, until, graver)
    return graph


def _seen(graph: _Graph[S], kind: Violation, graver: bool) -> bool:
    if kind is Violation.LOST_WAKEUP:
        return graph.stuck is not None
    return (kind, True) in graph.bad or (not graver and (kind, False) in graph.bad)


def _expand(model: Model[S], graph: _Graph[S], queue: deque[S], state: S) -> bool:
    """Enter the steps of `state` into the graph; whether one is a violation."""
    must = graph.forward.setdefault(state, [])
    failing = False
    for step in model.steps(state):
        graph.transitions += 1
        if step.violation:
            graph.bad.setdefault((step.violation, step.graver), (state, step))
            failing = True
            continue
        after = model.canonical(step.target)
        if not step.optional:
            must.append(after)
        _add(graph.parents, queue, after, state)
    return failing


def _add(parents: dict[S, S | None], queue: deque[S], state: S, parent: S | None) -> None:
    if state not in parents:
        parents[state] = parent
        queue.append(state)


def _path(parents: Mapping[S, S | None], state: S) -> list[S]:
    path: list[S] = []
    at: S | None = state
    while at is not None:
        path.append(at)
        at = parents[at]
    return path[::-1]


def _replay(model: Model[S], path: list[S], start: S | None = None) -> tuple[Step[S], ...]:
    """The steps along canonical states, from one real state to the next, so that tasks keep their names."""
    at = start if start is not None else next(s for s in model.initial() if model.canonical(s) == path[0])
    steps = []
    for after in path[1:]:
        fitting = (s for s in model.steps(at) if not s.violation and model.canonical(s.target) == after)
        steps.append(next(fitting))
        at = steps[-1].target
    return tuple(steps)


def _replayed(model: Model[S], graph: _Graph[S], kind: Violation) -> Counterexample[S]:
    state, step = graph.bad.get((kind, True)) or graph.bad[kind, False]
    steps = _replay(model, _path(graph.parents, state))
    at = steps[-1].target if steps else next(s for s in model.initial() if model.canonical(s) == state)
    last = next(s for s in model.steps(at) if s.violation == kind and s.graver == step.graver)
    return Counterexample(kind, (*steps, last))


def _lasso(model: Model[S], graph: _Graph[S]) -> Counterexample[S] | None:
    """The nearest state that cannot reach an end and returns to itself."""
    lost = _without_end(graph)
    for state in graph.parents:  # in order of depth
        if state not in lost:
            continue
        loop = _cycle(graph.forward, state)
        if loop:
            stem = _replay(model, _path(graph.parents, state))
            at = stem[-1].target if stem else next(s for s in model.initial() if model.canonical(s) == state)
            return Counterexample(Violation.LIVELOCK, stem, _replay(model, loop, at))
    return None


def _without_end(graph: _Graph[S]) -> set[S]:
    backward: dict[S, list[S]] = {}
    for state, targets in graph.forward.items():
        for target in targets:
            backward.setdefault(target, []).append(state)
    good, waiting = set(graph.ends), list(graph.ends)
    while waiting:
        for before in backward.get(waiting.pop(), ()):
            if before not in good:
                good.add(before)
                waiting.append(before)
    return {state for state in graph.parents if state not in good}


def _cycle(forward: Mapping[S, list[S]], start: S) -> list[S] | None:
    """A shortest way from `start` back to it, both ends included; None if there is none."""
    parents: dict[S, S | None] = {start: None}
    queue = deque([start])
    while queue:
        state = queue.popleft()
        for after in forward[state]:
            if after == start:
                return [*_path(parents, state), start]
            _add(parents, queue, after, state)
    return None
