"""What the pre-commit hook costs: the median of commits with and without it, as a ratio to the import floor.

    python bench/hooks.py [ROUNDS]

The floor is a Python that imports the third-party modules `check` needs.  Everything is timed in turn in one run.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / name) for name in ("tests", "")]

from repository import BETTER, Repository  # noqa: E402

FLOOR = [sys.executable, "-c", "import click, tree_sitter, tree_sitter_c, unidiff, msgspec"]


def timed(call: Callable[[], object]) -> float:
    """Seconds that the call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main(rounds: int) -> None:
    """Print the table."""
    plain, hooked = (Repository.make(Path(tempfile.mkdtemp())) for _ in range(2))
    hooked.kpatchlint("hook", "install", "--event", "pre-commit", "--form", "script")
    other = BETTER.replace("x_note", "x_noted")
    files = {"C file": ("mm/x.c", [BETTER, other]), "other file": ("README", ["a\n", "b\n"])}
    rows: dict[str, list[float]] = {"import floor": []}
    for number in range(rounds):
        rows["import floor"].append(timed(lambda: subprocess.run(FLOOR, check=True)))
        for kind, (name, texts) in files.items():
            for how, repository in (("", plain), (", with the hook", hooked)):
                repository.write({name: texts[number % 2]})
                rows.setdefault(f"commit of one {kind}{how}", []).append(
                    timed(lambda repository=repository: repository.git("commit", "-q", "-m", "x"))
                )
    floor = median(rows["import floor"])
    for name, times in rows.items():
        print(f"{name:40} {1000 * median(times):5.0f} ms  {median(times) / floor:5.2f} x the floor")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 9)
