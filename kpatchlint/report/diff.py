"""The suggested changes as a patch that `git apply` takes: one word of a comment each, nothing else.

Above each file stand the findings it is about, as lines that `git apply` skips.  For a patch under check the suggestion
goes on top of that patch.  A suggestion is left out where its lines cannot be written exactly: bytes that are no UTF-8,
control characters, no path.  Example:

    # mm/x.c:7: old_name() is now new_name()
    diff --git a/mm/x.c b/mm/x.c
    --- a/mm/x.c
    +++ b/mm/x.c
    @@ -6,3 +6,3 @@
      *
    - * See old_name().
    + * See new_name().
      */
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kpatchlint.finding import Edit, Finding, Report
from kpatchlint.regex import regex
from kpatchlint.report.plain import safe
from kpatchlint.report.run import PLAIN, Run

# lines of context, as git has them
AROUND = 3
_PLAIN_PATH = regex(r"[!#-\[\]-~][ !#-\[\]-~]*")
_LOST = "\N{REPLACEMENT CHARACTER}"


def render(report: Report, run: Run = PLAIN) -> str:
    """The patch; empty when nothing is suggested."""
    strangers = {mail.name for mail in report.mails}
    files: dict[tuple[int, str], list[Finding]] = {}
    for finding in report.findings:
        path = finding.position.path
        if finding.edit is not None and path not in strangers and _writable(finding):
            files.setdefault((finding.mail, path), []).append(finding)
    return "".join(line + "\n" for (_, path), found in files.items() for line in _file(path, found))


def _writable(finding: Finding) -> bool:
    """Whether the path and every line near the edit are text that can be written as it is."""
    lines = [line.text.replace("\t", "").removesuffix("\r") for line in finding.excerpt]
    return _PLAIN_PATH.fullmatch(finding.position.path) is not None and all(
        safe(line) == line and _LOST not in line for line in lines
    )


def _file(path: str, found: Sequence[Finding]) -> Iterator[str]:
    old = {line.number: line.text for finding in found for line in finding.excerpt}
    new = dict(old)
    edits = {finding.edit for finding in found if finding.edit is not None}
    for edit in sorted(edits, key=lambda edit: (edit.line, -edit.column)):
        new[edit.line] = _changed(new[edit.line], edit)
    changed = sorted(line for line in old if new[line] != old[line])
    if not changed:
        return
    yield from (f"# {safe(path)}:{f.position.line}: {safe(f.message)}" for f in found)
    behind = "\t" if " " in path else ""
    yield f"diff --git a/{path} b/{path}"
    yield f"--- a/{path}{behind}"
    yield f"+++ b/{path}{behind}"
    for rows in _hunks(changed, old):
        yield from _hunk(rows, old, new)


def _changed(line: str, edit: Edit) -> str:
    """The line with the new words for the old ones; unchanged where these do not stand there."""
    data, start = line.encode(), edit.column - 1
    end = start + len(edit.old.encode())
    return (data[:start] + edit.new.encode() + data[end:]).decode() if data[start:end] == edit.old.encode() else line


def _hunks(changed: Iterable[int], known: Mapping[int, str]) -> Iterator[list[int]]:
    """Runs of lines that follow each other: the changed ones, and the known ones around them."""
    run: list[int] = []
    for row in sorted({row for line in changed for row in _around(line, known)}):
        if run and row != run[-1] + 1:
            yield run
            run = []
        run.append(row)
    yield run


def _around(line: int, known: Mapping[int, str]) -> Iterator[int]:
    """The line and up to three known ones on each side, as far as they follow each other."""
    yield line
    for step in (-1, 1):
        for distance in range(1, AROUND + 1):
            if line + step * distance not in known:
                break
            yield line + step * distance


def _hunk(rows: Sequence[int], old: Mapping[int, str], new: Mapping[int, str]) -> Iterator[str]:
    yield f"@@ -{rows[0]},{len(rows)} +{rows[0]},{len(rows)} @@"
    for row in rows:
        if old[row] == new[row]:
            yield f" {old[row]}"
        else:
            yield f"-{old[row]}"
            yield f"+{new[row]}"
