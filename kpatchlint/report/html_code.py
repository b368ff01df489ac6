"""A finding on the page: what it says, and its code with every step of the path below the line it is about.

Example: the line of a wait is marked, below it stands `1 f() gave it up here`, and the finding's own line ends the
path.
"""

from collections.abc import Iterator

from kpatchlint.finding import Finding, Line
from kpatchlint.report.markup import escaped
from kpatchlint.report.plain import characters

_BUTTONS = (
    '<span class="steps needs-script" hidden>'
    '<button type="button" data-by="-1" aria-label="Previous step">&#8249;</button>'
    '<span class="where">{steps}</span>'
    '<button type="button" data-by="1" aria-label="Next step">&#8250;</button></span>'
)


def article(number: int, finding: Finding, below: str = "") -> str:
    """The finding as an element whose id is `f` and its number on the page; `below` is HTML to stand under its code."""
    at = finding.position
    level = finding.severity
    words = f"{at.path} {finding.function} {finding.rule} {finding.family} {finding.message}".lower()
    steps = len(finding.notes) + 1
    where = f"in {escaped(finding.function)}(), " if finding.function else ""
    old = ' <span class="soft">(was there before)</span>' if finding.state == "pre-existing" else ""
    buttons = _BUTTONS.format(steps=f"{steps} steps") if finding.notes else ""
    return (
        f'<article class="finding" id="f{number}" tabindex="-1" data-level="{level}" data-text="{escaped(words)}">'
        f'<div class="head"><span class="level {level}">{level}</span><h4>{escaped(finding.message)}</h4>'
        f'<span class="soft">{where}line {at.line}</span>{old}'
        f'<a class="to-rule" href="#rule-{escaped(finding.rule)}">{escaped(finding.rule)}</a>{buttons}</div>'
        f"{_listing(number, finding)}{below}</article>\n"
    )


def _listing(number: int, finding: Finding) -> str:
    rows = finding.excerpt or ((Line(finding.position.line, finding.statement),) if finding.function else ())
    if not rows and not finding.notes:
        return ""
    return f'<div class="code">{"".join(_rows(number, finding, rows))}</div>'


def _rows(number: int, finding: Finding, rows: tuple[Line, ...]) -> Iterator[str]:
    """Each line with the steps about it below; a step whose line is not there comes last, with its place."""
    inside = [note.position.line if note.position.path == finding.position.path else 0 for note in finding.notes]
    shown = {row.number for row in rows}
    last = rows[0].number if rows else 0
    for row in rows:
        if row.number > last + 1:
            yield '<div class="gap">&#8943;</div>'
        last = row.number
        steps = [step for step, line in enumerate(inside, 1) if line == row.number]
        yield _row(number, finding, row, bool(steps))
        yield from (_note(number, finding, step, row.number) for step in steps)
        if row.number == finding.position.line:
            yield _note(number, finding, len(inside) + 1, row.number)
    for step, line in enumerate(inside, 1):
        if line not in shown:
            yield _note(number, finding, step, 0)


def _row(number: int, finding: Finding, row: Line, step: bool) -> str:
    ends = row.number == finding.position.line
    kinds = ["row", *["touched"] * row.touched, *["step"] * (step or ends), *["end"] * ends]
    text = _marked(finding, row.text) if ends else escaped(row.text)
    name = f"f{number}l{row.number}"
    return f'<div class="{" ".join(kinds)}" id="{name}"><span class="no">{row.number}</span><code>{text}</code></div>'


def _marked(finding: Finding, text: str) -> str:
    """The line with what is meant marked."""
    start = characters(text, finding.position.column - 1)
    end = characters(text, finding.end_column - 1)
    if not 0 <= start < end <= len(text):
        return escaped(text)
    return f"{escaped(text[:start])}<mark>{escaped(text[start:end])}</mark>{escaped(text[end:])}"


def _note(number: int, finding: Finding, step: int, line: int) -> str:
    ends = step > len(finding.notes)
    said = finding.message if ends else finding.notes[step - 1].message
    if not line:
        at = finding.notes[step - 1].position
        said = f"{at.path}:{at.line}: {said}"
    return (
        f'<div class="note{" end" * ends}" data-step="{step}" data-row="f{number}l{line}">'
        f'<span class="n">{step}</span>{escaped(said)}</div>'
    )
