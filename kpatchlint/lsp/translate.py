"""Findings as an editor wants them: ranges in its own units, notes as related places, the change that mends a comment.

Columns of findings count bytes from 1, those of an editor code units from 0, in the encoding that it agreed to.
Example: the first byte of line 3 is line 2, character 0.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from lsprotocol import types
from msgspec import Struct

from kpatchlint.data import rules_directory
from kpatchlint.finding import Edit, Finding
from kpatchlint.report.about import NAME
from kpatchlint.report.plain import characters
from kpatchlint.rule import Rule
from kpatchlint.source import Position

_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "info": types.DiagnosticSeverity.Information,
}
PAGES = "README.md"


class Buffer(Struct, frozen=True):
    """A text that an editor has.

    top    the directory that paths of findings are relative to
    units  how many code units of the editor a text has
    """

    uri: str
    top: Path
    lines: Sequence[str]
    units: Callable[[str], int]

    def diagnostic(self, finding: Finding, rules: Mapping[str, Rule]) -> types.Diagnostic:
        """A finding; its code is a link to the page of its rule."""
        rule = rules.get(finding.rule)
        return types.Diagnostic(
            range=self.range(finding.position, finding.end_column),
            message=finding.message,
            severity=_SEVERITIES[finding.severity],
            code=finding.rule,
            code_description=page_of(rule) if rule else None,
            source=NAME,
            related_information=[self._related(note.position, note.message) for note in finding.notes],
        )

    def range(self, start: Position, end_column: int = 0) -> types.Range:
        """From a position to a column of the same line, or to the line's end."""
        row = max(start.line - 1, 0)
        line = self.lines[row] if row < len(self.lines) else ""
        last = self._character(line, end_column) if end_column > start.column else self.units(line.rstrip())
        first = self._character(line, start.column)
        return types.Range(types.Position(row, first), types.Position(row, max(first, last)))

    def edit(self, edit: Edit) -> types.TextEdit | None:
        """The change that mends a comment; None where the text is not the one it was made for."""
        at = self.range(Position(edit.path, edit.line, edit.column), edit.column + len(edit.old.encode()))
        line = self.lines[edit.line - 1].encode() if edit.line <= len(self.lines) else b""
        fits = line[edit.column - 1 :].startswith(edit.old.encode())
        return types.TextEdit(at, edit.new) if fits else None

    def _character(self, line: str, column: int) -> int:
        return self.units(line[: characters(line, column - 1)])

    def _related(self, position: Position, message: str) -> types.DiagnosticRelatedInformation:
        path = self.top / position.path
        return types.DiagnosticRelatedInformation(types.Location(path.as_uri(), self.range(position)), message)


def page_of(rule: Rule) -> types.CodeDescription | None:
    """Where the page of a rule that is shipped can be read."""
    shipped = rules_directory()
    if not (shipped / rule.family / f"{rule.id}.toml").is_file():
        return None
    return types.CodeDescription(f"{(shipped / PAGES).as_uri()}#{rule.id}")
