"""What a CI runs, run as the CI runs it: the GitHub action, the pre-commit hooks, a list's step, NIPA's test."""

import json
import os
import shlex
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from command import PROGRAM, ROOT

DOUBLE_UNLOCK = ROOT / "fixtures/patches/double-unlock.patch"
CLEAN_PATCH = ROOT / "fixtures/patches/clean.patch"
SERIES = ROOT / "fixtures/patches/series.mbox"
TRUNCATED = ROOT / "fixtures/patches/truncated-hunk.patch"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **{
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Robin Example"), ("EMAIL", "robin@example.org"), ("DATE", "2026-02-03T09:00:00Z"))
}}  # fmt: skip
CLEAN = "void x_wait(swp_entry_t entry, spinlock_t *ptl)\n{\n\tx_note(entry);\n\tx_tell(entry);\n}\n"
WAIT = "\tmigration_entry_wait_on_locked(entry, ptl);\n"
BAD = CLEAN.replace("\tx_tell", WAIT + "\tspin_unlock(ptl);\n\tx_tell")
EMPTY = CLEAN + "\n"
STILL_BAD = BAD + "\n"
STALE = CLEAN.replace("\tx_note", "\t/* As wait_on_page_bit_common() does. */\n\tx_note")


@pytest.fixture(scope="session")
def path(tmp_path_factory):
    """A PATH on which `kpatchlint` is the one under test."""
    directory = tmp_path_factory.mktemp("bin")
    program = directory / "kpatchlint"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, PROGRAM))} "$@"\n')
    program.chmod(0o755)
    return f"{directory}:{os.environ['PATH']}"


def ran(command, cwd, path, stdin="", **environ):
    env = {**os.environ, **GIT, "PATH": path, "PYTHONPATH": str(ROOT), **environ}
    return subprocess.run(command, cwd=cwd, env=env, input=stdin, capture_output=True, text=True, check=False)


def committed(directory, *texts):
    """A repository in which mm/x.c was committed with each of these texts."""
    (directory / "mm").mkdir(parents=True)
    git = ["git", "-C", str(directory)]
    env = {**os.environ, **GIT}
    subprocess.run([*git, "init", "-q", "-b", "main"], env=env, check=True)
    for number, text in enumerate(texts):
        (directory / "mm/x.c").write_text(text)
        subprocess.run([*git, "add", "."], env=env, check=True)
        subprocess.run([*git, "commit", "-q", "-m", f"mm/x: change {number}"], env=env, check=True)
    return directory


class TestAction:
    """Its steps, with the environment that GitHub would give them."""

    def check(self, cwd, path, **inputs):
        step = ACTION["runs"]["steps"][1]
        given = {name: entry.get("default", "") for name, entry in ACTION["inputs"].items()} | inputs
        env = {key: given[value.removeprefix("${{ inputs.").removesuffix(" }}")] for key, value in step["env"].items()}
        assert not [value for value in env.values() if "${{" in value]
        summary = cwd / "summary.md"
        # as the runner calls a script of shell: bash
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = ran(command, cwd, path, GITHUB_STEP_SUMMARY=str(summary), **env)
        return done, summary.read_text() if summary.exists() else ""

    def test_schema(self):
        checker = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-actions"]
        done = subprocess.run([*checker, ROOT / "action.yml"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout

    def test_text_of_strangers_is_in_no_script(self):
        assert not [step for step in ACTION["runs"]["steps"] if "${{" in step["run"]]

    def test_patches(self, tmp_path, path):
        done, summary = self.check(tmp_path, path, patches=f"{CLEAN_PATCH}\n{DOUBLE_UNLOCK}\n", base="", head="")
        assert done.returncode == 1, done.stderr
        assert done.stdout.startswith("::error file=mm/tidemark.c,line=49,")
        assert summary.startswith("### kpatchlint: 1 error")
        log = json.loads((tmp_path / "kpatchlint.sarif").read_text())
        assert len(log["runs"][0]["results"]) == 1

    @pytest.mark.parametrize(("before", "after", "status"), [(CLEAN, BAD, 1), (CLEAN, EMPTY, 0), (BAD, STILL_BAD, 0)])
    def test_commits(self, tmp_path, path, before, after, status):
        repository = committed(tmp_path / "linux", before, after)
        done, _ = self.check(repository, path, base="main~1", head="main")
        assert done.returncode == status, done.stderr
        assert ("::error" in done.stdout) is bool(status)

    def test_no_commits(self, tmp_path, path):
        done, _ = self.check(committed(tmp_path / "linux", CLEAN), path, base="main", head="main")
        assert (done.returncode, done.stdout) == (0, "")
        assert "nothing to check" in done.stderr

    def test_commits_of_a_pull_request_are_seen_in_their_files(self, tmp_path, path):
        """The hunk alone does not show the lock's other release, ten lines below."""
        far = "\tx_note(entry);\n" * 9
        before = CLEAN.replace("\tx_tell", f"{far}\tspin_unlock(ptl);\n\tx_tell")
        after = before.replace("\tx_note", WAIT + "\tx_note", 1)
        done, _ = self.check(committed(tmp_path / "linux", before, after), path, base="main~1", head="main")
        assert done.returncode == 1, done.stderr
        assert "::error file=mm/x.c,line=14," in done.stdout

    def test_a_patch_name_is_no_option(self, tmp_path, path):
        (tmp_path / "--rules").write_bytes(DOUBLE_UNLOCK.read_bytes())
        done, _ = self.check(tmp_path, path, patches="--rules", base="", head="")
        assert done.returncode == 1, done.stderr

    def test_the_severity_that_fails(self, tmp_path, path):
        done, _ = self.check(tmp_path, path, patches=str(DOUBLE_UNLOCK), base="", head="", **{"fail-on": "never"})
        assert done.returncode == 0

    @pytest.mark.network
    @pytest.mark.slow
    def test_it_installs(self, tmp_path):
        subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
        bin_ = f"{tmp_path}/venv/bin"
        done = ran(["bash", "-c", ACTION["runs"]["steps"][0]["run"]], tmp_path, f"{bin_}:{os.environ['PATH']}",
                   GITHUB_ACTION_PATH=str(ROOT))  # fmt: skip
        assert done.returncode == 0, done.stderr
        env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        command = [f"{bin_}/kpatchlint", "check", "--format", "html", str(DOUBLE_UNLOCK)]
        page = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert (page.returncode, page.stderr) == (1, "")
        assert "prefers-color-scheme" in page.stdout


class TestPreCommit:
    def test_the_manifest(self):
        command = [sys.executable, "-m", "pre_commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout

    @pytest.mark.network
    @pytest.mark.slow
    @pytest.mark.parametrize("hook", [entry["id"] for entry in HOOKS])
    def test_try_repo(self, tmp_path, hook):
        """pre-commit builds the hook from the sources, and runs it on a commit that adds a bug."""
        left_out = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis")
        shutil.copytree(ROOT, tmp_path / "sources", ignore=left_out)
        env = {**os.environ, **GIT, "PRE_COMMIT_HOME": str(tmp_path / "home")}
        for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
            subprocess.run(["git", "-C", tmp_path / "sources", *command], env=env, check=True)
        repository = committed(tmp_path / "linux", CLEAN)
        tried = [sys.executable, "-m", "pre_commit", "try-repo", tmp_path / "sources", hook, "--files", "mm/x.c"]
        for text, status in ((BAD, 1), (EMPTY, 0)):
            (repository / "mm/x.c").write_text(text)
            subprocess.run(["git", "-C", repository, "add", "."], env=env, check=True)
            done = subprocess.run(tried, cwd=repository, env=env, capture_output=True, text=True, check=False)
            assert done.returncode == status, done.stdout
            assert ("ptl is unlocked twice" in done.stdout) is bool(status)
            assert ("Passed" in done.stdout) is not bool(status)


class Patchwork(BaseHTTPRequestHandler):
    """As much of patchwork's API as the step uses: patches by message id, and checks that are posted."""

    known = MappingProxyType(
        {"20260203090000.5001-1-robin@example.org": 7, "20260203090000.5002-2-robin@example.org": 8}
    )
    posted: ClassVar[list] = []

    def do_GET(self):
        asked = urlsplit(self.path)
        assert asked.path == "/api/patches/"
        (msgid,) = parse_qs(asked.query)["msgid"]
        self.answer(200, [{"id": self.known[msgid]}] if msgid in self.known else [])

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.posted.append((self.path, self.headers["Authorization"], body))
        self.answer(201, body)

    def answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


@pytest.fixture
def patchwork():
    for program in ("jq", "curl"):
        if not shutil.which(program):
            pytest.skip(f"no {program}: apt install {program}")
    Patchwork.posted = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Patchwork) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class TestList:
    SCRIPT = ROOT / ".ci/list.sh"

    def step(self, tmp_path, path, patchwork, *patches):
        return ran([self.SCRIPT, *patches], tmp_path, path, PATCHWORK=patchwork, PATCHWORK_TOKEN="x1", TREE="")

    def test_a_check_for_each_patch_and_drafts(self, tmp_path, path, patchwork):
        done = self.step(tmp_path, path, patchwork, SERIES)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert [(where, who, body["state"]) for where, who, body in Patchwork.posted] == [
            ("/api/patches/7/checks/", "Token x1", "fail"), ("/api/patches/8/checks/", "Token x1", "success"),
        ]  # fmt: skip
        assert (tmp_path / "drafts.mbox").read_text().count("\nIn-Reply-To: ") == 1

    def test_a_patch_patchwork_does_not_know(self, tmp_path, path, patchwork):
        done = self.step(tmp_path, path, patchwork, DOUBLE_UNLOCK)
        assert done.returncode == 0, done.stderr
        assert done.stdout == "patchwork does not know 20260203081244.4711-1-robin@example.org\n"
        assert not Patchwork.posted

    def test_a_patch_that_cannot_be_read_is_a_check_too(self, tmp_path, path, patchwork):
        done = self.step(tmp_path, path, patchwork, TRUNCATED)
        assert done.returncode == 0, done.stderr
        assert "hunk is shorter than its header says" in (tmp_path / "checks.jsonl").read_text()

    def test_wrong_usage_ends_it(self, tmp_path, path, patchwork):
        assert self.step(tmp_path, path, patchwork).returncode != 0

    def test_it_has_fifteen_lines(self):
        assert len(self.SCRIPT.read_text().splitlines()) <= 15


class TestNipa:
    """As nipa's tests/patch are called: the tree is the working directory, the patch is HEAD."""

    DIRECTORY = ROOT / ".ci/nipa"

    @pytest.mark.parametrize(
        ("text", "status", "said"),
        [
            (EMPTY, 0, "no findings\n"),
            (BAD, 1, "1 error: unlock-after-wait in x_wait()\n"),
            (STALE, 250, "1 warning: stale-reference in x_wait()\n"),
        ],
    )
    def test_status_and_description(self, tmp_path, path, text, status, said):
        repository = committed(tmp_path / "linux", CLEAN, text)
        read, write = os.pipe()
        (program,) = json.loads((self.DIRECTORY / "info.json").read_text())["run"]
        env = {**os.environ, **GIT, "PATH": path, "PYTHONPATH": str(ROOT), "DESC_FD": str(write)}
        script = self.DIRECTORY / program
        done = subprocess.run(script, cwd=repository, env=env, pass_fds=[write], capture_output=True, check=False)
        os.close(write)
        with os.fdopen(read) as description:
            assert description.read() == said
        assert done.returncode == status, done.stderr


@pytest.mark.parametrize("script", sorted((ROOT / ".ci").rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_can_be_run(script):
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
