"""The manual page and shell completion: made from the command line itself, and read by man and by the real shells."""

import os
import re
import shutil
import subprocess

import click
import pytest
from command import PROGRAM, ROOT, run

from kpatchlint.cli import commands
from kpatchlint.rule import load_rules

PAGE = ROOT / "kpatchlint/kpatchlint.1"
COMMANDS = [("check",), ("scan",), ("rules",), ("explain",), ("hook", "install"), ("hook", "run")]


@pytest.fixture
def page(tmp_path):
    """The page as the program prints it now."""
    path = tmp_path / "kpatchlint.1"
    path.write_text(run("man").out)
    return path


def man(page, *options):
    if not shutil.which("man"):
        pytest.skip("no man (apt-get install man-db)")
    environ = {**os.environ, "MANWIDTH": "200", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""}
    ran = subprocess.run(["man", *options, str(page)], capture_output=True, text=True, env=environ, check=False)
    if "minimized" in ran.stdout:
        pytest.skip("man was left out of this system")
    return ran


# slow, because every change of an option would have to write the page anew to pass; a release does, and .ci/run asks
@pytest.mark.slow
def test_the_page_is_what_the_program_says(request):
    made = run("man").out
    if request.config.getoption("--update-golden"):
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(made)
    assert made == PAGE.read_text()


def test_man_reads_it_without_a_warning(page):
    ran = man(page, "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_it_shows_what_help_says(page, command):
    told = " ".join(re.sub(".\b", "", man(page, "-l").stdout).split())
    helped = run(*command, "--help").out
    for option in re.findall(r"^  (?:-\w, )?(--[\w-]+)", helped, re.MULTILINE):
        assert option in told
    assert " ".join(commands_help(command).split("\n\n")[0].split()) in told


def commands_help(words):
    found = commands
    for word in words:
        found = found.get_command(click.Context(found), word)
    return found.help


def test_pip_puts_it_where_man_looks():
    text = (ROOT / "pyproject.toml").read_text()
    assert '"kpatchlint/kpatchlint.1" = "share/man/man1/kpatchlint.1"' in text


class TestCompletion:
    def bash(self, *words):
        """What bash offers for the last word."""
        line = " ".join(f"'{word}'" for word in ("kpatchlint", *words))
        script = f"""
        kpatchlint() {{ {' '.join(f"'{word}'" for word in PROGRAM)} "$@"; }}
        eval "$(_KPATCHLINT_COMPLETE=bash_source kpatchlint)"
        export PATH={self.shim}:$PATH
        COMP_WORDS=({line}); COMP_CWORD={len(words)}
        _kpatchlint_completion kpatchlint; printf '%s\\n' "${{COMPREPLY[@]}}"
        """
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environ, check=True)
        assert ran.stderr == ""
        return ran.stdout.split()

    @pytest.fixture(autouse=True)
    def program(self, tmp_path):
        path = tmp_path / "kpatchlint"
        path.write_text("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in PROGRAM) + ' "$@"\n')
        path.chmod(0o755)
        self.shim = tmp_path

    def test_commands(self):
        assert self.bash("") == commands.list_commands(click.Context(commands))

    def test_options(self):
        assert "--select" in self.bash("check", "--se")

    def test_rules(self):
        assert self.bash("explain", "unlock") == ["unlock-after-wait"]
        assert set(self.bash("explain", "")) == {rule.id for rule in load_rules()}

    def test_selectors_one_after_the_other(self):
        assert self.bash("check", "--select", "wait,unl") == ["wait,unlock-after-wait"]

    def test_events(self):
        assert self.bash("hook", "install", "--event", "pre-p") == ["pre-push"]

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_readme_says_how(self, shell):
        assert f"_KPATCHLINT_COMPLETE={shell}_source" in (ROOT / "kpatchlint/USING.md").read_text()
