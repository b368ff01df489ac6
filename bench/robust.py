"""Every C file of a tree through `scan`, one by one: `python bench/robust.py TREE RESULTS [FIRST] [COUNT]`.

Appends a JSON line a file to RESULTS, so that a run that was stopped goes on where it ended, then prints the figures:
crashes (exceptions, dead workers), hangs (no answer within LIMIT seconds), the slowest files, peak memory of the
worker, and the reasons of what was not analysed.  FIRST and COUNT choose a part of the files, in order of their names.
`python bench/robust.py RESULTS` prints the figures of several results together: RESULTS may be named more than once.
"""

import os
import re
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from pathlib import Path

import msgspec

from kpatchlint.loaded import Loaded
from kpatchlint.scan import scan_file
from kpatchlint.tree.checkout import Checkout

# a worker that has not answered after so many seconds of CPU time is stopped: a hang
LIMIT = 300


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one file went: `died` is empty, or the exception, or what ended the worker; `peak` in MB, of its process."""

    path: str
    seconds: float
    peak: int = 0
    functions: int = 0
    findings: int = 0
    bounded: int = 0
    reasons: tuple[str, ...] = ()
    died: str = ""


@cache
def _loaded(root: str) -> Loaded:
    return Loaded((), Checkout(Path(root)))


def scan(root: str, path: str) -> Row:
    """One file, in the worker; the timer ends the process when it takes too long."""
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    begun = time.process_time()
    report = scan_file(path, _loaded(root))
    seconds = time.process_time() - begun
    signal.setitimer(signal.ITIMER_PROF, 0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    reasons = tuple(re.sub(r"line \d+ cannot be read.*", "cannot be read", r.reason) for r in report.unanalyzed)
    found = len(report.findings)
    return Row(path, round(seconds, 3), peak, report.functions, found, report.bounded, reasons)


def rows(root: str, paths: Iterable[str]) -> Iterator[Row]:
    """A row for each file; a worker that died is replaced, and costs the file it had."""
    pool = ProcessPoolExecutor(1)
    for path in paths:
        begun = time.monotonic()
        future = pool.submit(scan, root, path)
        error = future.exception()
        took = round(time.monotonic() - begun, 3)
        if error is None:
            yield future.result()
            continue
        if isinstance(error, BrokenProcessPool):
            pool = ProcessPoolExecutor(1)
        yield Row(path, took, died="hang" if took >= LIMIT else f"{type(error).__name__}: {error}")
    pool.shutdown()


def sweep(root: str, results: Path, first: int, count: int) -> None:
    """The files of the tree that are not in the results yet, appended to them."""
    paths = sorted(Checkout(Path(root)).files(["."]))[first : first + count]
    done = {row.path for row in read(results)} if results.exists() else set()
    with results.open("ab") as out:
        for row in rows(root, (path for path in paths if path not in done)):
            out.write(msgspec.json.encode(row) + b"\n")
            out.flush()


def read(results: Path) -> list[Row]:
    """The rows of a file of results."""
    return [msgspec.json.decode(line, type=Row) for line in results.read_bytes().splitlines()]


def figures(found: Sequence[Row]) -> str:
    """What a run showed."""
    died = [row for row in found if row.died]
    seconds = sorted(row.seconds for row in found)
    quantiles = ", ".join(f"{part:.1%} {seconds[int(len(seconds) * part)]:.2f}" for part in (0.5, 0.99, 0.999))
    reasons = Counter(reason for row in found for reason in row.reasons)
    lines = [
        f"{len(found)} files, {sum(row.functions for row in found)} functions analysed",
        f"{sum(row.findings for row in found)} findings, {sum(row.bounded for row in found)} functions at a bound",
        f"{sum(row.died != 'hang' for row in died)} crashes, {sum(row.died == 'hang' for row in died)} hangs",
        f"{sum(seconds):.0f} s; a file: {quantiles}, most {seconds[-1]:.2f}; peak {max(r.peak for r in found)} MB",
        *(f"{count:6} not analysed: {reason}" for reason, count in reasons.most_common()),
        *(f"{row.seconds:8.2f} s  {row.path}" for row in sorted(found, key=lambda row: -row.seconds)[:10]),
        *(f"DIED {row.path}: {row.died}" for row in died),
    ]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    words = sys.argv[1:]
    if Path(words[0]).is_dir():
        os.nice(19)
        first, count = (int(words[2]) if len(words) > 2 else 0), (int(words[3]) if len(words) > 3 else sys.maxsize)
        sweep(words[0], Path(words[1]), first, count)
        words = words[1:2]
    print(figures([row for name in words for row in read(Path(name))]))


if __name__ == "__main__":
    main()
