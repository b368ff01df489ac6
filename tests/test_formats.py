"""Formats for programs: a golden each, hostile text, and what each reader must be able to rely on."""

import json
import unicodedata

import pytest
from command import run
from reports import BROKEN, EMPTY, FULL, NOTHING, REPORTS, hostile_report

from kpatchlint.finding import Report
from kpatchlint.report import COMPLETE, FORMATS, SILENT
from kpatchlint.report.everything import NOT_ANALYSED, NOT_CHECKED, everything
from kpatchlint.report.run import Run

DOUBLE_UNLOCK = "fixtures/patches/double-unlock.patch"
CLEAN = "fixtures/patches/clean.patch"
COVER = "fixtures/patches/cover-letter.eml"
TRUNCATED = "fixtures/patches/truncated-hunk.patch"
# one line an entry, read by programs that take a line for what it seems to be
LINES = ("terse", "b4")


def rendered(name, report):
    return FORMATS[name](report, Run())


@pytest.mark.parametrize("name", sorted(COMPLETE))
@pytest.mark.parametrize("kind", REPORTS)
def test_golden(golden, name, kind):
    golden(f"formats/{name}-{kind}.out", rendered(name, REPORTS[kind]))


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_ends_in_a_newline_and_is_utf_8(name):
    for report in (*REPORTS.values(), hostile_report(), Report()):
        text = rendered(name, report)
        assert not text or text.endswith("\n")
        text.encode()


@pytest.mark.parametrize("name", LINES)
def test_hostile_text_makes_no_line_of_its_own(name):
    lines = rendered(name, hostile_report()).splitlines()
    assert len(lines) == {"terse": 4, "b4": 2}[name]
    assert not [c for line in lines for c in line if unicodedata.category(c).startswith("C")]


class TestEverything:
    def test_what_is_not_analysed_and_not_checked_is_there(self):
        assert [finding.rule for finding in everything(FULL)] == [
            "unlock-after-wait", "stale-reference", NOT_CHECKED, NOT_ANALYSED, NOT_ANALYSED,
        ]  # fmt: skip

    def test_no_fingerprint_twice(self):
        twice = Report(FULL.findings * 3, FULL.unanalyzed * 2)
        prints = [finding.fingerprint for finding in everything(twice)]
        assert len(set(prints)) == len(prints) == 10

    def test_fingerprints_are_those_of_the_findings(self):
        prints = [finding.fingerprint for finding in everything(FULL)]
        assert prints[:2] == [finding.fingerprint for finding in FULL.findings]


class TestTerse:
    def test_only_an_error_says_so(self):
        for text in rendered("terse", hostile_report()).splitlines()[:-1]:
            assert ("ERROR:" in text) == (NOT_CHECKED in text)

    def test_the_last_line_counts(self):
        assert rendered("terse", EMPTY) == "total: no findings in 3 functions\n"


class TestB4:
    """The contract; test_b4.py has what b4 itself makes of it."""

    def test_clean_is_nothing_at_all(self):
        ran = run("check", "--format", "b4", CLEAN)
        assert (ran.status, ran.out, ran.err) == (0, "", "")

    def test_a_cover_letter_is_nothing_at_all(self):
        ran = run("check", "--format", "b4", COVER)
        assert (ran.status, ran.out, ran.err) == (0, "", "")

    def test_a_finding_is_one_line(self):
        ran = run("check", "--format", "b4", DOUBLE_UNLOCK)
        assert (ran.status, ran.err) == (1, "")
        (line,) = ran.out.splitlines()
        assert line.startswith("mm/tidemark.c:49: ERROR: unlock-after-wait: ptl is unlocked twice")
        assert "(line 48: " in line

    def test_a_patch_that_cannot_be_read_fails(self):
        ran = run("check", "--format", "b4", TRUNCATED)
        assert (ran.status, ran.err) == (3, "")
        (line,) = ran.out.splitlines()
        assert line.startswith(f"{TRUNCATED}:44: ERROR: not-checked: hunk is shorter")

    def test_a_range_no_rule_is_about_is_no_complaint(self):
        told = rendered("b4", FULL)
        assert "lines 10 to 44 are not analysed" in told
        assert "too deeply nested" not in told


class TestB4Json:
    @pytest.mark.parametrize(
        ("report", "status", "summary"),
        [
            (FULL, "fail", "2 errors, 1 warning, 1 info in 12 functions"),
            (EMPTY, "pass", "no findings in 3 functions"),
            (BROKEN, "fail", "1 error in 0 functions"),
            (Report((FULL.findings[1],), patches=1), "warn", "1 warning in 0 functions"),
        ],
    )
    def test_one_result_for_the_patch(self, report, status, summary):
        (result,) = json.loads(rendered("b4-json", report))
        assert (result["tool"], result["status"], result["summary"]) == ("kpatchlint", status, summary)
        assert set(result) == {"tool", "status", "summary", "details"}

    def test_nothing_to_check_is_an_empty_array(self):
        assert json.loads(rendered("b4-json", NOTHING)) == []

    def test_details_tell_the_path(self):
        (result,) = json.loads(run("check", "--format", "b4-json", DOUBLE_UNLOCK).out)
        first, note = result["details"].splitlines()
        assert first.startswith("mm/tidemark.c:49: ERROR:")
        assert note.startswith("  line 48: ")


@pytest.mark.parametrize("name", sorted(SILENT))
@pytest.mark.parametrize("path", [DOUBLE_UNLOCK, CLEAN, COVER, TRUNCATED])
def test_nothing_on_stderr_where_that_means_failure(name, path):
    assert run("check", "--format", name, path).err == ""
