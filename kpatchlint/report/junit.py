"""JUnit's XML: a test case for each patch, the clean ones too, because a report without cases looks like no run.

A scan has no patches: it has a case for each file with findings, or one case when there is none.  Findings below
`--fail-on` fail nothing and stand in the case's output; a patch that could not be checked is an error, a cover letter
is skipped.  Example:

    <testcase classname="series.mbox" name="[PATCH 2/3] mm/x: wait"><failure type="unlock-after-wait" ...>
"""

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import Struct

from kpatchlint.finding import Finding, PatchMail, Report
from kpatchlint.report.about import NAME
from kpatchlint.report.everything import counted
from kpatchlint.report.plain import many, safe
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.report.terse import line


class _Case(Struct, frozen=True):
    group: str
    name: str
    findings: Sequence[Finding]
    mail: PatchMail | None = None


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` as a JUnit document."""
    suite = Element("testsuite", name=NAME)
    for case in _cases(report):
        _add(suite, case, run)
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(len(list(suite.iter(tag)))))
    if report.unanalyzed:
        lines = (f"{u.path}:{u.line}-{u.end_line}: not analysed: {u.reason}" for u in report.unanalyzed)
        SubElement(suite, "system-out").text = "\n".join(map(safe, lines))
    top = Element("testsuites")
    top.append(suite)
    indent(top)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(top, encoding="unicode")}\n'


def _cases(report: Report) -> Iterator[_Case]:
    for number, mail in enumerate(report.mails, 1):
        name = mail.subject or f"{mail.name}:{mail.first_line}"
        yield _Case(mail.name, name, [finding for finding in report.findings if finding.mail == number], mail)
    others = [finding for finding in report.findings if not finding.mail]
    for path in dict.fromkeys(finding.position.path for finding in others):
        yield _Case("scan", path, [finding for finding in others if finding.position.path == path])
    if not report.mails and not others:
        yield _Case("scan", many(report.files, "file"), ())


def _add(suite: Element, case: _Case, run: Run) -> None:
    element = SubElement(suite, "testcase", classname=safe(case.group), name=safe(case.name))
    failing = [finding for finding in case.findings if finding.severity in run.failing]
    if case.mail and case.mail.error:
        SubElement(element, "error", type="not-checked", message=safe(case.mail.error))
    elif case.mail and not case.mail.has_diff:
        SubElement(element, "skipped", message="no diff in it")
    elif failing:
        failure = SubElement(element, "failure", type=failing[0].rule, message=counted(failing))
        failure.text = "\n".join(_lines(failing))
    if rest := [finding for finding in case.findings if finding not in failing]:
        SubElement(element, "system-out").text = "\n".join(_lines(rest))


def _lines(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        yield line(finding)
        yield from (safe(f"{n.position.path}:{n.position.line}: note: {n.message}") for n in finding.notes)
