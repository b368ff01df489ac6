"""README's table of speed: `python bench/speed.py TREE [--git REPOSITORY] [--slow] [--readme]`, TREE a kernel tree.

Everything is measured in one run on one machine, so what counts is the ratio to a peer of the same run: Coccinelle with
a semantic patch of our own for each flow rule (`bench/cocci`), all in one run of spatch (a run for each, which parses
anew each time, stands beside it), checkpatch of the tree, `rg` for the trigger words, and the floor, a Python that
imports what kpatchlint is made of.  Ratios are of CPU time, user and system, because the machine may have other work,
and beside that of the time on the wall, for which a user waits: kpatchlint and `rg` use all cores, Coccinelle one.
Where a budget is in seconds, it is for the time on the wall.  Cold is without kpatchlint's cache, warm with it; the
kernel's own cache is always warm.  Of several runs the mean counts.  The peers are Debian's packages, and so should the
Python be: one that was built without a profile needs a fifth more.  Needs hyperfine, ripgrep, coccinelle and perl; what
is missing is said.
"""

import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from coccinelle import PATCHES, every_rule, spatch

from kpatchlint.loaded import Loaded
from kpatchlint.tree.checkout import Checkout

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- speed: python bench/speed.py TREE --git REPOSITORY --slow --readme -->", "<!-- /speed -->"
FLOOR = [sys.executable, "-c", "import click, tree_sitter, tree_sitter_c, unidiff"]
LINT = [sys.executable, str(ROOT / "bench/peak.py")]
FLOW = ["--select", "wait,map,entry"]
# what takes minutes is not quicker the second time; what takes seconds differs by a fifth from one time to the next
RUNS = {
    "quick": ("--warmup", "2", "--runs", "40"),
    "once": ("--runs", "1"),
    "warm": ("--warmup", "1", "--runs", "3"),
    "cold": ("--runs", "3"),
    "cold, long": ("--runs", "1"),
    "slow": ("--runs", "1"),
}
SLOW = ("warm", "cold", "cold, long", "slow")
NOT_INSTALLED, NOT_MEASURED, FAILED = "not installed", "not measured", "failed"
MAILS = 500
FLOORS, RG = "import floor", "`rg -l` of the trigger words, whole tree"
COCCI = f"Coccinelle, {len(PATCHES)} rules, mm/, one run"
COCCI_EACH = f"Coccinelle, {len(PATCHES)} rules, mm/, a run for each"
HEADINGS = ("work", "CPU seconds", "on the wall", "against", "ratio of CPU", "of the wall", "budget")
# A statement of a function, which can stand there twice.
STATEMENT = re.compile(r"\t\w[^\n={}]*;\n")
# One of so many statements.
SPACING = 30
# Lines before and behind it.
AROUND = 6


@dataclass(frozen=True)
class Row:
    """One line of the table: `budget` times the row `peer` is what the design allows, or so many seconds without one.

    runs   how often it is run, see `RUNS`; `cold` throws the cache away before each time
    needs  the program that must be there, when it is not the command itself
    """

    name: str
    command: Sequence[str]
    runs: str = "quick"
    peer: str = ""
    budget: float = 0.0
    needs: str = ""


@dataclass(frozen=True)
class Measured:
    """CPU seconds of a command, and those on the wall; None when there are none, and why."""

    row: Row
    seconds: float | None
    wall: float = 0.0
    instead: str = NOT_INSTALLED


def rows(tree: Path, repository: Path, patch: Path, mails: Path, rules: Path) -> Iterator[Row]:
    """What is measured; a peer just before what it is compared with, as machines are quicker in some minutes.

    rules  the semantic patch of all rules
    """
    scan = [*LINT, "scan", "-q"]
    yield Row(FLOORS, FLOOR)
    yield Row("`check`, one mail", [*LINT, "check", str(patch)], "quick", FLOORS, 2)
    with_tree = [*LINT, "check", "--tree", str(repository), str(patch)]
    yield Row("`check --tree`, one mail, a git repository", with_tree, "quick", FLOORS, 3)
    yield Row("checkpatch, one patch", ["perl", str(tree / "scripts/checkpatch.pl"), "--no-tree", "-q", str(patch)])
    yield Row(f"`check`, {MAILS} mails", [*LINT, "check", str(mails)], "once", "", MAILS / 100)
    words = "|".join(sorted(Loaded((), Checkout(tree)).of_tree.knowledge.triggers))
    yield Row(RG, ["rg", "-l", "-w", words, str(tree)])
    yield Row("`scan`, whole tree, flow rules, cold", [*scan, *FLOW, str(tree)], "cold", RG, 10)
    yield Row("the same, warm", [*scan, *FLOW, str(tree)], "warm", "", 1)
    each = " && ".join(shlex.join(spatch(one, tree / "mm")) for one in PATCHES)
    yield Row(COCCI_EACH, ["sh", "-c", each], "slow", needs="spatch")
    yield Row(COCCI, spatch(rules, tree / "mm"), "slow")
    yield Row("`scan mm/`, flow rules, cold", [*scan, *FLOW, str(tree / "mm")], "cold", COCCI, 0.1)
    yield Row("the same, warm ", [*scan, *FLOW, str(tree / "mm")], "warm", "", 1)
    stale = [*scan, "--select", "stale-reference", str(tree)]
    yield Row("`scan`, whole tree, `stale-reference`, cold", stale, "cold", "", 20)
    yield Row("the same, warm  ", stale, "warm", "", 2)
    yield Row("`scan`, whole tree, all rules, cold", [*scan, str(tree)], "cold, long", "", 20)
    yield Row("the same, warm   ", [*scan, str(tree)], "warm", "", 2)


def double_unlock(tree: Path) -> str:
    """A patch to a file of 6,000 lines that unlocks twice."""
    path = "mm/memory.c"
    old = (tree / path).read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(old) if "pte_unmap_unlock(vmf->pte, vmf->ptl);" in line)
    new = [*old[: at + 1], old[at], *old[at + 1 :]]
    return "".join(unified_diff(old, new, f"a/{path}", f"b/{path}"))


def hunks(tree: Path) -> Iterator[str]:
    """Patches of mm/, each with one statement more at another place."""
    for file in sorted((tree / "mm").glob("*.c")):
        old = file.read_text(errors="replace").splitlines(keepends=True)
        for at in (at for at, line in enumerate(old) if STATEMENT.fullmatch(line)):
            start = max(at - AROUND, 0)
            above, below = old[start : at + 1], old[at + 1 : at + AROUND]
            head = f"@@ -{start + 1},{len(above + below)} +{start + 1},{len(above + below) + 1} @@\n"
            lines = (*(f" {line}" for line in above), f"+{old[at]}", *(f" {line}" for line in below))
            yield f"--- a/mm/{file.name}\n+++ b/mm/{file.name}\n{head}{''.join(lines)}"


def mbox(patches: Iterable[str]) -> str:
    """A mail for each patch."""
    head = "From x Thu Jan  1 00:00:00 2026\nFrom: A <a@example.org>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n"
    numbered = enumerate(patches)
    return "".join(f"{head}Message-Id: <{n}@example.org>\nSubject: [PATCH] {n}\n\nx\n---\n{p}\n" for n, p in numbered)


def measured(row: Row, scratch: Path) -> Measured:
    """The row's command run by hyperfine; a linter that finds something, with status 1, is no failure."""
    if shutil.which(row.needs or row.command[0]) is None:
        return Measured(row, None)
    out = scratch / "times.json"
    prepare = ("--prepare", f"rm -rf {scratch}/cache") if row.runs.startswith("cold") else ()
    arguments = ["hyperfine", "--style", "none", "-i", *RUNS[row.runs], *prepare, "--export-json", str(out)]
    command = [*arguments, shlex.join(row.command)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_environment(scratch))
    result = json.loads(out.read_text())["results"][0]
    if max(result["exit_codes"]) > 1:
        return Measured(row, None, instead=FAILED)
    return Measured(row, result["user"] + result["system"], result["mean"])


def left_out(row: Row) -> Measured:
    """The row of a command that was not run."""
    return Measured(row, None, instead=NOT_MEASURED)


def _environment(scratch: Path) -> dict[str, str]:
    """The caller's, with byte code kept, as an installed program has it, and a cache of our own."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    mine = {"PYTHONPATH": ROOT, "PYTHONPYCACHEPREFIX": scratch / "pyc", "KPATCHLINT_CACHE": scratch / "cache" / "x"}
    mine["PEAK"] = scratch / "peak"
    return kept | {key: str(value) for key, value in mine.items()}


def table(results: Sequence[Measured]) -> str:
    """The table as Markdown."""
    known = {result.row.name: result for result in results}
    lines = [f"| {' | '.join(HEADINGS)} |", "|---" * len(HEADINGS) + "|"]
    for result in results:
        row, peer = result.row, known.get(result.row.peer)
        said = [result.instead, ""] if result.seconds is None else [f"{result.seconds:.2f}", f"{result.wall:.2f}"]
        ratios = [_ratio(result.seconds, peer.seconds), _ratio(result.wall, peer.wall)] if peer else ["", ""]
        unit = "" if row.peer else " s"
        budget = f"{row.budget:g}{unit}" if row.budget else ""
        lines.append(f"| {' | '.join([row.name.strip(), *said, row.peer, *ratios, budget])} |")
    return "\n".join(lines)


def _ratio(one: float | None, other: float | None) -> str:
    times = one / other if one and other else None
    return "" if times is None else f"{times:.{1 if times >= 1 else 2}f}"


def arguments_of(words: Sequence[str]) -> Namespace:
    """The command line."""
    parser = ArgumentParser(description="Measure the table of speed.")
    parser.add_argument("tree", type=Path)
    parser.add_argument("--git", type=Path, help="a git repository of the same tree; without one TREE is given")
    parser.add_argument("--slow", action="store_true", help="mm/ and the whole tree, too: that takes half an hour")
    parser.add_argument("--readme", action="store_true", help="write the table into README")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> None:
    """Measure, print, and with `--readme` put the table into README."""
    given = arguments_of(words)
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        patch, mails = scratch / "double-unlock.patch", scratch / "mails.mbox"
        rules = scratch / "every-rule.cocci"
        rules.write_text(every_rule())
        patch.write_text(double_unlock(given.tree))
        mails.write_text(mbox(islice(hunks(given.tree), 0, MAILS * SPACING, SPACING)))
        results = []
        for row in rows(given.tree.resolve(), given.git or given.tree, patch, mails, rules):
            results.append(measured(row, scratch) if given.slow or row.runs not in SLOW else left_out(row))
            print(table(results).splitlines()[-1], flush=True)
        peak = max(map(int, (scratch / "peak").read_text().split()))
    python = f"Python {platform.python_version()}, {os.path.realpath(sys.executable)}, {os.cpu_count()} cores"
    made = f"{table(results)}\n\nPeak memory of the largest process of kpatchlint: {peak} MB (budget 500). {python}."
    print(f"\n{made}")
    if given.readme:
        readme = (ROOT / "README.md").read_text()
        before, _, rest = readme.partition(START)
        (ROOT / "README.md").write_text(f"{before}{START}\n{made}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main(sys.argv[1:])
