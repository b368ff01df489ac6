"""Small git repositories for tests, and a hash of everything in them."""

import hashlib
import os
import subprocess
from pathlib import Path

ENV = {
    **{key: value for key, value in os.environ.items() if not key.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Robin Example",
    "GIT_AUTHOR_EMAIL": "robin@example.org",
    "GIT_COMMITTER_NAME": "Robin Example",
    "GIT_COMMITTER_EMAIL": "robin@example.org",
    "GIT_AUTHOR_DATE": "2026-02-03T09:12:44+0100",
    "GIT_COMMITTER_DATE": "2026-02-03T09:12:44+0100",
    "LC_ALL": "C",
}


def git(directory, *arguments, data=b"", **more):
    """What a git command prints; the test fails where it does."""
    ran = subprocess.run(
        ["git", *arguments], cwd=directory, input=data, capture_output=True, env={**ENV, **more}, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout


def repository(directory, *commits):
    """A repository at `directory` with a commit for each (subject, {path: text or None}); the ids of the commits."""
    directory.mkdir(parents=True, exist_ok=True)
    git(directory, "init", "-q", "-b", "main")
    return [commit(directory, subject, files) for subject, files in commits]


def commit(directory, subject, files):
    """One more commit; its id."""
    for path, text in files.items():
        write(directory / path, text)
    git(directory, "add", "-A", "-f")
    git(directory, "commit", "-q", "--allow-empty", "-m", subject)
    return git(directory, "rev-parse", "HEAD").decode().strip()


def write(path, text):
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def everything(directory):
    """What is in a directory, `.git` included: every name, mode, time of change, and content."""
    found = {}
    for path in sorted(Path(directory).rglob("*")):
        told = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path)] = (told.st_mode, told.st_mtime_ns, hashlib.sha256(content).hexdigest())
    return found
