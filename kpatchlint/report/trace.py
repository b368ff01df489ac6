"""The text report with a timeline for each finding: the interleaving in which the reference model sees it go wrong.

The caller's column has the user's own lines; what is in parentheses there the model had to add, because the
lines of a path do not show it.  A finding of a rule without a model violation has none.  Example: see README.
"""

from collections.abc import Iterator, Mapping, Sequence

from kpatchlint.errors import UserError
from kpatchlint.finding import Finding, Report
from kpatchlint.model.alphabet import ALPHABETS
from kpatchlint.model.completion import Completed, completed, exemplified
from kpatchlint.model.kinds import Violation
from kpatchlint.model.litmus import litmus
from kpatchlint.model.timeline import LIMITS, of_trace
from kpatchlint.model.trace import Trace, trace
from kpatchlint.report.plain import safe
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.report.text import render as render_text
from kpatchlint.rule import Rule

# a call may go on over so many lines
_JOINED = 3
# said once, where a timeline has such a step
_ADDED = "In parentheses: steps by which the model gets there; they need not stand in the code.\n"
# a note that says so is not on the way to the finding
_ELSEWHERE = "on another path"


def render(report: Report, run: Run = PLAIN) -> str:
    """The text report, each finding followed by its timeline; behind all what parentheses mean, and the limits."""
    drawn: list[str] = []

    def timeline(finding: Finding) -> Iterator[str]:
        lines = list(_timeline(finding, run.rules.get(finding.rule)))
        drawn.extend(lines)
        yield from lines

    text = render_text(report, run, timeline)
    added = _ADDED if any(line.lstrip().startswith("(") for line in drawn) else ""
    return text + (f"\n{added}{LIMITS}" if drawn else "")


def _timeline(finding: Finding, rule: Rule | None) -> Iterator[str]:
    shown = of_finding(finding, rule)
    if shown:
        yield ""
        yield from (f"    {safe(line)}".rstrip() for line in of_trace(*shown).splitlines())
        yield ""


def of_finding(finding: Finding, rule: Rule | None) -> tuple[Trace, Mapping[int, str]] | None:
    """The run in which a finding goes wrong, and the user's own lines for its operations; None where there is none."""
    kinds = _kinds(finding, rule) if rule else frozenset()
    code = _code(finding)
    whole = completed(list(code.values()), kinds) if kinds else None
    found = _run(whole) if whole else None
    if whole is None or found is None:
        return None
    numbers = list(code)
    return found, {at: f"{numbers[whole.places[at]]}: {text}" for at, text in whole.lines.items()}


def _kinds(finding: Finding, rule: Rule) -> frozenset[Violation]:
    return frozenset(map(Violation, finding.violates or rule.violates))


def of_rule(rule: Rule) -> tuple[Trace, Mapping[int, str]] | None:
    """The run in which a rule's own bad example goes wrong, and its lines; None for a rule without one."""
    shown = _witness(rule, "")
    return (shown[1], shown[0].lines) if shown else None


def _code(finding: Finding) -> dict[int, str]:
    """The lines of the path by number: those of the notes in their order, then the finding's own."""
    lines = {line.number: line.text for line in finding.excerpt}
    notes = (note for note in finding.notes if note.position.path == finding.position.path)
    path = [note.position.line for note in notes if _ELSEWHERE not in note.message]
    path = [*(number for number in path if number != finding.position.line), finding.position.line]
    return {number: _whole(lines, number) for number in path if number in lines}


def _whole(lines: dict[int, str], number: int) -> str:
    """A line, with the next ones as long as a parenthesis is open."""
    text = lines[number].strip()
    for after in range(number + 1, number + _JOINED):
        if text.count("(") <= text.count(")") or after not in lines:
            break
        text = f"{text} {lines[after].strip()}"
    return text


def kinds_of(rule: Rule) -> frozenset[Violation]:
    """The violations a rule stands for, in any of its cases."""
    return frozenset(map(Violation, rule.kinds))


def _run(whole: Completed) -> Trace | None:
    return trace(ALPHABETS[whole.alphabet], whole.word, whole.kinds)


def _witness(rule: Rule, api: str) -> tuple[Completed, Trace] | None:
    whole = _example(rule, api) if rule.violates else None
    found = _run(whole) if whole else None
    return (whole, found) if whole and found else None


def _example(rule: Rule, api: str) -> Completed | None:
    """The rule's example in which most of its lines are shown: as what the rule is about, else as one of its cases."""
    choices = (frozenset(map(Violation, rule.violates)), kinds_of(rule))
    found = (exemplified(rule.bad.splitlines(), kinds, api) for kinds in choices)
    return max((whole for whole in found if whole), key=lambda whole: len(whole.lines), default=None)


def _shown(rule: Rule, api: str) -> tuple[Completed, Trace]:
    shown = _witness(rule, api)
    if shown is None:
        why = " ".join(rule.no_model.split()) or f"no caller of {api or 'any interface'} shows what it is about"
        raise UserError(f"{rule.id} has no timeline: {why}", cure="see kpatchlint model list")
    return shown


def witness(rule: Rule, api: str = "") -> str:
    """The timeline of a rule: its own example, put into the model; `UserError` where the rule has none."""
    whole, found = _shown(rule, api)
    return of_trace(found, whole.lines)


def page(rule: Rule) -> Sequence[tuple[str, str]]:
    """What `explain` adds to a rule's page: the timeline of its example and what the model rests on; or nothing."""
    shown = _witness(rule, "")
    if shown is None:
        return ()
    whole, found = shown
    return (("Timeline", f"```\n{of_trace(found, whole.lines)}```\n\n{LIMITS.rstrip()}"),)


def litmus_of(rule: Rule) -> str:
    """The litmus file of a rule; `UserError` where the rule has none."""
    whole, found = _shown(rule, "")
    return litmus(rule.id, found, whole.kinds)
