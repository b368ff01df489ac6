"""Repositories and environments that want more than to be read: each is neutralised."""

import json
import os
import shutil
import subprocess

import pytest
from command import PROGRAM, ROOT
from repositories import ENV, commit, everything, git, repository
from test_series import HEADERS, LEAKING, OTHER, PLAIN, X

from kpatchlint.tree.git import Repository


@pytest.fixture
def hostile(tmp_path):
    """A repository with a bug in its last commit, and a program that tells when it is run."""
    top = tmp_path / "linux"
    repository(top, ("base", {**HEADERS, X: PLAIN + OTHER}), ("leak", {X: LEAKING + OTHER}))
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\necho ran >>{tmp_path}/ran\ncat\n")
    program.chmod(0o755)
    return top


def check(top, *arguments, **environment):
    """A run as a process of its own, and what was run besides."""
    ran = subprocess.run(
        [*PROGRAM, "check", "--format", "json", *map(str, arguments)],
        cwd=top, capture_output=True, check=False, timeout=120,
        env={**ENV, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], **environment},
    )
    assert not (top.parent / "ran").exists(), "a program of the repository was run"
    return ran


def found(ran):
    assert b"Traceback" not in ran.stderr
    return [finding["rule"] for finding in json.loads(ran.stdout)["findings"]]


def evil(top):
    return str(top.parent / "evil")


SETTINGS = {
    "core.fsmonitor": evil,
    "core.pager": evil,
    "core.sshCommand": evil,
    "core.askPass": evil,
    "core.editor": evil,
    "core.alternateRefsCommand": evil,
    "diff.external": evil,
    "diff.orderFile": lambda top: "/dev/zero",
    "credential.helper": evil,
    "gpg.program": evil,
    "log.showSignature": lambda top: "true",
    "uploadpack.packObjectsHook": evil,
    "alias.cat-file": lambda top: f"!{evil(top)}",
    "core.worktree": lambda top: "/nonexistent",
    "color.ui": lambda top: "always",
    "diff.noprefix": lambda top: "true",
    "diff.mnemonicPrefix": lambda top: "true",
    "core.quotePath": lambda top: "false",
    "format.attach": lambda top: "true",
    "core.abbrev": lambda top: "4",
    "diff.context": lambda top: "0",
    "diff.algorithm": lambda top: "histogram",
}


class TestSettings:
    @pytest.mark.parametrize("name", SETTINGS)
    def test_are_not_obeyed(self, hostile, name):
        git(hostile, "config", name, SETTINGS[name](hostile))
        assert found(check(hostile, "--all", "HEAD")) == ["missing-unlock"]

    def test_drivers_of_diffs_and_filters(self, hostile):
        """From `.gitattributes` and from inside of `.git`."""
        for key in ("diff.evil.textconv", "diff.evil.command", "merge.evil.driver"):
            git(hostile, "config", key, evil(hostile))
        for key in ("clean", "smudge", "process"):
            git(hostile, "config", f"filter.evil.{key}", evil(hostile))
        (hostile / ".git/info/attributes").write_text("* diff=evil filter=evil merge=evil\n")
        (hostile / ".gitattributes").write_text("* diff=evil filter=evil merge=evil\n")
        assert found(check(hostile, "HEAD")) == ["missing-unlock"]

    def test_code_that_is_said_to_be_binary(self, hostile):
        """It would not be shown as a diff, and what is not shown is not checked."""
        (hostile / ".git/info/attributes").write_text("*.c -diff\n")
        assert found(check(hostile, "HEAD")) == ["missing-unlock"]

    def test_hooks(self, hostile):
        names = ("post-checkout", "post-index-change", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman")
        for name in names:
            shutil.copy(evil(hostile), hostile / ".git/hooks" / name)
        git(hostile, "config", "core.hooksPath", str(hostile / ".git/hooks"))
        (hostile.parent / "ran").unlink(missing_ok=True)
        assert found(check(hostile, "HEAD")) == ["missing-unlock"]

    def test_a_search_for_callers(self, hostile):
        for key in ("diff.evil.textconv", "core.fsmonitor", "core.pager"):
            git(hostile, "config", key, evil(hostile))
        git(hostile, "config", "grep.patternType", "perl")
        (hostile / ".git/info/attributes").write_text("* diff=evil\n")
        assert Repository.at_top(hostile).snapshot("HEAD").mentioning("take") == (X,)
        assert not (hostile.parent / "ran").exists()

    @pytest.mark.parametrize("text", ["[", "[include]\npath=x\n[core\n", "\0\0", "[core]\nrepositoryformatversion=9\n"])
    def test_a_broken_file_is_one_line(self, hostile, text):
        (hostile / ".git/config").write_text(text)
        ran = check(hostile, "HEAD")
        assert (ran.returncode, ran.stdout) == (2, b"")
        assert len(ran.stderr.splitlines()) == 1


class TestEnvironment:
    """Git sets variables for hooks, and whoever runs us from one means another repository."""

    @pytest.fixture
    def other(self, tmp_path):
        repository(tmp_path / "other", ("base", {X: "int other;\n"}))
        return tmp_path / "other"

    @pytest.mark.parametrize(
        "name",
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_NAMESPACE",
         "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_PREFIX", "GIT_CEILING_DIRECTORIES", "GIT_SHALLOW_FILE"],
    )
    def test_a_variable_is_not_inherited(self, hostile, other, name):
        before = everything(other)
        inside = other / ".git"
        places = {"GIT_INDEX_FILE": inside / "index", "GIT_OBJECT_DIRECTORY": inside / "objects", "GIT_PREFIX": "mm/"}
        ran = check(hostile, "HEAD", **{name: str(places.get(name, other / ".git"))})
        assert found(ran) == ["missing-unlock"]
        assert everything(other) == before

    @pytest.mark.parametrize(
        "variables",
        [
            {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor", "GIT_CONFIG_VALUE_0": "EVIL"},
            {"GIT_CONFIG_PARAMETERS": "'core.fsmonitor'='EVIL'"},
            {"GIT_EXTERNAL_DIFF": "EVIL"},
            {"GIT_PAGER": "EVIL"},
            {"GIT_SSH_COMMAND": "EVIL"},
            {"GIT_TRACE": "EVIL.trace", "GIT_TRACE2_EVENT": "EVIL.trace"},
            {"GIT_EXEC_PATH": "/nonexistent"},
            {"GIT_LITERAL_PATHSPECS": "1"},
            {"GIT_DIFF_OPTS": "-u0"},
            {"GIT_ATTR_SOURCE": "HEAD"},
        ],
    )
    def test_settings_in_variables(self, hostile, variables):
        named = {name: value.replace("EVIL", evil(hostile)) for name, value in variables.items()}
        assert found(check(hostile, "HEAD", **named)) == ["missing-unlock"]
        assert not (hostile.parent / "evil.trace").exists()

    def test_in_a_hook(self, hostile, other):
        """A real one, of another repository, with all that git sets there."""
        hook = other / ".git/hooks/pre-commit"
        command = " ".join([*PROGRAM[:2], f"'{PROGRAM[2]}'"] if len(PROGRAM) > 2 else PROGRAM)
        hook.write_text(f"#!/bin/sh\ncd '{hostile}' && {command} check --format json HEAD >'{other}.json'\ntrue\n")
        hook.chmod(0o755)
        index = (hostile / ".git/index").read_bytes()
        (other / X).write_text("int changed;\n")
        git(other, "commit", "-qam", "x", PYTHONPATH=str(ROOT))
        assert json.loads((other.parent / "other.json").read_text())["findings"][0]["rule"] == "missing-unlock"
        assert (hostile / ".git/index").read_bytes() == index


class TestPartialClones:
    @pytest.fixture
    def partial(self, hostile):
        """A clone without files, that is told to fetch them by running a program."""
        git(hostile, "config", "uploadpack.allowFilter", "true")
        git(hostile.parent, "clone", "-q", "--bare", "--filter=blob:none", f"file://{hostile}", "partial.git")
        clone = hostile.parent / "partial.git"
        git(clone, "config", "remote.origin.url", f"ext::{evil(hostile)} %S")
        git(clone, "config", "protocol.ext.allow", "always")
        git(clone, "config", "protocol.allow", "always")
        git(clone, "config", "remote.origin.uploadpack", evil(hostile))
        return clone

    def test_nothing_is_fetched(self, partial):
        before = everything(partial)
        ran = check(partial, "HEAD")
        assert (ran.returncode, ran.stdout) != (0, b"")
        assert len(ran.stderr.splitlines()) == 1
        assert everything(partial) == before

    def test_a_mail_costs_itself(self, partial, hostile):
        patch = hostile.parent / "x.patch"
        patch.write_bytes(git(hostile, "format-patch", "--stdout", "-1"))
        before = everything(partial)
        ran = check(partial, "--tree", ".", patch)
        assert ran.returncode == 3
        assert b"not in the repository" in ran.stderr
        assert everything(partial) == before


class TestTreesThatLie:
    def test_a_gitfile_that_points_anywhere(self, hostile, tmp_path):
        (tmp_path / "lying").mkdir()
        (tmp_path / "lying/.git").write_text("gitdir: /dev/zero\n")
        ran = check(tmp_path / "lying", "HEAD")
        assert (ran.returncode, ran.stdout) == (2, b"")

    def test_another_owner(self, hostile):
        """Git refuses to look into what others own, because it obeys what it finds there; we do not."""
        if os.getuid():
            pytest.skip("only root may give a file away")
        subprocess.run(["chown", "-R", "12345", hostile], check=True)
        assert found(check(hostile, "HEAD")) == ["missing-unlock"]

    def test_objects_that_are_damaged(self, hostile):
        """A tree that is none, and a file that is cut."""
        for path in (hostile / ".git/objects").glob("??/*"):
            path.chmod(0o644)
            path.write_bytes(path.read_bytes()[:20])
        ran = check(hostile, "HEAD")
        assert ran.returncode in (2, 3)
        assert len(ran.stderr.splitlines()) == 1

    def test_a_path_that_leaves_the_tree(self, hostile, tmp_path):
        """Written into a tree object by hand, because git would not."""
        blob = git(hostile, "rev-parse", f"HEAD:{X}").decode().strip()
        for mode, name in ((b"100644", b".."), (b"100644", b"/etc/passwd"), (b"100644", b"a\x1b[2J.c")):
            tree = git(hostile, "hash-object", "--literally", "-w", "-t", "tree", "--stdin",
                       data=mode + b" " + name + b"\0" + bytes.fromhex(blob)).decode().strip()
            made = git(hostile, "commit-tree", "-m", "x", tree).decode().strip()
            ran = check(hostile, made)
            assert b"\x1b" not in ran.stdout + ran.stderr

    def test_a_subject_with_an_escape(self, hostile):
        commit(hostile, "evil \x1b[2J\x07 subject", {X: PLAIN + OTHER})
        ran = check(hostile, "--series", "HEAD~2..")
        assert b"\x1b" not in ran.stdout + ran.stderr
