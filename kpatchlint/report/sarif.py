"""SARIF 2.1.0, for GitHub code scanning and whatever else reads it: one run, the path of a finding as a code flow.

What was not analysed or not checked is a notification of the tool.  Columns count characters.  GitHub needs the page of
each rule (`help`) and a fingerprint of each result.  Example of one result:

    {"ruleId": "unlock-after-wait", "level": "error", "message": {"text": "ptl is unlocked twice"}, "locations": [...],
     "codeFlows": [{"threadFlows": [{"locations": [...]}]}], "partialFingerprints": {...}}
"""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

import msgspec

from kpatchlint.docs import explain
from kpatchlint.finding import Finding, Report
from kpatchlint.report.about import NAME, version
from kpatchlint.report.everything import TITLES, everything
from kpatchlint.report.plain import characters, encodable
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.rule import Rule
from kpatchlint.source import Position

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_SEVERITIES = {"error": "error", "warning": "warning", "info": "recommendation"}
_PRECISION = {"preview": "medium", "default": "high"}
_Json = str | int | bool | Mapping[str, "_Json"] | Sequence["_Json"]


def render(report: Report, run: Run = PLAIN) -> str:
    """`report` as a SARIF log of one run."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report, run)]}
    return msgspec.json.format(msgspec.json.encode(log), indent=1).decode() + "\n"


def _run(report: Report, run: Run) -> _Json:
    rules = list(run.rules)
    said = everything(report)
    found = [finding for finding in said if finding.rule not in TITLES]
    return {
        "tool": {"driver": _driver(run.rules.values())},
        "automationDetails": {"id": f"{NAME}/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": _text("The top of the kernel tree")}},
        "invocations": [_invocation(report, [finding for finding in said if finding.rule in TITLES])],
        "results": [_result(finding, rules.index(finding.rule)) for finding in found],
    }


def _driver(rules: Iterable[Rule]) -> _Json:
    return {
        "name": NAME,
        "semanticVersion": version(),
        "rules": [_rule(rule) for rule in rules],
        "notifications": [{"id": name, "shortDescription": _text(title)} for name, title in TITLES.items()],
    }


def _rule(rule: Rule) -> _Json:
    page = explain(rule)
    return {
        "id": rule.id,
        "name": "".join(word.title() for word in rule.id.split("-")),
        "shortDescription": _text(rule.title),
        "fullDescription": _text(" ".join(rule.what.split())),
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "precision": _PRECISION[rule.stage],
            "problem.severity": _SEVERITIES[rule.severity],
            "tags": [rule.family],
        },
    }


def _invocation(report: Report, said: Sequence[Finding]) -> _Json:
    notes = [
        {
            "descriptor": {"id": finding.rule},
            "level": _LEVELS[finding.severity],
            "message": _text(finding.message),
            "locations": [{"physicalLocation": _place(finding.position)}],
        }
        for finding in said
    ]
    return {"executionSuccessful": not report.errors, "toolExecutionNotifications": notes}


def _result(finding: Finding, index: int) -> _Json:
    steps = [(note.position, note.message) for note in finding.notes]
    steps.append((finding.position, finding.message))
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": _text(finding.message),
        "locations": [_location(finding)],
        "codeFlows": [{"threadFlows": [{"locations": [_step(*step) for step in steps]}]}],
        "partialFingerprints": {"primaryLocationLineHash": f"{finding.fingerprint}:1"},
        "properties": {"state": finding.state},
    }


def _location(finding: Finding) -> _Json:
    start = characters(finding.statement, finding.position.column - 1) + 1
    end = characters(finding.statement, finding.end_column - 1) + 1
    region = {
        "startLine": finding.position.line,
        "startColumn": start,
        "endLine": finding.position.line,
        "endColumn": max(end, start + 1),
        "snippet": _text(finding.statement),
    }
    place: dict[str, _Json] = {"physicalLocation": {"artifactLocation": _artifact(finding.position), "region": region}}
    if finding.function:
        place["logicalLocations"] = [{"name": encodable(finding.function), "kind": "function"}]
    return place


def _step(position: Position, message: str) -> _Json:
    return {"location": {"physicalLocation": _place(position), "message": _text(message)}}


def _place(position: Position) -> _Json:
    return {"artifactLocation": _artifact(position), "region": {"startLine": max(position.line, 1)}}


def _artifact(position: Position) -> _Json:
    path = quote(position.path, errors="surrogateescape")
    return {"uri": path, "uriBaseId": "%SRCROOT%"}


def _text(text: str) -> _Json:
    return {"text": encodable(text)}
