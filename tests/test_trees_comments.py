"""Comments of whole trees against verdicts that a person gave: tests/trees/comments-<version>.toml.

As in test_trees.py, a finding nobody judged and a verdict whose finding is gone both fail.  Parameters that do not
exist have a second witness, the kernel's own scripts/kernel-doc.
"""

import re
import shutil
import subprocess
import tomllib
from collections import Counter

import msgspec
import pytest
from test_trees import PRECISION, RULES, TREES, VERSIONS, Verdicts, each_scan, each_version, precision

from kpatchlint.c.comments import comments
from kpatchlint.c.dialect import load
from kpatchlint.prose.described import described
from kpatchlint.prose.parameters import unknown_parameters

DIRECTORIES = re.compile(r"(mm|fs/proc|kernel/events|virt|lib|arch/[^/]+/mm)/")
COMMENT_RULES = ("undocumented-null", "doc-contradicts-code")
# where most kernel-docs are
DOCUMENTED = ("arch", "block", "drivers", "lib", "mm")
EXCESS = re.compile(r"^(?:\./)?(\S+?):\d+: warning: Excess function parameter '(\.{3}|\w+)\S*' description in '(\w+)'")
BASE = re.compile(r"\.{3}|\w+")

each_rule = pytest.mark.parametrize("rule", COMMENT_RULES)


def verdicts(version):
    text = (TREES / f"comments-{version}.toml").read_text()
    return msgspec.convert(tomllib.loads(text), Verdicts).finding


def judged(rule):
    return [verdict for version in VERSIONS for verdict in verdicts(version) if verdict.rule == rule]


@each_version
def test_every_verdict_has_a_reason_and_a_rule(version):
    found = verdicts(version)
    assert all(verdict.rule in COMMENT_RULES for verdict in found)
    assert all(len(verdict.why.split()) >= 5 for verdict in found)
    assert len({verdict.key for verdict in found}) == len(found)


@each_rule
def test_a_rule_is_default_only_where_it_is_right(rule):
    assert judged(rule)
    assert RULES[rule].stage == ("default" if precision(judged(rule)) >= PRECISION else "preview")


@each_rule
def test_evidence_says_what_the_verdicts_say(rule):
    count, true = sum(v.count for v in judged(rule)), sum(v.count for v in judged(rule) if v.true)
    assert f"{true} of {count} findings true" in RULES[rule].evidence


@pytest.mark.tree
@pytest.mark.slow
@each_scan
def test_every_finding_was_judged(version, scanned):
    found = [f for f in scanned(version) if f["rule"] in COMMENT_RULES and DIRECTORIES.match(f["path"])]
    counted = Counter((f["path"], f["function"], f["rule"]) for f in found)
    assert counted == {verdict.key: verdict.count for verdict in verdicts(version)}


@pytest.mark.tree
@pytest.mark.slow
def test_the_kernels_own_script_knows_the_same_parameters(tree_6_12):
    if shutil.which("perl") is None:
        pytest.skip("no perl for scripts/kernel-doc")
    dialect, mine = load(), set()
    files = (path for name in DOCUMENTED for path in sorted((tree_6_12 / name).rglob("*.[ch]")))
    texts = {path.relative_to(tree_6_12).as_posix(): path.read_bytes() for path in files}
    names = [name for name, text in texts.items() if b"/**\n" in text]
    for inside in names:
        text = texts[inside]
        pairs = described(text, comments(text), lambda offset: None, lambda word: dialect.action(word) is not None)
        mine |= {(inside, e.function, BASE.match(e.fact("param"))[0]) for e in unknown_parameters(pairs)}
    command = ["perl", "scripts/kernel-doc", "-none", "-Wall", *names]
    said = subprocess.run(command, cwd=tree_6_12, capture_output=True, text=True, errors="replace", check=False)
    matches = filter(None, map(EXCESS.match, said.stderr.splitlines()))
    theirs = {(match[1], match[3], match[2]) for match in matches}
    assert len(mine) >= 100
    assert len(mine & theirs) >= 0.9 * len(mine)
    assert len(mine & theirs) >= 0.9 * len(theirs)
