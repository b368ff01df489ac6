"""README's table of speed: `python bench/speed.py TREE [--whole] [--write]`, TREE a kernel tree or a repository of one.

Everything is measured in one run on one machine, so what counts is the ratio to a peer of the same run: Coccinelle with
rules of our own that ask the same (`bench/cocci`), checkpatch of the tree, `rg` for the trigger words, and the floor, a
Python that imports what kpatchlint is made of.  Needs hyperfine, ripgrep, coccinelle and perl; what is missing is said.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path

from kpatchlint.loaded import Loaded
from kpatchlint.tree.checkout import Checkout

ROOT = Path(__file__).resolve().parent.parent
START, END = "<!-- speed: python bench/speed.py TREE --write -->", "<!-- /speed -->"
FLOOR = [sys.executable, "-c", "import click, tree_sitter, tree_sitter_c, unidiff"]
LINT = [sys.executable, "-m", "kpatchlint"]
# a cold scan takes minutes, and is not quicker the second time
RUNS = {"quick": ("--warmup", "2", "--runs", "10"), "slow": ("--runs", "1")}


@dataclass(frozen=True)
class Row:
    """One line of the table: `budget` times the row `peer` is what the design allows."""

    name: str
    command: Sequence[str]
    runs: str = "quick"
    peer: str = ""
    budget: float = 0.0


@dataclass(frozen=True)
class Measured:
    """Mean wall-clock seconds of a command; None when a program is missing."""

    row: Row
    seconds: float | None


def rows(tree: Path, patch: Path) -> Iterator[Row]:
    """What is measured, peers first."""
    words = "|".join(sorted(Loaded((), Checkout(tree)).of_tree.knowledge.triggers))
    mm = str(tree / "mm")
    yield Row("import floor", FLOOR)
    yield Row("checkpatch", ["perl", str(tree / "scripts/checkpatch.pl"), "--no-tree", "-q", str(patch)])
    yield Row("`check`", [*LINT, "check", str(patch)], "quick", "import floor", 2)
    yield Row("`check --tree`", [*LINT, "check", "--tree", str(tree), str(patch)], "quick", "import floor", 3)
    yield Row("`rg`, the whole tree", ["rg", "-l", "-w", words, str(tree)])
    yield Row("Coccinelle, mm/", ["sh", "-c", f"for r in {ROOT}/bench/cocci/*.cocci; do {_spatch(mm)}; done"], "slow")
    yield Row("`scan`, mm/", [*LINT, "scan", mm], "slow", "Coccinelle, mm/", 0.1)
    if "--whole" in sys.argv:
        yield Row("`scan`, the whole tree", [*LINT, "scan", str(tree)], "slow", "`rg`, the whole tree", 10)


def double_unlock(tree: Path) -> str:
    """A patch to a file of 6,000 lines that unlocks twice."""
    path = "mm/memory.c"
    old = (tree / path).read_text().splitlines(keepends=True)
    at = next(number for number, line in enumerate(old) if "pte_unmap_unlock(vmf->pte, vmf->ptl);" in line)
    new = [*old[: at + 1], old[at], *old[at + 1 :]]
    return "".join(unified_diff(old, new, f"a/{path}", f"b/{path}"))


def _spatch(path: str) -> str:
    return f"spatch --very-quiet --no-includes --jobs {os.cpu_count()} --sp-file $r --dir {path}"


def measured(row: Row) -> Measured:
    """The row's command run by hyperfine; a linter that finds something is no failure."""
    if shutil.which(row.command[0]) is None:
        return Measured(row, None)
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = " ".join(f"'{word}'" for word in row.command)
        arguments = ["hyperfine", "--style", "none", "-i", *RUNS[row.runs], "--export-json", out.name, command]
        subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env=_environment())
        return Measured(row, json.loads(Path(out.name).read_text())["results"][0]["mean"])


def _environment() -> dict[str, str]:
    """The caller's, with byte code kept, as an installed program has it."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": tempfile.gettempdir() + "/kpatchlint-bench"}


def table(results: Sequence[Measured]) -> str:
    """The table as Markdown."""
    known = {result.row.name: result.seconds for result in results}
    lines = ["| work | seconds | against | ratio | budget |", "|---|---|---|---|---|"]
    for result in results:
        peer = known.get(result.row.peer)
        ratio = f"{result.seconds / peer:.1f}" if peer and result.seconds else ""
        said = "not installed" if result.seconds is None else f"{result.seconds:.2f}"
        budget = f"{result.row.budget:g}" if result.row.budget else ""
        lines.append(f"| {result.row.name} | {said} | {result.row.peer} | {ratio} | {budget} |")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    """Measure, print, and with `--write` put the table into README."""
    tree = Path(arguments[0]).resolve()
    with tempfile.TemporaryDirectory() as scratch:
        patch = Path(scratch) / "double-unlock.patch"
        patch.write_text(double_unlock(tree))
        results = [measured(row) for row in rows(tree, patch)]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    text = f"{table(results)}\n\nPeak memory of one process: {peak} MB."
    print(text)
    if "--write" in arguments:
        readme = (ROOT / "README.md").read_text()
        before, _, rest = readme.partition(START)
        (ROOT / "README.md").write_text(f"{before}{START}\n{text}\n{END}{rest.partition(END)[2]}")


if __name__ == "__main__":
    main(sys.argv[1:])
