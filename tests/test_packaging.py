"""What is built is what was tested: wheel and sdist, each installed where nothing else is, run outside the checkout.

The package index is asked for what building and running need.
"""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import HeaderParser

import pytest
from command import ROOT, run

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PATCH = ROOT / "fixtures/patches/double-unlock.patch"
built_from_scratch = [pytest.mark.slow, pytest.mark.network]
VERSION = re.compile(r"kpatchlint \d+\.\d+\S* \(Python 3\.\S+, tree-sitter \d\S*, tree-sitter-c \d\S*\)\n")


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """A directory with the sdist and the wheel that is built from it."""
    directory = tmp_path_factory.mktemp("dist")
    ran = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", directory, ROOT], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return directory


@pytest.fixture(scope="module", params=["*.whl", "*.tar.gz"])
def program(request, dist, tmp_path_factory):
    """The program of a fresh environment in which one of the two is installed."""
    environment = tmp_path_factory.mktemp("environment")
    (built,) = dist.glob(request.param)
    python = environment / "bin/python"
    for command in ([sys.executable, "-m", "venv", environment], [python, "-m", "pip", "install", "-q", built]):
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    return environment / "bin/kpatchlint"


def ran(program, *arguments, cwd):
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([program, *arguments], capture_output=True, text=True, cwd=cwd, env=kept, check=False)


class TestInstalled:
    pytestmark = built_from_scratch

    def test_it_does_the_main_job_anywhere(self, program, tmp_path):
        """The mail is all there is: rules come from the package."""
        mail = tmp_path / "x.patch"
        mail.write_bytes(PATCH.read_bytes())
        found = ran(program, "check", "x.patch", cwd=tmp_path)
        assert (found.returncode, found.stderr) == (1, "")
        assert found.stdout == run("check", PATCH).out

    def test_rules_pages_and_the_model_are_in_it(self, program, tmp_path):
        for arguments in (["rules"], ["explain"], ["model", "check", "v6.5"], ["man"]):
            said = ran(program, *arguments, cwd=tmp_path)
            assert (said.returncode, said.stdout) == (0, run(*arguments).out)

    def test_it_says_which_versions_it_runs_on(self, program, tmp_path):
        assert VERSION.fullmatch(ran(program, "--version", cwd=tmp_path).stdout)

    def test_man_finds_its_page(self, program):
        assert (program.parents[1] / "share/man/man1/kpatchlint.1").is_file()

    def test_what_is_not_installed_is_said(self, program, tmp_path):
        said = ran(program, "lsp", cwd=tmp_path)
        assert (said.returncode, said.stderr.count("\n")) == (2, 1)
        assert "pip install 'kpatchlint[lsp]'" in said.stderr


class TestBuilt:
    pytestmark = built_from_scratch

    def test_the_wheel_has_what_the_program_reads_and_no_tests(self, dist):
        (wheel,) = dist.glob("*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        data = [path for folder in ("rules", "fixtures/model") for path in (ROOT / folder).rglob("*.*")]
        assert {f"kpatchlint/{path.relative_to(ROOT)}" for path in data if path.is_file()} <= set(names)
        assert "kpatchlint/py.typed" in names
        assert not [name for name in names if name.startswith(("tests/", "bench/"))]

    def test_the_sdist_can_be_tested(self, dist):
        (archive,) = dist.glob("*.tar.gz")
        with tarfile.open(archive) as opened:
            names = {name.partition("/")[2] for name in opened.getnames()}
        assert {"README.md", "LICENSE", "tests/conftest.py", "fixtures/patches/double-unlock.patch"} <= names

    def test_the_metadata_is_complete(self, dist):
        (wheel,) = dist.glob("*.whl")
        archive = zipfile.ZipFile(wheel)
        (name,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        said = HeaderParser().parsestr(archive.read(name).decode())
        assert said["License-Expression"] == "GPL-2.0-only"
        assert said["Requires-Python"] == ">=3.11"
        assert said["Description-Content-Type"] == "text/markdown"
        for key in ("Summary", "Keywords", "License-File", "Classifier"):
            assert said[key]
        assert set(said.get_all("Provides-Extra")) == set(PROJECT["optional-dependencies"])


def test_version_names_what_a_bug_report_needs():
    assert VERSION.fullmatch(run("--version").out)


def test_classifiers_name_the_oldest_python_that_is_required():
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert f"Programming Language :: Python :: {oldest}" in PROJECT["classifiers"]
