"""C text through the whole linter against the model's verdict, program by program.

Only what is the first mistake on some path is compared, place by place: a place the model calls wrong has the same
kinds of violations in the linter's findings, a place that no path reaches after a mistake has no other finding.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from kpatchlint.check import scan_source
from kpatchlint.model.programs import graph_of
from kpatchlint.model.render import LANGUAGES, rendered, text_of
from kpatchlint.model.verdict import verdict

# the order in which an operation comes to its steps: the model stops at the first that goes wrong for certain, while a
# linter that names what comes after in the same call, too, is not wrong
ORDER = (
    ("entry-unread", "map-twice", "vma-lock-not-held", "pte-use-unmapped"),
    ("not-migration-entry", "self-deadlock"),
    ("folio-uaf",),
    ("unlock-not-owner",),
    ("unmap-unmapped", "unmap-order", "null-use", "pgtable-uaf"),
    ("sleep-atomic", "sleep-mapped"),
)
# this operation may sleep before it takes its lock
SLEEPS_FIRST = "VL"
# what comes last in an operation may be said beside any deviation
LATER = frozenset({"sleep-atomic"})
RANK = {kind: rank for rank, kinds in enumerate(ORDER) for kind in kinds}
# a finding of this rule stands where half of what was taken together is given back, and stands for what comes of it
HALF = "mismatched-pair"
COMES_OF_HALF = {"leak-map", "leak-lock", "sleep-mapped", "sleep-atomic", "self-deadlock", "map-twice"}
# a map that is used without a test is said once, where it is used first
SAID_ONCE, ONCE = "unchecked-map", {"null-use"}
BATCH = 500


# counts differences behind a lasting deviation
BEHIND = "behind"
# operations that take the lock of the table, and that give it back
LOCKS, UNLOCKS = frozenset({"ML", "L"}), frozenset({"U", "UU", "WL", "WN", "W2"})


@dataclass(frozen=True)
class Deviation:
    """A difference that stays, with the reason: at one of the `operations` of these alphabets, in these kinds.

    remapped  only where the linter says more, behind an entry read again through a second map under one lock
    beyond    only at places no path of the model leads to
    lasting   the two go on from there with different locks, so that a difference behind it may come of this one
    """

    alphabets: str
    operations: tuple
    kinds: frozenset
    why: str
    remapped: bool = False
    beyond: bool = False
    lasting: bool = False

    def covers(self, difference, alphabet):
        """Whether the difference is this one."""
        kinds = difference.model ^ difference.linter
        if self.beyond and difference.reached:
            return False
        if self.remapped and not (difference.model <= difference.linter and difference.remapped):
            return False
        return difference.operation in self.operations and self.alphabets in alphabet and kinds <= self.kinds | LATER


DEVIATIONS = (
    Deviation(
        "pmd",
        ("WPS",),
        frozenset({"folio-uaf", "entry-unread"}),
        "The rule reports the copy whatever was read into it: the lock found through a copy is no lock of the table. "
        "The model has one lock, so there the wrong one does no harm by itself.",
    ),
    Deviation(
        "v6.1",
        ("L",),
        frozenset({"pgtable-uaf"}),
        "After a wait the lock of the table is reported as gone in every release. In the model of v6.1 tables stay, "
        "because the caller holds the mmap lock; a function that waits may have dropped it.",
        lasting=True,
    ),
    Deviation(
        "hugetlb",
        ("RET",),
        frozenset({"leak-vma-lock"}),
        "Functions leave the VMA lock to their callers, so that no path alone says that it is left by mistake.",
    ),
    Deviation(
        "paths",
        ("RET",),
        frozenset({"leak-lock", "leak-map"}),
        "Read under one lock through a second map of its table, an entry is the same for the model and another value "
        "for the linter: it goes on where a second test finds what the first did not.",
        remapped=True,
        beyond=True,
    ),
    Deviation(
        "paths",
        ("WM",),
        frozenset({"self-deadlock", "sleep-mapped"}),
        "The same: a wait that only such a path comes to, with the lock still held and the table mapped.",
        remapped=True,
        beyond=True,
    ),
    Deviation(
        "paths",
        ("W2", "WL", "WN"),
        frozenset({"not-migration-entry"}),
        "Read under one lock through a second map of its table, an entry is the same for the model and another value "
        "for the linter: it wants this one tested, too.",
        remapped=True,
    ),
)


@dataclass(frozen=True)
class Difference:
    """One place on which linter and model disagree.

    remapped  whether the entry may have been read again there, under one lock and through a second map
    reached   whether some path of the model leads there
    """

    program: tuple
    place: int
    operation: str
    model: frozenset
    linter: frozenset
    findings: tuple
    remapped: bool = False
    reached: bool = True

    def __str__(self):
        kinds = f"model {sorted(self.model)}, linter {sorted(self.linter)}"
        return f"{self.place} {self.operation}: {kinds}\n{self.findings}"


@dataclass
class Outcome:
    """What a comparison came to: programs and places looked at, and where the two disagree."""

    programs: int = 0
    places: int = 0
    unanalyzed: int = 0
    differences: tuple = ()
    deviations: Counter = field(default_factory=Counter)

    def __add__(self, other):
        return Outcome(
            self.programs + other.programs,
            self.places + other.places,
            self.unanalyzed + other.unanalyzed,
            self.differences + other.differences,
            self.deviations + other.deviations,
        )


def agree(paths, linter):
    """Whether the linter says what the model says on these paths, and perhaps what comes later in the operation."""
    model = frozenset(kind for kinds in paths for kind in kinds)
    last = min((max(RANK.get(kind, 0) for kind in kinds) for kinds in paths), default=len(ORDER))
    return model <= linter and all(RANK.get(kind, 0) > last for kind in linter - model)


def compare(programs, api, automaton):
    """The outcome for these programs as callers of `api`."""
    programs, outcome = list(programs), Outcome()
    for start in range(0, len(programs), BATCH):
        batch = programs[start : start + BATCH]
        text, functions = rendered(batch, LANGUAGES[api])
        report = scan_source("mm/callers.c", text.encode(), LANGUAGES[api].release)
        outcome.unanalyzed += len(report.unanalyzed)
        found = by_line(report)
        for program, function in zip(batch, functions, strict=True):
            graph = graph_of(program)
            findings = [found.get(line, ()) for line in function.lines]
            said = verdict(graph, automaton)
            behind = reached_from(apart(graph, said, findings, automaton.alphabet), graph)
            for difference in judged(program, graph, said, findings):
                known = deviation(difference, automaton.alphabet)
                if known or difference.place in behind:
                    outcome.deviations[difference.operation if known else BEHIND] += 1
                else:
                    outcome.differences += (difference,)
            outcome.programs += 1
            outcome.places += len(graph.names)
    return outcome


def apart(graph, said, findings, alphabet):
    """The places at which the two part in a way that is known and lasts."""
    lasting = [known for known in DEVIATIONS if known.lasting and known.alphabets in alphabet]
    for place, name in enumerate(graph.names):
        model = {str(kind) for kinds in said.wrong.get(place, ()) for kind in kinds}
        linter = {kind for finding in findings[place] for kind in finding.violates}
        if any(name in known.operations and known.kinds <= linter - model for known in lasting):
            yield place


def deviation(difference, alphabet):
    """The deviation that the difference is, if any."""
    return next((known for known in DEVIATIONS if known.covers(difference, alphabet)), None)


def by_line(report):
    found = defaultdict(list)
    for finding in report.findings:
        found[finding.position.line].append(finding)
    return found


def judged(program, graph, said, findings):
    """Where the findings of one program are not what was said of it."""
    halves = reached_from({p for p, several in enumerate(findings) if any(f.rule == HALF for f in several)}, graph)
    for place, several in enumerate(findings):
        paths = [frozenset(map(str, kinds)) for kinds in said.wrong.get(place, ())]
        model = frozenset(kind for kinds in paths for kind in kinds)
        linter = frozenset(kind for f in several if f.rule != HALF for kind in f.violates)
        if graph.names[place] == SLEEPS_FIRST and "sleep-atomic" in model:
            linter -= {"self-deadlock"} - model
        if place in halves:
            linter |= COMES_OF_HALF & model
        if any(f.rule == SAID_ONCE for each in findings for f in each):
            linter |= ONCE & model
        if place in said.behind:
            # what more is said there comes of an earlier mistake
            linter &= model
            wrong = model != linter
        else:
            wrong = not agree(paths, linter)
        if wrong:
            texts = tuple(f"{f.position.line}: {f.rule}: {f.message}" for each in findings for f in each)
            reached = place in said.clean or place in said.behind
            yield Difference(program, place, graph.names[place], model, linter, texts, remapped(graph, place), reached)


def reached_from(starts, graph):
    """The places that lie behind one of `starts`."""
    seen, waiting = set(), list(starts)
    while waiting:
        for edge in graph.edges[waiting.pop()]:
            if edge.target >= 0 and edge.target not in seen:
                seen.add(edge.target)
                waiting.append(edge.target)
    return seen


def remapped(graph, place):
    """Whether a way to the place reads an entry, maps its table once more and reads again, under one lock."""
    seen, waiting = {(0, False, 0)}, [(0, False, 0)]
    while waiting:
        at, locked, step = waiting.pop()
        if (at, step) == (place, 3):
            return True
        name = graph.names[at]
        locked = name not in UNLOCKS and (locked or name in LOCKS)
        if not locked or name in LOCKS:
            step = 0
        elif (name, step) in {("RR", 0), ("M", 1), ("RR", 2)}:
            step += 1
        new = {(edge.target, locked, step) for edge in graph.edges[at] if edge.target >= 0} - seen
        seen |= new
        waiting += new
    return False


def shown(difference, api):
    """A difference with its program, for a person to read."""
    return f"{text_of(difference.program, LANGUAGES[api])}\n{difference}"
