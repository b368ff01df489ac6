"""The semantic patches of `bench/cocci` in one run of spatch and in a run for each: `python bench/coccinelle.py PATH`.

spatch parses what it looks at once in each run, so one run over all rules is what a reader of all findings would start,
and what speed is compared with; the other way is there to see that the one run finds the same.  One patch is made of
all: names of rules get that of their file in front, so that `tables` of `unmap-order.cocci` is `unmap_order_tables`,
`typedef` declares a type where it is named first, and a line in front all virtual rules.  Assumes that a rule's header
stands on a line of its own, and no scripts.  As a program it prints CPU seconds of both over PATH, and what only one
finds.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

PATCHES = sorted((Path(__file__).resolve().parent / "cocci").glob("*.cocci"))
# Header and declarations of a rule.
RULE = re.compile(r"^@(.*)@\n((?:.*\n)*?)@@$", re.MULTILINE)
VIRTUAL = re.compile(r"^virtual (.*?);?\n", re.MULTILINE)
TYPEDEF = re.compile(r"^typedef (.*);\n", re.MULTILINE)
# What a header without a name begins with.
KEYWORDS = frozenset(("depends", "disable", "exists", "expression", "extends", "forall", "using"))

Finding = tuple[str, int]


def names(patch: str) -> set[str]:
    """The names that a semantic patch gives to rules."""
    first = (header.split()[:1] for header, _ in RULE.findall(patch))
    return {word for words in first for word in words if word not in KEYWORDS}


def prefixed(patch: str, prefix: str) -> str:
    """The patch with `prefix` before each name of a rule, in headers and where a declaration inherits from one."""
    known = "|".join(sorted(names(patch))) or "(?!)"
    named, inherited = re.compile(rf"\b(?=(?:{known})\b)"), re.compile(rf"\b(?=(?:{known})\.)")
    return RULE.sub(lambda rule: f"@{named.sub(prefix, rule[1])}@\n{inherited.sub(prefix, rule[2])}@@", patch)


def declared_once(patch: str) -> str:
    """The patch with its virtual rules in one line in front, and without the types that a `typedef` before declares."""
    virtual = dict.fromkeys(re.findall(r"\w+", " ".join(VIRTUAL.findall(patch))))
    head = f"virtual {', '.join(virtual)}\n" if virtual else ""
    return head + TYPEDEF.sub(_newly_declared, VIRTUAL.sub("", patch))


def _newly_declared(declaration: re.Match[str]) -> str:
    before = " ".join(TYPEDEF.findall(declaration.string[: declaration.start()]))
    types = [name for name in re.findall(r"\w+", declaration[1]) if name not in re.findall(r"\w+", before)]
    return f"typedef {', '.join(types)};\n" if types else ""


def joined(patches: Iterable[tuple[str, str]]) -> str:
    """One semantic patch of many, each given as name and text."""
    return declared_once("\n".join(prefixed(text, re.sub(r"\W", "_", f"{name}_")) for name, text in patches))


def every_rule() -> str:
    """One semantic patch of all in `bench/cocci`."""
    return joined((path.stem, path.read_text()) for path in PATCHES)


def spatch(patch: Path, path: Path) -> list[str]:
    """The command that applies a semantic patch to a file, or to all in a directory; as kpatchlint, without headers."""
    where = ["--dir", str(path)] if path.is_dir() else [str(path)]
    return ["spatch", "--very-quiet", "--no-includes", "--sp-file", str(patch), *where]


def findings(diff: str) -> Iterator[Finding]:
    """File and line of each that spatch's diff marks with a minus."""
    file, number = "", 0
    for line in diff.splitlines():
        if line.startswith("--- "):
            file = line.removeprefix("--- ").partition("\t")[0]
        elif start := re.match(r"@@ -(\d+)", line):
            number = int(start[1])
        elif line[:1] in ("-", " "):
            if line[0] == "-":
                yield file, number
            number += 1


def found(patches: Sequence[Path], path: Path) -> tuple[set[Finding], float]:
    """What a run for each patch finds together, and its CPU seconds; CalledProcessError where spatch fails."""
    before = getrusage(RUSAGE_CHILDREN)
    ran = [subprocess.run(spatch(p, path), check=True, stdout=subprocess.PIPE, text=True) for p in patches]
    after = getrusage(RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {finding for each in ran for finding in findings(each.stdout)}, seconds


def compared(path: Path, scratch: Path) -> Iterator[str]:
    """Lines on what one run and a run for each rule take and find; the patch of all rules goes into `scratch`."""
    patch = scratch / "every-rule.cocci"
    patch.write_text(every_rule())
    (once, quick), (each, slow) = found([patch], path), found(PATCHES, path)
    yield f"one run: {quick:.1f} CPU seconds, {len(once)} lines found"
    yield f"a run for each rule: {slow:.1f} CPU seconds, {len(each)} lines found"
    for title, only in (("only the one run", once - each), ("only a run for each", each - once)):
        yield from (f"{title}: {file}:{line}" for file, line in sorted(only))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        print("\n".join(compared(Path(sys.argv[1]), Path(directory))))
