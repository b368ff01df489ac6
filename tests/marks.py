"""Marks of fixtures: reading them, and comparing them with a report.

A mark stands at the end of the line it is about, behind `//`, or at the end of a line of a block comment:

    spin_unlock(ptl);        // finding: unlock-after-wait "twice"
    ptl = pmd_lock(mm, pmd); // note: "taken here"

Every mark is an assertion and every line without one must be silent.  Functions are called bad_ (something is
found, or marked as missed) or ok_ (nothing is).
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

KINDS = ("finding", "note", "missed", "false", "unanalyzed")
DEFAULT_RELEASE = "v6.12"
_KIND = "|".join(KINDS)
_MARK = re.compile(rf"({_KIND}):\s*(.*)")
_TEXT = re.compile(r'^(.*?)\s*"([^"]*)"$')
_NAME = re.compile(r"^[A-Za-z_].*?\b(\w+)\s*\(")


class MarkError(ValueError):
    """A fixture that is not what it should be: path, line and what is wrong."""


@dataclass(frozen=True)
class Mark:
    kind: str
    line: int
    ids: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Fixture:
    path: str
    release: str
    marks: tuple[Mark, ...]
    functions: tuple[tuple[int, str], ...] = field(default=())

    def function_at(self, line):
        """The function that ends at or below `line`: a comment belongs to the function under it."""
        at = bisect_right([end for end, _ in self.functions], line - 1)
        return self.functions[at][1] if at < len(self.functions) else ""


def read_fixture(path, text, known):
    """The marks of a fixture; `MarkError` names the line of an unknown id or an ill-named function."""
    lines = text.splitlines()
    release = re.match(r"// release: (v\d+\.\d+)$", lines[0]) if lines else None
    marks = tuple(mark for number, line in enumerate(lines, 1) for mark in _marks(path, number, line))
    fixture = Fixture(path, release[1] if release else DEFAULT_RELEASE, marks, tuple(_functions(path, lines)))
    _check_ids(fixture, known)
    _check_names(fixture)
    return fixture


def _marks(path, number, line):
    if "//" in line:
        parts = re.split(r"\s*//\s*", line)[1:]
    elif re.match(r"\s*(/\*|\*)", line):
        behind = re.search(rf"\b(?:{_KIND}): .*", line)
        parts = [re.sub(r"\s*\*/$", "", behind[0])] if behind else []
    else:
        parts = []
    for part in parts:
        found = _MARK.match(part.strip())
        if found:
            yield _mark(path, number, found[1], found[2].strip())


def _mark(path, number, kind, rest):
    if kind == "unanalyzed":
        return Mark(kind, number, (), rest)
    if kind in ("missed", "false"):
        ids, colon, reason = rest.partition(":")
        if not colon or not reason.strip():
            raise MarkError(f"{path}:{number}: {kind} without a reason")
        return Mark(kind, number, _ids(ids))
    quoted = _TEXT.match(rest)
    ids, text = (quoted[1], quoted[2]) if quoted else (rest, "")
    if '"' in ids or (kind == "note" and (ids or not text)) or (kind == "finding" and not ids):
        raise MarkError(f"{path}:{number}: cannot read the mark {rest!r}")
    return Mark(kind, number, _ids(ids), text)


def _ids(text):
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _functions(path, lines):
    """The last line and the name of every function: kernel style, both braces in the first column."""
    start = 0
    for number, line in enumerate(lines, 1):
        if line.startswith("{"):
            start = number
        elif start and line.startswith("}"):
            heads = (_NAME.match(above) for above in reversed(lines[: start - 1]))
            head = next((match for match in heads if match), None)
            if not head or not head[1].startswith(("bad_", "ok_")):
                raise MarkError(f"{path}:{start}: the function is called neither bad_ nor ok_")
            yield number, head[1]
            start = 0


def _check_ids(fixture, known):
    for mark in fixture.marks:
        for name in mark.ids:
            if name not in known:
                raise MarkError(
                    f"{fixture.path}:{mark.line}: no rule is called {name!r}, but {', '.join(sorted(known))}"
                )


def _check_names(fixture):
    found = {fixture.function_at(mark.line) for mark in fixture.marks if mark.kind in ("finding", "missed")}
    for end, name in fixture.functions:
        if name.startswith("bad_") and name not in found:
            raise MarkError(f"{fixture.path}:{end}: nothing is marked in {name}")
        if name.startswith("ok_") and name in found:
            raise MarkError(f"{fixture.path}:{end}: something is marked in {name}")


def complaints(fixture, report):
    """What the report says against the marks; empty when both agree."""
    there = [finding for finding in report.findings if finding.position.path == fixture.path]
    stray = [f"{f.position.path}: finding outside the fixture" for f in report.findings if f not in there]
    by_mark = [text for mark in fixture.marks for text in _CHECKS[mark.kind](fixture, mark, there, report)]
    return [*stray, *by_mark, *_unexpected(fixture, there), *_unmarked_ranges(fixture, report)]


def _at(findings, mark, name):
    return [finding for finding in findings if finding.position.line == mark.line and finding.rule == name]


def _check_finding(fixture, mark, findings, report):
    hits = {name: _at(findings, mark, name) for name in mark.ids}
    yield from (f"{fixture.path}:{mark.line}: {name} is not found" for name, hit in hits.items() if not hit)
    said = [finding.message for hit in hits.values() for finding in hit]
    if said and mark.text and not any(mark.text in message for message in said):
        yield f"{fixture.path}:{mark.line}: {mark.text!r} is not in {said}"


def _check_note(fixture, mark, findings, report):
    function = fixture.function_at(mark.line)
    notes = [note for finding in findings if finding.function == function for note in finding.notes]
    said = [note.message for note in notes if note.position.line == mark.line]
    if not any(mark.text in message for message in said):
        yield f"{fixture.path}:{mark.line}: note {mark.text!r} is not in {said}"


def _check_missed(fixture, mark, findings, report):
    for name in mark.ids:
        if _at(findings, mark, name):
            yield f"{fixture.path}:{mark.line}: {name} is found, though marked as missed"


def _check_false(fixture, mark, findings, report):
    for name in mark.ids:
        if not _at(findings, mark, name):
            yield f"{fixture.path}:{mark.line}: {name} is no longer found, though marked as false"


def _check_unanalyzed(fixture, mark, findings, report):
    ranges = [r for r in report.unanalyzed if r.path == fixture.path and r.line <= mark.line <= r.end_line]
    if not ranges:
        yield f"{fixture.path}:{mark.line}: is not reported as not analysed"


def _unexpected(fixture, findings):
    marks = [mark for mark in fixture.marks if mark.kind in ("finding", "false", "missed")]
    wanted = {(mark.line, name) for mark in marks for name in mark.ids}
    for finding in findings:
        if (finding.position.line, finding.rule) not in wanted:
            where = f"{finding.position.path}:{finding.position.line}"
            yield f"{where}: unexpected: {finding.message} [{finding.rule}]"


def _unmarked_ranges(fixture, report):
    marked = {mark.line for mark in fixture.marks if mark.kind == "unanalyzed"}
    for range_ in report.unanalyzed:
        if not any(range_.line <= line <= range_.end_line for line in marked):
            yield f"{range_.path}:{range_.line}-{range_.end_line}: not analysed: {range_.reason}"


_CHECKS = {
    "finding": _check_finding,
    "note": _check_note,
    "missed": _check_missed,
    "false": _check_false,
    "unanalyzed": _check_unanalyzed,
}
