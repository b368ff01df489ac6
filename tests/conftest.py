"""Shared fixtures: real kernel trees are found, never fetched by a test run on a user's machine."""

import os
import platform
import subprocess
import sys
import tomllib
from fcntl import LOCK_EX, flock
from pathlib import Path

import msgspec
import pytest

from kpatchlint.garbage import collect_seldom

collect_seldom()

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
HAS_WHEELS = platform.machine() in ("x86_64", "aarch64", "arm64", "AMD64")
needs_wheels = pytest.mark.skipif(not HAS_WHEELS, reason="the library is not installed on such a machine")


@pytest.fixture(autouse=True, scope="session")
def a_cache_of_its_own(tmp_path_factory):
    """No test reads or leaves anything in the cache of whoever runs it; real trees share one that is named."""
    with pytest.MonkeyPatch.context() as patch:
        named = os.environ.get("KPATCHLINT_TEST_CACHE")
        patch.setenv("KPATCHLINT_CACHE", named or str(tmp_path_factory.mktemp("cache") / "trees.sqlite"))
        yield


@pytest.fixture(autouse=True, scope="session")
def nobodys_settings(tmp_path_factory):
    """No test depends on the settings file of whoever runs it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("xdg-config")))
        for name in ("NO_COLOR", "FORCE_COLOR"):
            patch.delenv(name, raising=False)
        yield


def kernel_tree(version):
    """The real tree of `version`, or a skip that says how to get one."""
    named = os.environ.get(f"KPATCHLINT_TREE_{version.replace('.', '_')}")
    if named:
        return Path(named)
    cached = Path.home() / ".cache/kernel-trees" / f"linux-source-{version}"
    if (cached / ".complete").exists():
        return cached
    script = SHARED / "kernel-tree"
    if os.environ.get("CI") and script.exists():
        run = subprocess.run([script, version], capture_output=True, text=True, check=False)
        if run.returncode == 0:
            return Path(run.stdout.strip())
    pytest.skip(f"no kernel tree {version}: set KPATCHLINT_TREE_{version.replace('.', '_')} to one")


@pytest.fixture(scope="session")
def git_6_12():
    """A git repository whose one commit is the real tree, or a skip that says how to get one."""
    named = os.environ.get("KPATCHLINT_GIT_6_12")
    cached = Path.home() / ".cache/kernel-trees/linux-git-6.12"
    if named or (cached / ".complete").exists():
        return Path(named or cached)
    script = SHARED / "kernel-tree"
    if os.environ.get("CI") and script.exists():
        run = subprocess.run([script, "6.12", "--git"], capture_output=True, text=True, check=False)
        if run.returncode == 0:
            return Path(run.stdout.strip())
    pytest.skip("no repository of 6.12: set KPATCHLINT_GIT_6_12 to one, or run ../shared/kernel-tree 6.12 --git")


@pytest.fixture(scope="session")
def tree_6_12():
    return kernel_tree("6.12")


@pytest.fixture(scope="session")
def tree_6_1():
    return kernel_tree("6.1")


@pytest.fixture(scope="session")
def shared():
    if not SHARED.is_dir():
        pytest.skip("no ../shared directory beside the checkout")
    return SHARED


# what verdicts on whole trees are about, tests/trees/*.toml
TREES = Path(__file__).resolve().parent / "trees"
JUDGED = ("mm", "fs", "arch/*/mm", "arch/*/kernel", "kernel/events", "virt", "lib")
SCAN = [sys.executable, "-c", "from kpatchlint.cli import main; main()", "scan", "--format", "json"]


def scan_of(root, version):
    """The report on the judged directories of a tree, and on judged files elsewhere, as JSON."""
    elsewhere = tomllib.loads((TREES / f"{version}.toml").read_text()).get("files", ())
    paths = [str(path) for pattern in (*JUDGED, *elsewhere) for path in sorted(root.glob(pattern))]
    run = subprocess.run([*SCAN, *paths], capture_output=True, check=False)
    assert run.returncode == 1, run.stderr.decode()
    return run.stdout


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """What takes minutes is computed by one process of a test run and read by the others."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base

    def of(name, compute):
        kept = root / name
        with (root / f"{name}.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            if not kept.exists():
                kept.write_bytes(compute())
        return kept.read_bytes()

    return of


@pytest.fixture(scope="session")
def scanned(once):
    """The findings of one scan of a real tree, for every question about them."""

    def of(version):
        root = kernel_tree(version)
        return msgspec.json.decode(once(f"scan-{version}.json", lambda: scan_of(root, version)))["findings"]

    return of


def pytest_collection_modifyitems(items):
    """What shares minutes of work comes first, so that no process is left alone with it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite the files under tests/golden")
    parser.addoption("--fuzz", type=int, default=60, help="how many mutated mails, and C files, are tried")


@pytest.fixture
def some_version(monkeypatch):
    """Reports that name a version, in goldens."""
    monkeypatch.setattr("kpatchlint.report.about.installed", lambda name: "1.2.3")


@pytest.fixture
def golden(request):
    """Compare a text with a file under tests/golden; `--update-golden` rewrites the file."""

    def compare(name, text):
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        assert path.is_file(), f"{path} is not there: pytest --update-golden"
        assert text == path.read_text()

    return compare
