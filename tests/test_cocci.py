"""What speed is compared with: a semantic patch for each flow rule, of the same kinds, that reports what it should."""

import re
import shutil
import subprocess
import tomllib

import pytest
from command import ROOT

from kpatchlint.rule import load_rules

COCCI = ROOT / "bench/cocci"
PATCHES = sorted(path.stem for path in COCCI.glob("*.cocci"))
FLOW = {rule.id for rule in load_rules() if rule.family in ("wait", "map", "entry")}
MARK = "// finding"
MAPS = {"map", "kmap", "kmap_atomic"}


def counterparts():
    """Each rule in README's table with its semantic patches, or a dash, and what is said of it."""
    rows = re.findall(r"^\| ([\w-]+) \| (.+?) \| (.*?) ?\|$", (COCCI / "README.md").read_text(), re.MULTILINE)
    return {rule: (files, said) for rule, files, said in rows if rule != "rule"}


def unanswered(table, rules):
    """Rules without a semantic patch that is there, and without a reason."""
    for rule in sorted(rules):
        files, said = table.get(rule, ("-", ""))
        there = all((COCCI / file).is_file() for file in files.split(", "))
        if not (said if files == "-" else there):
            yield rule


def reported(output):
    """The lines that a diff of spatch marks with a minus."""
    number, lines = 0, []
    for line in output.splitlines():
        if start := re.match(r"@@ -(\d+)", line):
            number = int(start[1])
        elif line[:1] in ("-", " ") and not line.startswith("---"):
            lines += [number] if line[0] == "-" else []
            number += 1
    return lines


def acquirers():
    """The functions that contracts say to acquire each kind, by kind."""
    found = {}
    for path in (ROOT / "rules/contracts").glob("*.toml"):
        for function in tomllib.loads(path.read_text())["function"]:
            for outcome in function.get("outcome", []):
                for kind in outcome.get("acquires", []):
                    found.setdefault(kind.partition(":")[0], set()).add(function["name"])
    return found


def followed_to_the_end(kind):
    """Whether a path that keeps it is told."""
    return kind.get("balanced", True) or kind.get("compared", False)


def kinds(wanted):
    """Kinds of resources that stand on their own."""
    every = tomllib.loads((ROOT / "rules/resources.toml").read_text())["resource"]
    return {name for name, kind in every.items() if "of" not in kind and wanted(name, kind)}


def test_every_flow_rule_has_a_semantic_patch_or_a_reason():
    assert not list(unanswered(counterparts(), FLOW))


def test_a_rule_that_is_not_in_the_table_is_noticed():
    assert list(unanswered(counterparts(), {*FLOW, "no-such-rule"})) == ["no-such-rule"]
    table = {"a": ("-", ""), "b": ("-", "no loops"), "c": ("none.cocci", "")}
    assert list(unanswered(table, table)) == ["a", "c"]


def test_every_semantic_patch_is_in_the_table_and_has_its_file():
    named = {file for files, _ in counterparts().values() for file in files.split(", ")}
    assert named - {"-"} == {f"{name}.cocci" for name in PATCHES}
    assert [name for name in PATCHES if MARK not in (COCCI / f"{name}.c").read_text()] == []


@pytest.mark.parametrize(("name", "wanted"), [
    ("missing-unlock", lambda name, kind: name not in MAPS and followed_to_the_end(kind)),
    ("missing-unmap", lambda name, kind: name in MAPS),
    ("lock-held-twice", lambda name, kind: "nests" not in kind and followed_to_the_end(kind)),
    ("unlock-after-wait", lambda name, kind: name not in MAPS and "switch" not in kind and followed_to_the_end(kind)),
    ("wait-while-locked", lambda name, kind: kind.get("atomic") or kind.get("blocks_wait")),
    ("unmap-order", lambda name, kind: "stack" in kind),
])  # fmt: skip
def test_it_follows_every_kind_that_the_rule_follows(name, wanted):
    words = set(re.findall(r"\w+", (COCCI / f"{name}.cocci").read_text()))
    known = acquirers()
    followed = kinds(wanted)
    assert followed
    assert [kind for kind in sorted(followed) if not known[kind] & words] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PATCHES)
def test_it_reports_what_is_marked_and_nothing_else(name):
    if shutil.which("spatch") is None:
        pytest.skip("no spatch: apt install coccinelle")
    path = COCCI / f"{name}.c"
    command = ["spatch", "--very-quiet", "--no-includes", "--sp-file", str(COCCI / f"{name}.cocci"), str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not ran.stderr.strip()
    marked = [number for number, line in enumerate(path.read_text().splitlines(), 1) if MARK in line]
    assert reported(ran.stdout) == marked
