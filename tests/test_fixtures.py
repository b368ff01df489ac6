"""Fixtures: what is marked is found, and nothing else; and the marks themselves can fail."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from marks import MarkError, complaints, read_fixture

from kpatchlint.data import rules_directory
from kpatchlint.finding import Finding, Note, Report, Unanalyzed
from kpatchlint.rule import load_rules
from kpatchlint.source import Position

ROOT = Path(__file__).resolve().parent.parent
KNOWN = {rule.id for rule in load_rules()}
# other helpers' material, without marks
ELSEWHERE = {"patches", "trees", "model"}
FILES = sorted(
    path.relative_to(ROOT).as_posix() for id_ in KNOWN for path in ROOT.glob(f"fixtures/{id_}/*.c")
)


def test_every_directory_is_a_rule():
    named = {path.parent.relative_to(ROOT / "fixtures").parts[0] for path in ROOT.glob("fixtures/**/*.c")}
    unknown = sorted(named - ELSEWHERE - KNOWN)
    assert not unknown, f"no rule of this name in {rules_directory()} (another checkout? pip install -e .)"


@pytest.mark.parametrize("path", FILES)
def test_marks_are_in_order(path):
    text = (ROOT / path).read_text()
    assert read_fixture(path, text, KNOWN).marks or "ok_" in text


@pytest.mark.parametrize("path", FILES)
def test_fixture(path):
    if find_spec("kpatchlint.check") is None:
        pytest.skip("kpatchlint.check is not written yet")
    from kpatchlint.check import scan_source

    data = (ROOT / path).read_bytes()
    fixture = read_fixture(path, data.decode(), KNOWN)
    said = complaints(fixture, scan_source(path, data, fixture.release))
    assert not said, "\n".join(["", *said])


TEXT = """\
/* A lock is taken and released twice. */
void bad_twice(struct mm_struct *mm, pmd_t *pmd)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);	// note: "taken here"

	spin_unlock(ptl);
	spin_unlock(ptl);			// finding: unlock-after-wait, missing-unmap "twice"
}

/**
 * ok_comment - waits as old_name() did. // false: stale-reference: history
 */
static int ok_comment(void)
{
	return 0;				// unanalyzed: no parse
}
"""
PATH = "fixtures/x.c"


def finding(
    line, rule, message="ptl is unlocked twice", function="bad_twice", notes=((4, "ptl taken here"),)
):
    told = tuple(Note(Position(PATH, row, 1), text) for row, text in notes)
    return Finding(rule, "wait", "error", Position(PATH, line, 1), function, message, "", told)


RIGHT = (finding(7, "unlock-after-wait"), finding(7, "missing-unmap"), finding(11, "stale-reference"))
RANGE = (Unanalyzed(PATH, 14, 16, "no parse"),)


def against(text, findings=RIGHT, unanalyzed=RANGE):
    return complaints(read_fixture(PATH, text, KNOWN), Report(findings, unanalyzed))


def test_agreement_is_silent():
    assert against(TEXT) == []


@pytest.mark.parametrize(
    ("findings", "unanalyzed", "says"),
    [
        (RIGHT[1:], RANGE, "x.c:7: unlock-after-wait is not found"),
        ((*RIGHT, finding(6, "unlock-after-wait")), RANGE, "x.c:6: unexpected"),
        ((*RIGHT, finding(7, "unmap-order")), RANGE, "x.c:7: unexpected"),
        ((*RIGHT[1:], finding(8, "unlock-after-wait")), RANGE, "x.c:7: unlock-after-wait is not found"),
        (tuple(finding(f.position.line, f.rule, "other") for f in RIGHT), RANGE, "'twice' is not in"),
        (tuple(finding(f.position.line, f.rule, notes=()) for f in RIGHT), RANGE, "x.c:4: note 'taken here'"),
        (tuple(finding(f.position.line, f.rule, function="g") for f in RIGHT), RANGE, "x.c:4: note"),
        (RIGHT[:2], RANGE, "x.c:11: stale-reference is no longer found"),
        (RIGHT, (), "x.c:15: is not reported as not analysed"),
        (RIGHT, (*RANGE, Unanalyzed(PATH, 4, 4, "why")), "x.c:4-4: not analysed: why"),
    ],
)
def test_disagreement_is_said(findings, unanalyzed, says):
    assert any(says in text for text in against(TEXT, findings, unanalyzed))


def test_a_missed_one_may_not_be_found():
    text = TEXT.replace('finding: unlock-after-wait, missing-unmap "twice"', "missed: unlock-after-wait: why")
    said = against(text)
    assert "fixtures/x.c:7: unlock-after-wait is found, though marked as missed" in said
    assert not any("unlock-after-wait" in text for text in against(text, RIGHT[1:]))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("unlock-after-wait,", "unlock-after-wiat,", "x.c:7: no rule is called 'unlock-after-wiat'"),
        ("stale-reference: history", "stale-referenze: history", "x.c:11: no rule is called"),
        (": history", "", "x.c:11: false without a reason"),
        ('note: "taken here"', "note: taken here", "x.c:4: cannot read"),
        ('"twice"', '"twice', "x.c:7: cannot read"),
        ("finding: unlock-after-wait, missing-unmap", "finding:", "x.c:7: cannot read"),
        ("bad_twice", "twice", "x.c:3: the function is called neither"),
        ("bad_twice", "ok_twice", "x.c:8: something is marked in ok_twice"),
        ("ok_comment", "bad_comment", "x.c:16: nothing is marked in bad_comment"),
    ],
)
def test_a_bad_mark_is_an_error_with_its_line(old, new, says):
    with pytest.raises(MarkError, match=says):
        read_fixture(PATH, TEXT.replace(old, new), KNOWN)


def test_a_release_stands_in_the_first_line():
    assert read_fixture(PATH, TEXT, KNOWN).release == "v6.12"
    assert read_fixture(PATH, "// release: v6.1\n" + TEXT, KNOWN).release == "v6.1"


def test_a_mark_in_a_block_comment():
    text = '/*\n * See old_name().  finding: stale-reference "new_name"\n */\nvoid bad_f(void)\n{\n}\n'
    assert [(m.line, m.ids, m.text) for m in read_fixture(PATH, text, KNOWN).marks] == [
        (2, ("stale-reference",), "new_name")
    ]
