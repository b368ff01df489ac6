"""Checkstyle's XML, which Jenkins, reviewdog and many editors read.

Example:

    <file name="mm/x.c"><error line="81" column="3" severity="error" message="..." source="kpatchlint.lock-held"/>
"""

from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from kpatchlint.finding import Finding, Report
from kpatchlint.report.about import NAME
from kpatchlint.report.everything import everything
from kpatchlint.report.plain import characters, safe
from kpatchlint.report.run import PLAIN, Run


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` as a checkstyle document."""
    top = Element("checkstyle", version="4.3")
    said = sorted(everything(report), key=lambda finding: finding.position.path)
    for path, findings in groupby(said, key=lambda finding: finding.position.path):
        file = SubElement(top, "file", name=safe(path))
        for finding in findings:
            _error(file, finding)
    indent(top)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(top, encoding="unicode")}\n'


def _error(file: Element, finding: Finding) -> None:
    notes = "".join(f"; line {note.position.line}: {note.message}" for note in finding.notes)
    SubElement(
        file,
        "error",
        line=str(finding.position.line),
        column=str(characters(finding.statement, finding.position.column - 1) + 1),
        severity=finding.severity,
        message=safe(finding.message + notes),
        source=f"{NAME}.{finding.rule}",
    )
