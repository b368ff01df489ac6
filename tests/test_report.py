"""Reports: goldens for what people and programs read, and hostile text that must stay text."""

import json
import subprocess
import sys

import pytest
from msgspec.structs import replace

from kpatchlint.finding import Finding, Note, Report, Unanalyzed
from kpatchlint.report import FORMATS
from kpatchlint.report.run import Run
from kpatchlint.source import Position

UNLOCK = Finding(
    rule="unlock-after-wait",
    family="wait",
    severity="error",
    position=Position("mm/x.c", 81, 2, 120),
    function="f",
    message="ptl is unlocked twice: wait_for_entry() already dropped it",
    statement="\tspin_unlock(ptl);",
    notes=(
        Note(Position("mm/x.c", 90, 8), "ptl taken here"),
        Note(Position("mm/x.c", 79, 3), "wait_for_entry() gave it up here"),
    ),
    message_id="<1@example.org>",
    end_column=18,
)
STALE = Finding(
    rule="stale-reference",
    family="reference",
    severity="warning",
    position=Position("mm/a.c", 7, 4),
    function="g",
    message="old_name() is now new_name()",
    statement=" * old_name() does it",
    state="pre-existing",
)
FULL = Report(
    findings=(UNLOCK, STALE),
    unanalyzed=(
        Unanalyzed("mm/x.c", 10, 44, "does not parse", ("unlock-after-wait", "missing-unlock")),
        Unanalyzed("mm/x.c", 50, 50, "too deeply nested"),
    ),
    patches=1,
    files=2,
    functions=12,
)


@pytest.mark.parametrize(("name", "report"), [("full", FULL), ("empty", Report(files=1, functions=3))])
class TestGoldens:
    def test_text(self, golden, name, report):
        golden(f"report-{name}.txt", FORMATS["text"](report))

    def test_colour(self, golden, name, report):
        golden(f"report-{name}-colour.txt", FORMATS["text"](report, Run(colour=True)))

    def test_json(self, golden, name, report):
        golden(f"report-{name}.json", FORMATS["json"](report))


def text_of(finding, **more):
    return FORMATS["text"](Report((replace(finding, **more),)), Run(colour=True)).splitlines()


def test_notes_keep_the_order_of_the_path():
    lines = FORMATS["text"](FULL).splitlines()
    assert [line.split(":")[1] for line in lines[:3]] == ["81", "90", "79"]


def test_what_comes_of_one_mistake_is_told_below_it():
    """In text; every other format has a finding for each."""
    slept = replace(UNLOCK, rule="wait-while-locked", message="f() may sleep with ptl locked", held="f:70")
    left = replace(slept, rule="missing-unlock", position=Position("mm/x.c", 99, 2), message="returns with ptl locked")
    other = replace(left, position=Position("mm/x.c", 120, 2), held="g:110", function="g")
    lines = FORMATS["text"](Report((slept, left, other))).splitlines()
    assert [line.partition(" ")[2] for line in lines if "note" not in line][:2] == [
        "error: f() may sleep with ptl locked [wait-while-locked]",
        "error: returns with ptl locked [missing-unlock]",
    ]
    assert lines[3] == "mm/x.c:99: note: so returns with ptl locked [missing-unlock]"
    assert lines[-1].endswith("3 findings (3 errors)")
    assert len(json.loads(FORMATS["json"](Report((slept, left, other))))["findings"]) == 3


@pytest.mark.parametrize("change", [{"state": "elsewhere"}, {"held": "f:71"}, {"held": ""}, {"mail": 2}])
def test_what_may_be_another_mistake_is_told_by_itself(change):
    one = replace(UNLOCK, held="f:70", mail=1)
    assert "note: so" not in FORMATS["text"](Report((one, replace(one, message="else", **change))))
    assert "note: so" in FORMATS["text"](Report((one, replace(one, message="else"))))


def test_source_lines_only_in_colour():
    assert UNLOCK.statement not in FORMATS["text"](FULL)
    assert UNLOCK.statement in FORMATS["text"](FULL, Run(colour=True))


@pytest.mark.parametrize(
    ("statement", "column", "end", "caret"),
    [
        ("\tspin_unlock(ptl);", 2, 18, "\t^~~~~~~~~~~~~~~~"),
        ("\tspin_unlock(ptl);", 2, 0, "\t^"),
        ("\tx\ty;", 4, 99, "\t \t^~"),
        ("a\x1bb = 1;", 3, 4, "     ^"),
        ("f();", 1, 5, "^~~~"),
        ("é = f();", 6, 10, "    ^~~~"),
    ],
)
def test_the_caret_stands_under_what_is_meant(statement, column, end, caret):
    lines = text_of(UNLOCK, statement=statement, position=Position("x.c", 1, column), end_column=end)
    assert lines[2] == caret.replace("^", "\033[1;32m^", 1) + "\033[0m"


@pytest.mark.parametrize("column", [0, 19, 400])
def test_no_caret_where_the_column_is_not_in_the_line(column):
    lines = text_of(UNLOCK, position=Position("x.c", 1, column), notes=())
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb.c:1:1: error: forged", "a\\x0ab.c:1:1: error: forged"),
        ("\r\x00\x7f\x9b", "\\x0d\\x00\\x7f\\x9b"),
        ("\u202eeno", "\\u202eeno"),
        ("\u2028", "\\u2028"),
        (b"\xff".decode(errors="surrogateescape"), "\\xff"),
        ("\U000e0041", "\\ue0041"),
    ],
)
def test_hostile_text_is_spelled_out(hostile, shown):
    finding = replace(
        UNLOCK,
        message=hostile,
        position=Position(f"p{hostile}", 1, 1),
        statement=f"s{hostile}",
        notes=(Note(Position(f"n{hostile}", 2, 1), f"m{hostile}"),),
    )
    report = Report((finding,), (Unanalyzed(f"u{hostile}", 1, 2, f"r{hostile}"),))
    text = FORMATS["text"](report)
    assert text.isprintable() or {c for c in text if not c.isprintable()} == {"\n"}
    assert text.count("\n") == 4
    for place in "pnmur":
        assert place + shown in text
    coloured = FORMATS["text"](report, Run(colour=True))
    assert f"\ns{shown}\n" in coloured
    coloured.encode()


def test_json_is_always_json():
    bad = b"\xff".decode(errors="surrogateescape")
    finding = replace(UNLOCK, message=f"\x1b{bad}", position=Position(f"{bad}.c", 1, 1))
    told = json.loads(FORMATS["json"](Report((finding,))))["findings"][0]
    assert (told["message"], told["path"]) == ("\x1b\\udcff", "\\udcff.c")


def test_json_has_the_keys_that_were_promised():
    told = json.loads(FORMATS["json"](FULL))
    first, second = told["findings"]
    assert list(told) == ["version", "findings", "unanalyzed", "summary", "passing", "patches"]
    promised = [
        "rule",
        "family",
        "severity",
        "path",
        "line",
        "column",
        "function",
        "message",
        "notes",
        "fingerprint",
    ]
    assert list(first) == list(second) == [*promised, "state", "mail", "patch"]
    assert first["mail"] == {"message_id": "<1@example.org>", "line": 120}
    assert second["mail"] is None
    assert first["notes"][0] == {"path": "mm/x.c", "line": 90, "message": "ptl taken here"}
    assert told["unanalyzed"][0]["rules"] == ["unlock-after-wait", "missing-unlock"]
    counts = {"patches": 1, "files": 2, "functions": 12, "bounded": 0, "suppressed": 0, "findings": 2, "unanalyzed": 2}
    assert told["summary"] == counts


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (Report(files=1, functions=1), "1 file, 1 function: no findings"),
        (Report((UNLOCK,), patches=2, files=0), "2 patches, 0 files, 0 functions: 1 finding (1 error)"),
        (Report((UNLOCK, UNLOCK, STALE)), "0 files, 0 functions: 3 findings (2 errors, 1 warning)"),
        (
            Report((replace(STALE, severity="info"),) * 2, (Unanalyzed("x", 1, 2, "r"),)),
            "0 files, 0 functions: 2 findings (2 info), 1 range not analysed",
        ),
    ],
)
def test_the_last_line_counts(report, line):
    assert FORMATS["text"](report).splitlines()[-1] == line


def test_a_range_that_many_rules_miss_is_one_short_line():
    """A definition that cannot be read is missed by every rule of the analysis; `json` names them."""
    range_ = Unanalyzed("mm/x.c", 1, 8, "no parse", ("a", "b", "c"))
    four = replace(range_, rules=("a", "b", "c", "d"))
    few, many, _ = FORMATS["text"](Report((), (range_, four))).splitlines()
    assert few == "mm/x.c:1-8: not analysed: no parse [a, b, c]"
    assert many == "mm/x.c:1-8: not analysed: no parse [4 rules]"


def test_formats_are_loaded_when_used():
    program = "import sys, kpatchlint.report; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "kpatchlint.report" in loaded
    assert not {f"kpatchlint.report.{name.replace('-', '_')}" for name in FORMATS} & set(loaded)
    assert not {"importlib.metadata", "xml.etree.ElementTree", "email.message", "html"} & set(loaded)
