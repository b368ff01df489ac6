"""Rules: which events are findings, and what is said about them.

One file is one rule, `rules/<family>/<id>.toml`: it answers to one event under its conditions.  A `[[case]]`
that names an event adds this event; one that names none narrows the rule's own condition, to say it better.
Cases are asked in order, the rule's own condition last.  Assumption: events carry no facts but those of
`FACTS`; a fact an event lacks is empty.
Example: with

    event = "release-unheld"
    message = "{place} is unlocked twice: {by}() already dropped it"
    [when]
    cause = ["released"]

an event with cause "released", place "ptl", by "f" says "ptl is unlocked twice: f() already dropped it".
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from kpatchlint.data import CURE, line_of, rules_directory
from kpatchlint.errors import UserError
from kpatchlint.event import Event, EventKind
from kpatchlint.flow.schema import ResourceFile
from kpatchlint.shipped import shipped

Values = dict[str, tuple[str, ...]]
Severity = Literal["error", "warning", "info"]
Stage = Literal["preview", "default"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
STAGES: tuple[Stage, ...] = ("preview", "default")
# what a directory with rules may hold besides: macros that the C grammar does not know
_DIALECT = "dialect.toml"

_TEXT: tuple[str, ...] = ()
_YES_NO = ("no", "yes")
_COMMON: Mapping[str, tuple[str, ...]] = {"resource": _TEXT, "noun": _TEXT, "place": _TEXT, "callee": _TEXT}
# what a message may name besides: the place, or what of it is locked ("the mmap_lock of mm")
_SAID: Mapping[str, tuple[str, ...]] = {"lock": _TEXT}


def _facts(**more: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    return {**_COMMON, **more}


FACTS: Mapping[EventKind, Mapping[str, tuple[str, ...]]] = {
    EventKind.RELEASE_UNHELD: _facts(
        cause=("released", "never", "failed", "unmapped", "null"),
        by=_TEXT,
        by_wait=_YES_NO,
        by_line=_TEXT,
        callee_waits=_YES_NO,
    ),
    EventKind.ACQUIRE_HELD: _facts(callee_waits=_YES_NO, half=_YES_NO),
    EventKind.SLEEP_HELD: _facts(callee_waits=_YES_NO, waker_needs=_YES_NO, other=_TEXT, half=_YES_NO),
    EventKind.EXIT_HELD: _facts(
        cause=("leak", "half", "inconsistent", "changed"), where=("return", "end", "scope"), other=_TEXT
    ),
    EventKind.RELEASE_OFFSET: _facts(cause=("past-end", "before-start", "stale-start")),
    EventKind.RELEASE_ORDER: _facts(other=_TEXT),
    EventKind.RELEASE_OTHER: _facts(
        cause=("lock-only", "other-lock", "other-kind", "other-mode", "kernel-pte"),
        other=_TEXT,
        by=_TEXT,
        mode=("read", "write"),
    ),
    EventKind.USE_AFTER_RELEASE: _facts(by=_TEXT, by_wait=_YES_NO, by_line=_TEXT),
    EventKind.USE_UNCHECKED: _facts(by=_TEXT),
    EventKind.ARGUMENT: _facts(
        cause=(
            "stack-copy", "member-copy", "cast", "not-null", "null", "unset", "stale", "outlived", "untested",
            "refuted", "lost", "crossed", "unlooked", "older", "copy", "half", "foreign",
        ),
        param=_TEXT,
        test=_TEXT,
    ),
    EventKind.NOT_HELD: _facts(
        cause=("released", "other", "never", "returned", "changed", "no-more"), callee_waits=_YES_NO, by=_TEXT
    ),
    EventKind.STALE_NAME: _facts(
        name=_TEXT,
        replacement=_TEXT,
        since=_TEXT,
        kind=_TEXT,
        written=_TEXT,
        instead=_TEXT,
        cause=("renamed", "removed", "misspelt", "unknown", "renamed-here", "removed-here"),
    ),
    EventKind.UNDOCUMENTED_NULL: _facts(param=_TEXT, note=_TEXT),
    EventKind.DOC_PARAMETER: _facts(
        param=_TEXT, replacement=_TEXT, other=_TEXT, cause=("misspelt", "replaced", "none", "needed", "undescribed")
    ),
    EventKind.DOC_CLAIM: _facts(
        claim=_TEXT,
        cause=(
            "held", "unheld", "asserted", "given", "kept", "left", "mode", "failed", "awake", "void", "typed", "valued",
            "unlisted", "counted", "uncounted",
        ),
    ),
}
"""What events of each kind say, and the values a fact may have where these are a closed set."""


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return self["place"] if key == "lock" else ""


def _hold(facts: Mapping[str, str], when: Values, unless: Values) -> bool:
    return all(facts.get(fact, "") in values for fact, values in when.items()) and not any(
        facts.get(fact, "") in values for fact, values in unless.items()
    )


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One more event a rule answers to; without `event`, its own condition narrowed for another message.

    violates  kinds of violations of the reference model that this case stands for, in place of the rule's
    """

    event: EventKind | None = None
    when: Values = {}
    unless: Values = {}
    message: str = ""
    violates: tuple[str, ...] | None = None

    def said(self, event: Event) -> str:
        """The message, with the facts of the event filled in."""
        return self.message.format_map(_Facts(event.facts))


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, dict=True):
    """One rule as it stands in its file: condition, message and page."""

    id: str
    family: str
    title: str
    severity: Severity
    stage: Stage
    event: EventKind
    message: str
    what: str
    why: str
    bad: str
    good: str
    limits: str
    when: Values = {}
    unless: Values = {}
    case: tuple[Case, ...] = ()
    violates: tuple[str, ...] = ()
    no_model: str = ""
    since: str = ""
    until: str = ""
    references: tuple[str, ...] = ()
    question: str = ""
    evidence: str = ""

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """Every condition with its event and message filled in, in the order they are asked."""
        return tuple(self._filled(case) for case in (*self.case, Case()))

    def _filled(self, case: Case) -> Case:
        message = case.message or self.message
        violates = self.violates if case.violates is None else case.violates
        if case.event:
            return Case(event=case.event, when=case.when, unless=case.unless, message=message, violates=violates)
        when, unless = {**self.when, **case.when}, {**self.unless, **case.unless}
        return Case(event=self.event, when=when, unless=unless, message=message, violates=violates)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of violations of the reference model that the rule's cases stand for."""
        return tuple(dict.fromkeys((*self.violates, *(kind for case in self.cases for kind in case.violates or ()))))

    @cached_property
    def events(self) -> frozenset[EventKind]:
        """The kinds of events this rule can answer to."""
        return frozenset(case.event for case in self.cases if case.event)

    def case_of(self, event: Event) -> Case | None:
        """The first case that holds for `event`, with everything filled in; None where the rule does not claim it."""
        if event.kind not in self.events:
            return None
        facts = dict(event.facts)
        mine = (case for case in self.cases if case.event == event.kind)
        return next((case for case in mine if _hold(facts, case.when, case.unless)), None)

    def matches(self, event: Event) -> bool:
        """Whether `event` is a finding of this rule."""
        return self.case_of(event) is not None

    def violates_by(self, event: Event) -> tuple[str, ...]:
        """The kinds of violations of the reference model that the case stands for which holds for `event`."""
        case = self.case_of(event)
        return (case.violates if case else None) or ()

    def message_for(self, event: Event) -> str:
        """The message of the first case that holds for `event`, with its facts filled in."""
        return (self.case_of(event) or self.cases[-1]).said(event)


class _Problem(Struct, frozen=True):
    """What is wrong in a rule file: the key it is about, and what may stand there, or another cure."""

    key: str
    text: str
    known: tuple[str, ...] = ()
    cure: str = CURE


def load_rules(directories: Sequence[Path] = ()) -> tuple[Rule, ...]:
    """The rules of `directories`, then those that are shipped, each in the order of their file names.

    The first rule that claims an event has it, so that a user's rule may be about less than one that is shipped.

    A directory holds `<family>/<id>.toml`, or at least contracts or a dialect; `UserError` when it holds nothing, when
    a file is broken (it names file, key and known values) or when an id is there twice.
    """
    resources = tuple(shipped(rules_directory() / "resources.toml", ResourceFile).resource)
    rules: dict[str, tuple[Path, Rule]] = {}
    for directory in dict.fromkeys(path.resolve() for path in (rules_directory(), *directories)):
        for path in _files(directory):
            rule = _load(path, resources)
            if rule.id in rules:
                taken = f"rule {rule.id} is already in {rules[rule.id][0]}"
                raise UserError(taken, path=str(path), cure="choose another id")
            rules[rule.id] = path, rule
    ours = rules_directory().resolve()
    mine = {rule.id for path, rule in rules.values() if not path.is_relative_to(ours)}
    return tuple(sorted((rule for _, rule in rules.values()), key=lambda rule: rule.id not in mine))


def _files(directory: Path) -> Iterator[Path]:
    if not directory.is_dir():
        what = "is no directory" if directory.exists() else "is not there"
        raise UserError(what, path=str(directory), cure="name a directory that has <family>/<id>.toml")
    if directory != rules_directory().resolve():
        for stray in sorted(path for path in directory.glob("*.toml") if path.name != _DIALECT):
            cure = f"move it to <family>/{stray.name}, or name {directory.parent} if {directory.name} is a family"
            raise UserError("is not in a family", path=str(stray), cure=cure)
    folders = (name for name in os.listdir(directory) if name != "contracts")
    found = sorted(file for name in folders for file in toml_files(directory, name))
    files = [Path(directory, *file) for file in found]
    if not files and not any(directory.glob("contracts/*.toml")) and not (directory / _DIALECT).is_file():
        raise UserError("has no rule", path=str(directory), cure="rules lie in DIRECTORY/<family>/<id>.toml")
    yield from files


def toml_files(directory: Path, folder: str) -> Iterator[tuple[str, str]]:
    """Folder and name of each, in less time than `Path.glob` takes; none in what is no folder."""
    path = os.path.join(directory, folder)
    if os.path.isdir(path):
        yield from ((folder, name) for name in os.listdir(path) if name.endswith(".toml"))


def _load(path: Path, resources: tuple[str, ...]) -> Rule:
    def check(rule: Rule) -> None:
        for problem in _problems(rule, path, resources):
            raise _error(path, problem)

    try:
        return shipped(path, Rule, check, repr(resources).encode())
    except UserError as error:
        problem = _shape_problem(error.what)
        if not problem:
            raise
        raise _error(path, problem, error.line) from error


def _error(path: Path, problem: _Problem, line: int = 0) -> UserError:
    cure = f"known: {', '.join(problem.known)}" if problem.known else problem.cure
    return UserError(problem.text, path=str(path), line=line or line_of(path, problem.key), cure=cure)


def _shape_problem(what: str) -> _Problem | None:
    """What msgspec said of a file, with the key it is about; None when it is no matter of keys."""
    at = re.search(r"`\$\.?([^`]*)`", what)
    inside = at[1] if at else ""
    fields = Case.__struct_fields__ if inside.startswith("case") else Rule.__struct_fields__
    field = re.search(r"(?:unknown|required) field `([^`]+)`", what)
    if field:
        return _Problem(field[1], what, tuple(fields) if "unknown" in what else (), f"add {field[1]} = ...")
    key = re.split(r"[.\[]", inside)[-1] if inside.startswith("case") else re.split(r"[.\[]", inside)[0]
    if not at:
        return None
    known: Mapping[str, tuple[str, ...]] = {
        "event": tuple(EventKind),
        "severity": SEVERITIES,
        "stage": STAGES,
    }
    return _Problem(key, what, known.get(key, ()))


def _problems(rule: Rule, path: Path, resources: tuple[str, ...]) -> Iterator[_Problem]:
    if rule.id != path.stem:
        yield _Problem("id", f"id is {rule.id!r}, the file's name says {path.stem!r}", (path.stem,))
    if rule.family != path.parent.name:
        yield _Problem("family", f"family is {rule.family!r}, not its directory", (path.parent.name,))
    yield from _page_problems(rule)
    for case in rule.cases:
        if case.event:
            yield from _condition_problems(case.event, case, resources)


@cache
def _violations() -> tuple[str, ...]:
    """The kinds that the reference model knows: asked when a rule file is read for the first time."""
    return tuple(import_module("kpatchlint.model.kinds").Violation)


def _page_problems(rule: Rule) -> Iterator[_Problem]:
    for key in ("title", "what", "why", "bad", "good", "limits"):
        if not getattr(rule, key).strip():
            yield _Problem(key, f"{key} is empty")
    if not rule.violates and not rule.no_model:
        cure = 'add no_model = "...", which says why the reference model has no such violation'
        yield _Problem("", "has neither violates nor no_model", cure=cure)
    if rule.violates and rule.no_model:
        yield _Problem("violates", "has violates and no_model, not both may be there", cure="leave one out")
    for kind in rule.violates:
        if kind not in _violations():
            yield _Problem("violates", f"the reference model has no violation {kind!r}", _violations())
    if bool(rule.evidence) != (rule.stage == "default"):
        cure = 'stage = "preview" until findings on real trees were counted, which evidence then says'
        key = "evidence" if rule.evidence else "stage"
        yield _Problem(key, "evidence belongs to the stage default, and only to it", cure=cure)
    if rule.question and not rule.question.endswith("?"):
        yield _Problem("question", "question does not end in a question mark", cure="end it in one")
    for key in ("since", "until"):
        if not re.fullmatch(r"(v\d+\.\d+)?", getattr(rule, key)):
            yield _Problem(key, f"{key} is {getattr(rule, key)!r}, not a release", cure="write it as v6.5")


def _condition_problems(event: EventKind, case: Case, resources: tuple[str, ...]) -> Iterator[_Problem]:
    facts = FACTS[event]
    for fact, values in (*case.when.items(), *case.unless.items()):
        if fact not in facts:
            yield _Problem(fact, f"{event} has no fact {fact!r}", tuple(facts))
        allowed = resources if fact == "resource" else facts.get(fact, _TEXT)
        for value in values:
            if allowed and value not in ("", *allowed):
                yield _Problem(fact, f"{fact} is never {value!r}", allowed)
    yield from _template_problems(case.message, facts)


def _template_problems(message: str, facts: Mapping[str, tuple[str, ...]]) -> Iterator[_Problem]:
    """A message may name facts and do nothing else with them."""
    try:
        parts = list(import_module("string").Formatter().parse(message))
    except ValueError as error:
        yield _Problem("message", f"message {message!r}: {error}")
        return
    for _, name, spec, conversion in parts:
        known = {**facts, **_SAID}
        if name is not None and (name not in known or spec or conversion):
            yield _Problem("message", f"message {message!r} names {name!r}", tuple(known))
