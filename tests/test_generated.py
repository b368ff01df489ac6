"""Generated patches on real kernel files: what we make of them equals what `git apply` makes of them, byte for byte.

A seed chooses files, edits (lines put in, taken out, moved, indented anew, the last newline), the context of the diff,
a rename or a copy, and what happened to the tree meanwhile: nothing, lines elsewhere (offsets), lines in the hunks
(refusals).  Where git refuses we refuse, and name the same hunk.  Bytes are taken from a tree, never kept.
"""

import random
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from patching import Tree, git, git_diff, one

from kpatchlint.errors import UserError
from kpatchlint.patch.change import applied

DIRECTORIES = ("mm", "fs", "kernel", "lib", "arch/x86/mm", "include/linux", "drivers/base", "net/core")
BATCHES, IN_BATCH = 10, 40
SMALLEST, LARGEST = 60, 120_000


def files_of(root):
    found = [path for name in DIRECTORIES for path in sorted((root / name).glob("*.[ch]"))]
    return [path for path in found if SMALLEST < path.stat().st_size < LARGEST]


def edited(rows, choose, near=None):
    """The lines after a few edits; with `near`, edits close to those rows only."""
    rows = list(rows)
    for _ in range(choose.randint(1, 6)):
        at = choose.choice(near) + choose.randint(-3, 3) if near else choose.randrange(len(rows) + 1)
        at = max(min(at, len(rows)), 0)
        kind = choose.choice(("in", "in", "out", "change", "blanks", "twice", "move"))
        here = rows[at : at + choose.randint(1, 4)]
        if kind == "in":
            rows[at:at] = choose.choice(([b"\tx_more(a);\n"], [b"\n"], [b"}\n", b"\n"], rows[:3]))
        elif kind == "out":
            del rows[at : at + len(here)]
        elif kind == "change":
            rows[at : at + 1] = [b"\tx_other(b);\n"]
        elif kind == "blanks":
            rows[at : at + len(here)] = [line.replace(b"\t", b"        ", 1) for line in here]
        elif kind == "twice":
            rows[at:at] = here
        else:
            del rows[at : at + len(here)]
            to = choose.randrange(len(rows) + 1)
            rows[to:to] = here
    if rows and choose.random() < 0.15:
        rows[-1] = rows[-1].removesuffix(b"\n")
    return rows


def header(old, new, choose):
    """The lines above `---` of a git diff, and the name of what it changes."""
    verb = choose.choice(("", "", "", "rename", "copy")) if old == new else ""
    name = new if not verb else f"{new}.moved.c"
    head = f"diff --git a/{old} b/{name}\n"
    if verb:
        head += f"similarity index 90%\n{verb} from {old}\n{verb} to {name}\n"
    return f"{head}--- a/{old}\n+++ b/{name}\n".encode()


def generated(path, data, choose):
    """A diff of the file, and the tree it is to be applied to: None where the edits cancel out."""
    rows = data.splitlines(keepends=True)
    new = b"".join(edited(rows, choose))
    diff = git_diff(data, new, choose.choice((1, 2, 3, 3, 3, 5)))
    if not diff:
        return None
    hunks = diff[diff.index(b"\n@@") + 1 :]
    touched = [int(start) for start in re.findall(rb"^@@ -(\d+)", hunks, re.MULTILINE)]
    drift = choose.choice(("none", "offset", "conflict"))
    if drift == "offset":
        at = choose.randrange(len(rows) + 1)
        rows[at:at] = [b"/* put in */\n"] * choose.randint(1, 60)
    elif drift == "conflict":
        rows = edited(rows, choose, touched)
    return header(path, path, choose) + hunks, {path: b"".join(rows)}


def of_git(diff, files):
    """The files as `git apply` leaves them, or where it says that it fails."""
    with TemporaryDirectory() as directory:
        for path, text in files.items():
            target = Path(directory, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text)
        ran = git("apply", "--whitespace=nowarn", "-", cwd=directory, data=diff)
        if ran.returncode:
            return re.search(rb"error: patch failed: (.*)", ran.stderr)[1].decode()
        found = (path for path in Path(directory).rglob("*") if path.is_file())
        return {path.relative_to(directory).as_posix(): path.read_bytes() for path in found}


def of_ours(diff, files):
    try:
        state = applied(one(diff), Tree(files), {})[1]
    except UserError as error:
        return re.search(r"does not apply to (\S+)", error.what)[1]
    return {path: text for path, text in {**files, **state}.items() if text is not None}


@pytest.mark.tree
@pytest.mark.slow
@pytest.mark.parametrize("batch", range(BATCHES))
@pytest.mark.parametrize("version", ["6.1", "6.12"])
def test_it_is_what_git_apply_makes_of_it(version, batch, request):
    root = request.getfixturevalue(f"tree_{version.replace('.', '_')}")
    choose = random.Random(f"{version} {batch}")
    files = files_of(root)
    seen = {"applied": 0, "refused": 0}
    while sum(seen.values()) < IN_BATCH:
        paths = choose.sample(files, choose.choice((1, 1, 1, 2, 3)))
        parts = [generated(path.relative_to(root).as_posix(), path.read_bytes(), choose) for path in paths]
        if None in parts:
            continue
        diff = b"".join(part for part, _ in parts)
        tree = {path: text for _, one_file in parts for path, text in one_file.items()}
        expected, found = of_git(diff, tree), of_ours(diff, tree)
        assert found == expected, f"{paths}, patch {sum(seen.values())} of the batch"
        seen["refused" if isinstance(expected, str) else "applied"] += 1
    assert seen["applied"] > IN_BATCH / 3
    assert seen["refused"] > IN_BATCH / 20


def test_where_git_refuses_we_name_the_same_hunk():
    old = b"".join(b"line %d\n" % number for number in range(1, 80))
    diff = git_diff(old, old.replace(b"line 9\n", b"").replace(b"line 60\n", b"other\n"), 3)
    diff = b"--- a/x.c\n+++ b/x.c\n" + diff[diff.index(b"@@") :]
    files = {"x.c": old.replace(b"line 61\n", b"")}
    assert of_git(diff, files) == of_ours(diff, files) == "x.c:57"
