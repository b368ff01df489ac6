"""The report other programs rely on: one JSON object, version 1, the shape of DESIGN.md section 13.

Keys are always there: `mail` is null for a finding that comes from no mail.  Bytes that are no UTF-8 are
spelled as `\\udcff`, so that the output always is.  Example:

    {"version": 1, "findings": [], "unanalyzed": [], "summary": {"patches": 0, ...}, "passing": [], "patches": []}
"""

from collections.abc import Iterator

import msgspec

from kpatchlint.finding import Finding, Note, PatchMail, Report, Unanalyzed
from kpatchlint.report.plain import encodable
from kpatchlint.report.run import PLAIN, Run

VERSION = 1
_Value = str | int | None | list["_Value"] | dict[str, "_Value"]


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` as indented JSON that ends in a newline."""
    text = msgspec.json.encode(document(report))
    return msgspec.json.format(text, indent=2).decode() + "\n"


def document(report: Report) -> dict[str, _Value]:
    """`report` as plain values."""
    return {
        "version": VERSION,
        "findings": [_finding(finding) for finding in report.findings],
        "unanalyzed": [_unanalyzed(range_) for range_ in report.unanalyzed],
        "summary": summary(report),
        "passing": [_finding(finding) for finding in report.passing],
        "patches": [_patch(mail) for mail in report.mails],
    }


def summary(report: Report) -> dict[str, _Value]:
    """The counts of `report`."""
    return {
        "patches": report.patches,
        "files": report.files,
        "functions": report.functions,
        "bounded": report.bounded,
        "suppressed": report.suppressed,
        "findings": len(report.findings),
        "unanalyzed": len(report.unanalyzed),
    }


def entries(report: Report) -> Iterator[tuple[str, dict[str, _Value]]]:
    """What `report` says one by one, each with its kind: `finding`, `passing`, `unanalyzed`, `error`."""
    for finding in report.findings:
        yield "finding", _finding(finding)
    for finding in report.passing:
        yield "passing", _finding(finding)
    for range_ in report.unanalyzed:
        yield "unanalyzed", _unanalyzed(range_)
    for error in report.errors:
        yield "error", {"message": encodable(error)}


def _patch(mail: PatchMail) -> dict[str, _Value]:
    """One patch of the run; a finding says by `patch` which one it comes from, counted from 1."""
    told = ("name", "message_id", "subject", "commit", "base", "error")
    return {key: encodable(getattr(mail, key)) for key in told}


def _finding(finding: Finding) -> dict[str, _Value]:
    return {
        "rule": finding.rule,
        "family": finding.family,
        "severity": finding.severity,
        "path": encodable(finding.position.path),
        "line": finding.position.line,
        "column": finding.position.column,
        "function": encodable(finding.function),
        "message": encodable(finding.message),
        "notes": [_note(note) for note in finding.notes],
        "fingerprint": finding.fingerprint,
        "state": finding.state,
        "mail": _mail(finding),
        "patch": finding.mail,
    }


def _mail(finding: Finding) -> dict[str, _Value] | None:
    if not finding.message_id and not finding.position.mail_line:
        return None
    return {"message_id": encodable(finding.message_id), "line": finding.position.mail_line}


def _note(note: Note) -> dict[str, _Value]:
    return {"path": encodable(note.position.path), "line": note.position.line, "message": encodable(note.message)}


def _unanalyzed(range_: Unanalyzed) -> dict[str, _Value]:
    return {
        "path": encodable(range_.path),
        "line": range_.line,
        "end_line": range_.end_line,
        "reason": encodable(range_.reason),
        "rules": list(range_.rules),
    }
