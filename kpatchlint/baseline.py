"""A baseline: findings that somebody has judged, with the reason, so that only others are reported.

The file is TOML, or JSON when its name ends in `.json`.  An entry is keyed by the fingerprint of its finding, which
does not depend on line numbers; the other keys are there for people.  Assumption: whoever writes the file reads it
again, so an entry that fits nothing any more (stale) is said, and dropped when the file is written anew.  Example:

    [[finding]]
    fingerprint = "2f0c6a5d1b7e4893"
    rule = "missing-unlock"
    path = "mm/x.c"
    function = "x_lock_range"
    statement = "return ptl;"
    reason = "gives the lock to its caller, which has no annotation"
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from kpatchlint.data import read
from kpatchlint.errors import UserError
from kpatchlint.files import write_file
from kpatchlint.finding import Finding, Report

VERSION = 1
NOT_JUDGED = "not judged yet"
CURE = "see kpatchlint/USING.md, 'Living with findings'"
_HEAD = "# Findings that are known: each has its reason.  kpatchlint --write-baseline keeps this file.\n"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One finding that is known.  `fingerprint` decides, and of several with the same one `path`."""

    fingerprint: str
    rule: str
    path: str
    function: str = ""
    statement: str = ""
    reason: str = NOT_JUDGED


class Baseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file.  `version` is that of this format."""

    version: int = VERSION
    finding: tuple[Entry, ...] = ()


class Written(Struct, frozen=True):
    """What writing a baseline did: entries in it, how many of them are new, how many stale ones were dropped."""

    entries: int
    new: int
    dropped: int


def load(path: Path) -> Baseline:
    """The baseline at `path`; `UserError` when it is missing, broken or of a later format."""
    kept = _load_json(path) if path.suffix == ".json" else _load_toml(path)
    if kept.version != VERSION:
        cure = f"version {VERSION} is known; write it anew"
        raise UserError(f"is a baseline of version {kept.version}", path=str(path), cure=cure)
    return kept


def _load_toml(path: Path) -> Baseline:
    try:
        return read(path, Baseline)
    except UserError as error:
        cure = "known keys: " + ", ".join(Entry.__struct_fields__) if "unknown field" in error.what else CURE
        raise UserError(error.what, path=str(path), cure=cure) from error


def _load_json(path: Path) -> Baseline:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Baseline)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", path=str(path)) from error
    except msgspec.DecodeError as error:
        raise UserError(str(error), path=str(path), cure=CURE) from error


def without_known(report: Report, baseline: Baseline) -> Report:
    """The report without the findings that the baseline has; they are counted as suppressed."""
    if not baseline.finding:
        return report
    known = paired(baseline.finding, report.findings)
    left = tuple(finding for finding, entry in zip(report.findings, known, strict=True) if entry is None)
    return replace(report, findings=left, suppressed=report.suppressed + len(report.findings) - len(left))


def paired(entries: Sequence[Entry], findings: Sequence[Finding]) -> list[Entry | None]:
    """The entry of each finding, None for one that is new; no entry serves two findings.

    One of the same file comes first, then one of another file with the same fingerprint: its file was renamed.
    """
    free = Counter(entries)
    same = {(entry.fingerprint, entry.path): entry for entry in entries}
    moved: dict[str, list[Entry]] = {}
    for entry in entries:
        moved.setdefault(entry.fingerprint, []).append(entry)
    found = [_take(free, same.get((f.fingerprint, _safe(f.position.path)))) for f in findings]
    return [
        done or _take(free, next((e for e in moved.get(f.fingerprint, ()) if free[e]), None))
        for f, done in zip(findings, found, strict=True)
    ]


def _take(free: Counter[Entry], entry: Entry | None) -> Entry | None:
    if entry is None or not free[entry]:
        return None
    free[entry] -= 1
    return entry


def stale(baseline: Baseline, findings: Sequence[Finding], covered: Callable[[str], bool]) -> tuple[Entry, ...]:
    """Entries that fit none of `findings`, though `covered` says that their file was looked at."""
    return _unused(baseline.finding, paired(baseline.finding, findings), covered)


def _unused(
    entries: Sequence[Entry], used: Sequence[Entry | None], covered: Callable[[str], bool]
) -> tuple[Entry, ...]:
    left = Counter(entries) - Counter(entry for entry in used if entry)
    return tuple(entry for entry in left.elements() if covered(entry.path))


def write(
    path: Path, findings: Sequence[Finding], covered: Callable[[str], bool], reason: str = NOT_JUDGED
) -> Written:
    """Make the file at `path` hold `findings`, and what it had of files that were not covered.

    Entries that are there already keep their reasons; `reason` is that of new ones.  The file is replaced in one step.
    Raises `UserError` when it cannot be read or written.
    """
    old = load(path).finding if path.exists() else ()
    known = paired(old, findings)
    now = [_entry(f, entry.reason if entry else reason) for f, entry in zip(findings, known, strict=True)]
    elsewhere = _unused(old, known, lambda name: not covered(name))
    entries = sorted([*elsewhere, *now], key=lambda e: (e.path, e.function, e.rule, e.fingerprint))
    write_file(str(path), _text(path, Baseline(finding=tuple(entries))).encode())
    return Written(len(entries), known.count(None), len(_unused(old, known, covered)))


def _entry(finding: Finding, reason: str) -> Entry:
    statement = " ".join(finding.statement.split())
    return Entry(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        path=_safe(finding.position.path),
        function=_safe(finding.function),
        statement=_safe(statement),
        reason=reason,
    )


def _safe(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


def _text(path: Path, baseline: Baseline) -> str:
    if path.suffix == ".json":
        return msgspec.json.format(msgspec.json.encode(baseline), indent=2).decode() + "\n"
    entries = ("\n[[finding]]\n" + "".join(_pairs(entry)) for entry in baseline.finding)
    return f"{_HEAD}version = {baseline.version}\n{''.join(entries)}"


def _pairs(entry: Entry) -> Iterable[str]:
    for key in Entry.__struct_fields__:
        # a basic string of TOML is one of JSON, but for the one control character that JSON leaves as it is
        text = import_module("json").dumps(getattr(entry, key), ensure_ascii=False).replace("\x7f", "\\u007f")
        yield f"{key} = {text}\n"
