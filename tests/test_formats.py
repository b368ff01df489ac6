"""Formats for programs: a golden each, hostile text, and what each reader must be able to rely on."""

import json
import re
import unicodedata
from html import unescape
from xml.etree import ElementTree

import pytest
from command import run
from msgspec.structs import replace
from reports import BROKEN, COVER, EMPTY, FAILED, FULL, MAIL, NOTHING, REPORTS, STALE, UNLOCK, hostile_report

from kpatchlint.finding import Report
from kpatchlint.report import COMPLETE, FORMATS, SILENT, step_summary
from kpatchlint.report.everything import NOT_ANALYSED, NOT_CHECKED, everything
from kpatchlint.report.run import PLAIN, Run

DOUBLE_UNLOCK = "fixtures/patches/double-unlock.patch"
CLEAN = "fixtures/patches/clean.patch"
COVER_LETTER = "fixtures/patches/cover-letter.eml"
TRUNCATED = "fixtures/patches/truncated-hunk.patch"
# one line an entry, read by programs that take a line for what it seems to be
LINES = {"terse": 4, "b4": 2, "github": 3, "nipa": 1, "patchwork": 2, "rdjsonl": 3, "jsonl": 3}


def rendered(name, report):
    return FORMATS[name](report, PLAIN)


def without_pages(text):
    """A SARIF log without what the rule files say, which is theirs to change."""
    log = json.loads(text)
    for told in log["runs"]:
        told["tool"]["driver"]["rules"] = []
        for result in told["results"]:
            result["ruleIndex"] = 0
    return json.dumps(log, indent=1) + "\n"


# test_html.py looks at the page
@pytest.mark.parametrize("name", sorted(COMPLETE - {"html"}))
@pytest.mark.parametrize("kind", REPORTS)
@pytest.mark.usefixtures("some_version")
def test_golden(golden, name, kind):
    text = rendered(name, REPORTS[kind])
    golden(f"formats/{name}-{kind}.out", without_pages(text) if name == "sarif" else text)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_ends_in_a_newline_and_is_utf_8(name):
    for report in (*REPORTS.values(), hostile_report(), Report()):
        text = rendered(name, report)
        assert not text or text.endswith("\n")
        text.encode()


@pytest.mark.parametrize("name", LINES)
def test_hostile_text_makes_no_line_of_its_own(name):
    text = rendered(name, hostile_report())
    assert text.count("\n") == LINES[name]
    lines = text.split("\n")
    if text.startswith("{"):
        lines = [json.dumps(json.loads(line)) for line in lines[:-1]]
    assert not [c for line in lines for c in line if unicodedata.category(c).startswith("C")]


@pytest.mark.parametrize("name", ["json", "jsonl", "rdjsonl", "patchwork", "sarif", "gitlab", "b4-json"])
def test_json_is_json_whatever_it_is_about(name):
    text = rendered(name, hostile_report())
    for part in text.splitlines() if name in LINES else [text]:
        json.loads(part)


@pytest.mark.parametrize("name", ["checkstyle", "junit"])
def test_xml_is_xml_whatever_it_is_about(name):
    told = rendered(name, hostile_report())
    assert "<script>" not in told
    texts = [text for node in ElementTree.fromstring(told).iter() for text in (node.text or "", *node.attrib.values())]
    assert any("<script>alert(1)</script>" in text for text in texts)


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
        ran = run("check", "--format", "b4", COVER_LETTER)
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
@pytest.mark.parametrize("path", [DOUBLE_UNLOCK, CLEAN, COVER_LETTER, TRUNCATED])
def test_nothing_on_stderr_where_that_means_failure(name, path):
    assert run("check", "--format", name, path).err == ""


class TestJsonLines:
    def test_they_are_the_json_report(self):
        told = json.loads(rendered("json", FULL))
        kinds = {}
        for text in rendered("jsonl", FULL).splitlines():
            entry = json.loads(text)
            kinds.setdefault(entry.pop("kind"), []).append(entry)
        assert kinds == {
            "finding": told["findings"],
            "unanalyzed": told["unanalyzed"],
            "error": [{"message": FULL.errors[0]}],
            "summary": [told["summary"]],
        }


def many(count, severity="error"):
    return tuple(replace(UNLOCK, ordinal=number, severity=severity) for number in range(count))


class TestGithub:
    def commands(self, report):
        return [text.split(" ")[0] for text in rendered("github", report).splitlines() if text.startswith("::")]

    @pytest.mark.parametrize("count", [0, 9, 10, 11, 500])
    def test_ten_of_each_level_the_worst_first(self, count):
        report = Report(many(count, "info") + many(count, "warning") + many(count, "error"))
        shown = min(count, 10)
        assert self.commands(report) == ["::error"] * shown + ["::warning"] * shown + ["::notice"] * shown
        lines = rendered("github", report).splitlines()
        assert len(lines) == 3 * count + (count > 10)
        if count > 10:
            assert lines[-1].startswith(f"- {3 * (count - 10)} findings without an annotation")

    def test_what_separates_is_escaped(self):
        at = replace(STALE.position, path="a,b:c%d.c")
        (line,) = rendered("github", Report((replace(STALE, position=at, message="50% of\nx, y: z"),))).splitlines()
        assert line == (
            "::warning file=a%2Cb%3Ac%25d.c,line=7,endLine=7,col=4,endColumn=14,title=stale-reference"
            "::50%25 of\\x0ax, y: z"
        )

    @pytest.mark.parametrize("count", [1, 20])
    def test_a_stranger_writes_no_command(self, count):
        hostile = hostile_report()
        report = replace(hostile, findings=hostile.findings * count)
        for line in rendered("github", report).splitlines():
            assert re.match(r"::(error|warning|notice) (file|title)=[^:]*::|- ", line)
            assert not line.startswith("- ") or "##[" not in line

    def test_the_older_form_of_a_command_is_broken_up(self):
        text = rendered("github", Report((replace(UNLOCK, message="##[add-path]/tmp"),) * 11))
        assert "- mm/x.c:81: ERROR: unlock-after-wait: ## [add-path]/tmp" in text

    def test_the_summary_of_the_step(self, tmp_path, monkeypatch):
        path = tmp_path / "summary.md"
        path.write_text("before\n")
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
        ran = run("check", "--format", "github", DOUBLE_UNLOCK)
        assert ran.out.startswith("::error file=mm/tidemark.c,line=49,")
        first, head, _, _, _, row, *_ = path.read_text().splitlines()
        assert (first, head) == ("before", "### kpatchlint: 1 error")
        assert unescape(row).startswith("| mm/tidemark.c:49 | error | unlock-after-wait | ptl is unlocked twice")

    def test_other_formats_leave_it_alone(self, tmp_path, monkeypatch):
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
        run("check", DOUBLE_UNLOCK)
        assert not list(tmp_path.iterdir())

    def test_a_summary_stays_below_the_limit(self):
        text = step_summary(Report(tuple(replace(UNLOCK, ordinal=n, message="x" * 990) for n in range(2000))))
        assert len(text.encode()) < 1 << 20
        left = int(re.search(r"^(\d+) more findings would not fit$", text, re.MULTILINE)[1])
        assert text.count("\n| mm/x.c") == 2000 - left

    def test_a_summary_is_a_table_whatever_stands_in_it(self):
        lines = step_summary(hostile_report()).splitlines()
        rows = [line for line in lines if line.startswith("|")]
        assert {line.count("|") for line in rows} == {5}
        assert not [line for line in rows if "<script" in line or "@" in line]


class TestGitlab:
    """As docs.gitlab.com/ci/testing/code_quality says; there is no published schema."""

    @pytest.mark.parametrize("report", [*REPORTS.values(), hostile_report()])
    def test_the_required_fields(self, report):
        issues = json.loads(rendered("gitlab", report))
        assert not rendered("gitlab", report).startswith("\ufeff")
        for issue in issues:
            assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
            assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
            assert issue["location"]["lines"]["begin"] > 0
            assert not issue["location"]["path"].startswith("./")
        assert len({issue["fingerprint"] for issue in issues}) == len(issues)

    def test_severities(self):
        assert [issue["severity"] for issue in json.loads(rendered("gitlab", FULL))] == [
            "major", "minor", "major", "info", "info",
        ]  # fmt: skip


class TestRdjsonl:
    def test_columns_count_bytes_and_the_end_is_behind(self):
        first = json.loads(rendered("rdjsonl", FULL).splitlines()[0])
        assert first["location"]["range"] == {"start": {"line": 81, "column": 3}, "end": {"line": 81, "column": 19}}
        assert first["related_locations"][0]["location"]["range"]["start"] == {"line": 79, "column": 3}


class TestCheckstyle:
    def test_one_file_element_a_file(self):
        twice = Report((UNLOCK, STALE, UNLOCK))
        files = ElementTree.fromstring(rendered("checkstyle", twice)).findall("file")
        assert [(file.get("name"), len(file)) for file in files] == [("mm/a.c", 1), ("mm/x.c", 2)]

    def test_columns_count_characters(self):
        finding = replace(UNLOCK, statement="\té(é); spin_unlock(ptl);", position=replace(UNLOCK.position, column=11))
        top = ElementTree.fromstring(rendered("checkstyle", Report((finding,))))
        assert top.find("file/error").get("column") == "9"


class TestJunit:
    def cases(self, report, run=PLAIN):
        return ElementTree.fromstring(FORMATS["junit"](report, run)).iter("testcase")

    def test_a_case_for_each_patch(self):
        assert [(case.get("name"), [child.tag for child in case]) for case in self.cases(FULL)] == [
            ("[PATCH 0/3] mm/x: wait", ["skipped"]),
            ("[PATCH 1/3] mm/x: prepare", []),
            ("[PATCH 2/3] mm/x: wait for the entry", ["failure"]),
            ("[PATCH 3/3] mm/y: more", ["error"]),
            ("mm/a.c", ["failure"]),
        ]

    def test_a_clean_scan_has_a_case(self):
        assert [case.get("name") for case in self.cases(Report(files=7))] == ["7 files"]

    def test_what_does_not_fail_the_run_fails_no_case(self):
        (case,) = self.cases(Report((STALE,)), Run(failing=("error",)))
        assert [child.tag for child in case] == ["system-out"]

    def test_fail_on_decides(self):
        told = run("check", "--fail-on", "never", "--format", "junit", DOUBLE_UNLOCK).out
        assert 'failures="0"' in told


class TestPatchwork:
    def checks(self, report):
        return [json.loads(text) for text in rendered("patchwork", report).splitlines()]

    def test_a_check_for_each_patch(self):
        assert [(check["msgid"], check["state"], check["description"]) for check in self.checks(FULL)] == [
            ("0@example.org", "success", "no findings"),
            ("1@example.org", "fail", "1 error: unlock-after-wait in f()"),
            ("3@example.org", "warning", f"not checked: {FAILED.error}"),
        ]

    def test_the_fields_of_the_api(self):
        """patchwork/api/check.py: the states, and a context that is a slug of at most 255 characters."""
        for check in self.checks(hostile_report()):
            assert set(check) == {"msgid", "state", "context", "description"}
            assert check["state"] in ("pending", "success", "warning", "fail")
            assert re.fullmatch(r"[-a-zA-Z0-9_]{1,255}", check["context"])

    def test_only_the_worst_are_named(self):
        findings = (*(replace(STALE, rule=f"r{n}", mail=1) for n in range(3)), replace(UNLOCK, mail=1))
        (check,) = self.checks(Report(findings, mails=(MAIL,)))
        assert check["description"] == "1 error, 3 warnings: unlock-after-wait in f(), r0 in g(), r1 in g(), ..."

    def test_a_cover_letter_has_none(self):
        assert not self.checks(Report(mails=(COVER,)))
