"""What the flow analysis costs, function by function: `python bench/functions.py TREE [PATH...]` (mm by default).

Prints how many functions a scan analyses, the median and the 99 % quantile of the time for one (callees that nobody
asked for before are its own), transfers and how many reached a bound, and the slowest five.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from kpatchlint.check import Loaded
from kpatchlint.examine import Text
from kpatchlint.flow.exits import exit_events
from kpatchlint.flow.paths import Flow
from kpatchlint.source import Source
from kpatchlint.tree.checkout import Checkout

Row = tuple[float, str, Flow]


def rows(root: Path, paths: Sequence[str]) -> Iterator[Row]:
    """Seconds, path and flow of every function with a trigger word in it."""
    loaded = Loaded((), Checkout(root))
    for path in Checkout(root).files(paths):
        data = (root / path).read_bytes()
        if loaded.trigger_words.search(data):
            text = Text(Source(path, data), loaded.of_tree)
            for function in text.unit.functions:
                if loaded.trigger_words.search(data, function.start, function.end):
                    yield from _timed(text, path, function.name)


def _timed(text: Text, path: str, name: str) -> Iterator[Row]:
    for body in text.bodies(name):
        begun = time.process_time()
        flow = text.program.checked(body)
        exit_events(flow, text.program.knowledge)
        yield time.process_time() - begun, path, flow


def quantile(values: Sequence[float], part: float) -> float:
    """The value below which `part` of the values lie."""
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def main() -> None:
    """The command."""
    found = list(rows(Path(sys.argv[1]), sys.argv[2:] or ["mm"]))
    seconds, transfers = [row[0] for row in found], [row[2].transfers for row in found]
    bounded = [row[2].function.name for row in found if row[2].cut or not row[2].complete]
    print(f"{len(found)} functions, {sum(seconds):.0f} s; at a bound: {', '.join(bounded) or 'none'}")
    for label, values in (("seconds", seconds), ("transfers", transfers)):
        print(f"{label}: median {quantile(values, 0.5):.4g}, 99 % {quantile(values, 0.99):.4g}, most {max(values):.4g}")
    for took, path, flow in sorted(found, key=lambda row: -row[0])[:5]:
        print(f"{took:6.2f} s  {flow.function.name} ({path}), {flow.transfers} transfers")


if __name__ == "__main__":
    main()
