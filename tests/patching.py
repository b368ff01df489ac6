"""What the tests of patches share: a small diff, a tree in memory, and git to compare with."""

import contextlib
import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.patch.change import applied
from kpatchlint.patch.diff import changes
from kpatchlint.patch.mail import parse_date, read_mails

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PATCHES = FIXTURES / "patches"
MINI = FIXTURES / "trees" / "mini"
GIT_ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}

DIFF = b"""\
diff --git a/mm/x.c b/mm/x.c
index 1111111..2222222 100644
--- a/mm/x.c
+++ b/mm/x.c
@@ -3,4 +3,5 @@ int f(void)
 one
-two
+TWO
+more
 three
 four
"""
NEW = b"diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1,2 @@\n+a\n+b\n"
HEAD = b"From: A <a@example.org>\nSubject: [PATCH] x\nDate: Tue, 3 Feb 2026 09:12:44 +0100\n"


class Tree:
    """A tree of a few files, for `applied`."""

    def __init__(self, files):
        self.files = files

    def read(self, path):
        return self.files.get(path)


def fixture(name):
    return read_mails(name, (PATCHES / name).read_bytes())


def one(data, name="x.patch"):
    (mail,) = read_mails(name, data)
    return mail


def error_of(function, *arguments):
    with pytest.raises(UserError) as caught:
        function(*arguments)
    assert caught.value.status == UNREADABLE_PATCH
    assert caught.value.cure
    return caught.value


@contextlib.contextmanager
def user_errors_are_about_patches():
    """A patch may be refused, with the status for it; anything else fails the test."""
    try:
        yield
    except UserError as error:
        if error.status != UNREADABLE_PATCH:
            raise


def new_files(data, files):
    """The files after the patch in `data`."""
    return {**files, **applied(one(data), Tree(files), {})[1]}


def git(*arguments, cwd, data=b""):
    return subprocess.run(["git", *arguments], cwd=cwd, input=data, capture_output=True, env=GIT_ENV)


def git_diff(old, new, context):
    with tempfile.TemporaryDirectory() as directory:
        for side, text in (("a", old), ("b", new)):
            os.mkdir(os.path.join(directory, side))
            Path(directory, side, "f.c").write_bytes(text)
        flags = ["--no-index", "--src-prefix=", "--dst-prefix=", f"-U{context}"]
        return git("diff", *flags, "a/f.c", "b/f.c", cwd=directory).stdout


def git_apply(old, diff):
    """The file as `git apply` leaves it, None when it refuses."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "f.c")
        path.write_bytes(old)
        run = git("apply", "--whitespace=nowarn", "-", cwd=directory, data=diff)
        return path.read_bytes() if run.returncode == 0 else None


def ours(old, diff):
    with user_errors_are_about_patches():
        return new_files(diff, {"f.c": old})["f.c"]
    return None


def paths_of(data):
    """The files that a mail changes."""
    return [file.path for file in changes(one(data))]


def git_mailinfo(data):
    """Subject and day of a mail as `git am --scissors` reads them."""
    with tempfile.TemporaryDirectory() as directory:
        out = git("mailinfo", "--scissors", "msg", "patch", cwd=directory, data=data).stdout.decode()
    found = dict(line.split(": ", 1) for line in out.splitlines() if ": " in line)
    return found["Subject"], parse_date(found["Date"])
