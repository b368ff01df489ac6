"""The patches of Debian's kernel source package, as `apt-get source` gives it: real ones, by some hundred hands.

Only the small archive with the packaging is fetched, through apt with lists of its own; the machine's are left alone.
Seen with linux 6.1.176-1 of bookworm: 238 patches, 641 files, 1281 hunks.
"""

import subprocess
import tarfile
from pathlib import Path
from shutil import which

import pytest
from command import run
from patching import git

from kpatchlint.patch.change import fragments
from kpatchlint.patch.diff import changes
from kpatchlint.patch.mail import read_mails

SUITE, FEWEST = "bookworm", 200
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SOURCE = f"deb-src [signed-by={KEYRING}] http://deb.debian.org/debian {SUITE} main\n"

pytestmark = pytest.mark.network


def apt_get(directory, *arguments):
    own = [f"Dir::State::lists={directory}/lists", f"Dir::Etc::sourcelist={directory}/sources.list"]
    own += ["Dir::Etc::sourceparts=-", "Acquire::Retries=2", "Acquire::http::Timeout=20"]
    options = [word for option in own for word in ("-o", option)]
    command = ["apt-get", "-q", *options, *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def patches(tmp_path_factory):
    """Every `.patch` file of the package."""
    if not which("apt-get") or not KEYRING.exists():
        pytest.skip("no Debian: apt-get and debian-archive-keyring are needed to fetch the kernel's source package")
    directory = tmp_path_factory.mktemp("linux")
    (directory / "lists" / "partial").mkdir(parents=True)
    (directory / "sources.list").write_text(SOURCE)
    for arguments in (("update",), ("source", "--diff-only", "--download-only", "linux")):
        ran = apt_get(directory, *arguments)
    archives = list(directory.glob("linux_*.debian.tar.xz"))
    if not archives:
        pytest.skip(f"apt-get source linux of {SUITE} gave nothing: {ran.stderr.strip()[-200:]}")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(directory / "linux", filter="data")
    found = sorted((directory / "linux").rglob("*.patch"))
    assert len(found) >= FEWEST
    return found


def lines(files):
    """How many lines each file of a diff gains and loses, as `git apply --numstat` counts them."""
    kinds = [(file.path, [line.kind for hunk in file.hunks for line in hunk.lines]) for file in files]
    return sorted((path, found.count("+"), found.count("-")) for path, found in kinds)


def lines_of_git(data, directory):
    told = git("apply", "--numstat", "-", cwd=directory, data=data).stdout.decode()
    rows = (line.split("\t") for line in told.splitlines())
    return sorted((path, int(added), int(removed)) for added, removed, path in rows)


def test_every_patch_is_read_as_git_reads_it(patches):
    for path in patches:
        data = path.read_bytes()
        mails = read_mails(path.name, data)
        assert all(fragments(mail) for mail in mails), path
        files = [file for mail in mails for file in changes(mail)]
        assert lines(files) == lines_of_git(data, path.parent), path


def test_the_whole_quilt_series_is_checked_in_one_run(patches):
    directory = next(path for path in (patches[0], *patches[0].parents) if (path / "series").is_file())
    named = [line for line in (directory / "series").read_text().splitlines() if line and not line.startswith("#")]
    ran = run("check", directory, "--fail-on", "never")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines()[-1].startswith(f"{len(named)} patches, ")
