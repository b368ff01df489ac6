"""All that a report has to say, as findings: what was found, what was not analysed, what could not be read.

A format that knows only one kind of entry skips nothing in silence this way.  Example: a range that does not parse is a
finding of severity `info` and rule `not-analysed`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kpatchlint.finding import Finding, PatchMail, Report, Unanalyzed
from kpatchlint.report.plain import many
from kpatchlint.source import Position

NOT_ANALYSED = "not-analysed"
NOT_CHECKED = "not-checked"
FAMILY = "kpatchlint"
TITLES = {
    NOT_ANALYSED: "Code that could not be analysed, so that nothing is known about it",
    NOT_CHECKED: "A patch that could not be read or applied",
}
LEVELS = ("error", "warning", "info")


def everything(report: Report) -> tuple[Finding, ...]:
    """Findings, then patches that were not checked, then ranges that were not analysed; no fingerprint twice."""
    failed = (_failed(mail, number) for number, mail in enumerate(report.mails, 1) if mail.error)
    return tuple(_distinct([*report.findings, *failed, *map(_range, report.unanalyzed)]))


def worst(findings: Iterable[Finding]) -> str:
    """The highest severity there is, empty for no findings."""
    return min((finding.severity for finding in findings), key=LEVELS.index, default="")


def counted(findings: Iterable[Finding]) -> str:
    """How many of each severity: `2 errors, 1 warning`; `no findings` for none."""
    count = Counter(finding.severity for finding in findings)
    words = [many(count[level], level, "info" if level == "info" else "") for level in LEVELS if count[level]]
    return ", ".join(words) or "no findings"


def _failed(mail: PatchMail, number: int) -> Finding:
    line = mail.error_line or mail.first_line
    at = Position(mail.name, line, 1, line)
    return Finding(
        NOT_CHECKED, FAMILY, "error", at, "", mail.error, mail.error, message_id=mail.message_id, mail=number
    )


def _range(range_: Unanalyzed) -> Finding:
    lines = f"lines {range_.line} to {range_.end_line} are" if range_.end_line > range_.line else "this line is"
    rules = f" ({', '.join(range_.rules)} might apply)" if range_.rules else ""
    at = Position(range_.path, range_.line, 1)
    return Finding(
        NOT_ANALYSED, FAMILY, "info", at, "", f"{lines} not analysed: {range_.reason}{rules}", range_.reason
    )


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Equal ones are counted on: one patch of a series may say what another one says."""
    taken: Counter[tuple[str, str, str]] = Counter()
    for finding in findings:
        ordinal = max(finding.ordinal, taken[finding.key])
        taken[finding.key] = ordinal + 1
        yield finding if ordinal == finding.ordinal else replace(finding, ordinal=ordinal)
