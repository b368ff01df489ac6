"""Formats of a report: a name gives a function that renders it.

A format's module is imported when it is first used, so that a run loads only what it prints.  Example:

    FORMATS["text"](report, Run())
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol

from kpatchlint.finding import Report
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.rule import Rule


class Renderer(Protocol):
    """A format, as text that ends in a newline, or as nothing where the format has nothing to say."""

    def __call__(self, report: Report, run: Run = ...) -> str: ...


def _lazy(name: str) -> Renderer:
    def render(report: Report, run: Run = PLAIN) -> str:
        renderer: Renderer = import_module(f"{__name__}.{name.replace('-', '_')}").render
        return renderer(report, run)

    return render


SAID: Mapping[str, str] = {
    "text": "for people: findings, the path to each, a line that counts",
    "trace": "for people: text, and the model's timeline of each finding; `--trace` for short",
    "json": "for programs: one object",
    "statistics": "for people: how many findings each rule has; `--statistics` for short",
    "jsonl": "for programs: one object a line",
    "sarif": "GitHub code scanning, editors; the path to a finding is a code flow",
    "github": "a step of a GitHub workflow: annotations, and `$GITHUB_STEP_SUMMARY` for all of it",
    "gitlab": "GitLab: the artifact `codequality`",
    "rdjsonl": "reviewdog",
    "checkstyle": "Jenkins and many others",
    "junit": "Jenkins, GitLab: a test case for each patch",
    "terse": "one line a finding, as `checkpatch.pl --terse` has it",
    "b4": "`b4 prep --check`, `b4 am --check`; nothing when clean",
    "b4-json": "`b4 review`: one result a patch",
    "html": "people: one page, findings beside the code, the path step by step",
    "mail": "authors: draft replies as an mbox, one for each patch with findings; nothing is sent",
    "patchwork": "patchwork's API: the body of a check, one a line",
    "nipa": "netdev's CI: the line for `$DESC_FD`",
    "diff": "`git apply`: suggested changes of comments, to go on top of what was checked",
}
"""Every format, and who reads it."""

FORMATS: Mapping[str, Renderer] = {name: _lazy(name) for name in SAID}


def timeline(rule: Rule) -> Sequence[tuple[str, str]]:
    """The sections of a rule's page that come from the reference model; loads the model."""
    sections: Sequence[tuple[str, str]] = import_module(f"{__name__}.trace").page(rule)
    return sections


def step_summary(report: Report) -> str:
    """What `--format github` adds to the summary of a workflow's step, as Markdown."""
    text: str = import_module(f"{__name__}.github").summary(report)
    return text


# They say themselves what could not be read or applied, so they are printed even when nothing could.
COMPLETE = frozenset(SAID) - {"text", "trace", "json", "statistics", "diff"}

# Their reader takes every line on stderr for a failure.
SILENT = frozenset({"b4", "b4-json"})
