"""A timeline of the reference model as HTML: a column for each task, time running down, the violation last.

Example: the picture of a double unlock has the caller's own lines on the left, and on the right how the migrator came
to hold the lock meanwhile.
"""

from collections.abc import Mapping, Sequence

from kpatchlint.finding import Finding
from kpatchlint.model.timeline import LIMITS, Line, lines_of
from kpatchlint.model.trace import CALLER, Trace
from kpatchlint.report.markup import escaped
from kpatchlint.report.trace import of_finding, of_rule
from kpatchlint.rule import Rule


def finding_picture(finding: Finding, rule: Rule | None) -> str:
    """The timeline of a finding, folded up; empty where the model has none."""
    shown = of_finding(finding, rule)
    if shown is None:
        return ""
    return f'<details class="model"><summary>How it goes wrong</summary>{_picture(*shown)}</details>'


def rule_picture(rule: Rule) -> str:
    """The timeline of a rule's bad example, and what the model rests on; empty where the model has none."""
    shown = of_rule(rule)
    if shown is None:
        return ""
    return f'{_picture(*shown)}<p class="soft">{escaped(" ".join(LIMITS.split()))}</p>'


def _picture(run: Trace, own: Mapping[int, str]) -> str:
    lines = lines_of(run, own)
    tasks = sorted(dict.fromkeys(line.task for line in lines), key=lambda task: task != CALLER)
    head = "".join(f'<th scope="col">{escaped(task)}</th>' for task in tasks)
    rows = "".join(_row(line, tasks, line is lines[-1]) for line in lines)
    return (
        f"<p>{escaped(run.kind.meaning.capitalize())} ({run.kind}):</p>"
        f'<div class="scroll"><table class="timeline"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _row(line: Line, tasks: Sequence[str], ends: bool) -> str:
    cells = "".join(f"<td>{escaped(line.text) if line.task == task else ''}</td>" for task in tasks)
    return f'<tr class="end">{cells}</tr>' if ends else f"<tr>{cells}</tr>"
