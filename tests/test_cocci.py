"""What speed is compared with: a semantic patch for each flow rule, of the same kinds, that reports what it should."""

import re
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from command import ROOT

from kpatchlint.rule import load_rules

sys.path.insert(0, str(ROOT / "bench"))

import coccinelle

COCCI = ROOT / "bench/cocci"
PATCHES = [path.stem for path in coccinelle.PATCHES]
FLOW = {rule.id for rule in load_rules() if rule.family in ("wait", "map", "entry")}
MARK = "// finding"
MAPS = {"map", "kmap", "kmap_atomic", "early_map"}


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


def marked(name):
    """File and line of each that a semantic patch must report in the file beside it."""
    lines = enumerate((COCCI / f"{name}.c").read_text().splitlines(), 1)
    return {(f"{name}.c", number) for number, line in lines if MARK in line}


def named(found):
    """Findings by the name of the file alone."""
    return {(Path(file).name, line) for file, line in found}


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


ONE = """@tables@
position p;
expression e;
@@
  map@p(e)

@depends on !tables || other exists@
position tables.p;
typedef pte_t, pmd_t;
@@
* e.tables@p
"""
OTHER = """@tables@
typedef pmd_t, pud_t;
@@
  lock(...)

@extends tables@
typedef pte_t;
@@
* lock(...)
"""


def test_rules_of_the_same_name_stay_apart_in_one_patch():
    text = coccinelle.joined([("un-map", ONE), ("lock", OTHER)])
    assert coccinelle.names(text) == {"un_map_tables", "lock_tables"}
    assert [header for header, _ in coccinelle.RULE.findall(text)] == [
        "un_map_tables", "depends on !un_map_tables || other exists", "lock_tables", "extends lock_tables",
    ]  # fmt: skip
    assert "\nposition un_map_tables.p;\n" in text


def test_what_a_rule_matches_is_not_renamed():
    text = coccinelle.joined([("un-map", ONE), ("lock", OTHER)])
    assert "\n* e.tables@p\n" in text


def test_a_type_is_declared_once_in_one_patch():
    text = coccinelle.joined([("un-map", ONE), ("lock", OTHER)])
    assert re.findall("typedef .*", text) == ["typedef pte_t, pmd_t;", "typedef pud_t;"]


def test_virtual_rules_of_all_stand_once_in_front():
    text = coccinelle.joined([("a", f"virtual patch, report\n\n{ONE}"), ("b", f"virtual report;\n\n{OTHER}")])
    assert re.findall(r"^virtual.*", text, re.MULTILINE) == ["virtual patch, report"]
    assert text.startswith("virtual")


def test_the_one_patch_has_every_rule_and_no_name_of_none():
    text = coccinelle.every_rule()
    rules = coccinelle.RULE.findall(text)
    each = [coccinelle.RULE.findall(path.read_text()) for path in coccinelle.PATCHES]
    assert len(rules) == sum(map(len, each))
    names = [header.split()[0] for header, _ in rules if header and not header.startswith("depends")]
    inherited = {name for _, declared in rules for name in re.findall(r"(\w+)\.\w", declared)}
    asked = {name for header, _ in rules for name in re.findall(r"\w+_\w+", header.partition("depends on")[2])}
    assert len(names) == len(set(names))
    assert inherited
    assert asked
    assert inherited | asked <= set(names)


def test_lines_with_a_minus_are_what_spatch_found():
    diff = "diff -u -p a.c b.c\n--- a.c\n+++ b.c\n@@ -7,3 +7,1 @@ f\n x\n-y\n-z\n--- b.c\n+++ c.c\n@@ -1 +1,0 @@\n-y\n"
    assert list(coccinelle.findings(diff)) == [("a.c", 8), ("a.c", 9), ("b.c", 1)]


@pytest.fixture
def spatch():
    if shutil.which("spatch") is None:
        pytest.skip("no spatch: apt install coccinelle")


@pytest.mark.slow
@pytest.mark.usefixtures("spatch")
@pytest.mark.parametrize("name", PATCHES)
def test_it_reports_what_is_marked_and_nothing_else(name, capfd):
    found, _ = coccinelle.found([COCCI / f"{name}.cocci"], COCCI / f"{name}.c")
    assert not capfd.readouterr().err.strip()
    assert named(found) == marked(name)


@pytest.mark.slow
@pytest.mark.usefixtures("spatch")
def test_one_run_over_all_rules_finds_what_a_run_for_each_finds(tmp_path, capfd):
    for name in PATCHES:
        shutil.copy(COCCI / f"{name}.c", tmp_path)
    patch = tmp_path / "every-rule.cocci"
    patch.write_text(coccinelle.every_rule())
    once, _ = coccinelle.found([patch], tmp_path)
    each, _ = coccinelle.found(coccinelle.PATCHES, tmp_path)
    assert not capfd.readouterr().err.strip()
    assert once == each
    assert set().union(*map(marked, PATCHES)) <= named(once)


@pytest.mark.slow
@pytest.mark.usefixtures("spatch")
def test_what_only_one_of_both_finds_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(coccinelle, "every_rule", lambda: (COCCI / "stale-entry.cocci").read_text())
    shutil.copy(COCCI / "unmap-order.c", tmp_path)
    lines = list(coccinelle.compared(tmp_path, tmp_path))
    assert {line.rsplit(":", 1)[0] for line in lines[2:]} == {f"only a run for each: {tmp_path}/unmap-order.c"}
