"""Marks below the `---` line of a mail: what is not reported, and what is said of marks in vain."""

import re

import pytest
from command import run
from test_cli import HUNK, MAIL

HEAD = MAIL.removesuffix(b"---\n")
IGNORE = b"kpatchlint: ignore unlock-after-wait - ptl is taken again in patch 3\n"


def mail(*below, above=b""):
    return HEAD + above + b"---\n" + b"".join(below) + b"\n" + HUNK


def said(ran):
    """What is said of marks, without the line it stands on."""
    return re.findall(r"^kpatchlint: <stdin>:\d+: (.*)$", ran.err, re.MULTILINE)


@pytest.mark.parametrize(
    "mark",
    [
        IGNORE,
        b"  KPATCHLINT: Ignore unlock-after-wait -- because\n",
        "kpatchlint: ignore unlock-after-wait – weil\n".encode(),
    ],
)
def test_what_is_ignored_is_counted_not_reported(mark):
    ran = run("check", "-", stdin=mail(b"v2: none\n", mark))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "1 patch, 1 file, 1 function: no findings, 1 suppressed\n"


def test_it_stands_on_its_line_of_the_mail():
    data = mail(b"kpatchlint: ignore no-such-rule - x\n")
    line = int(re.search(r"<stdin>:(\d+): ignores", run("check", "-", stdin=data).err)[1])
    assert data.splitlines()[line - 1] == b"kpatchlint: ignore no-such-rule - x"


def test_it_counts_for_its_own_mail_only():
    head = b"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n"
    ran = run("check", "-", stdin=head + mail(IGNORE) + b"\n" + head + mail())
    assert ran.status == 1
    assert ran.out.endswith("1 finding (1 error), 1 suppressed\n")


@pytest.mark.parametrize(
    ("mark", "why"),
    [
        (b"kpatchlint: ignore no-such-rule - x\n", "no-such-rule, which is no rule"),
        (b"kpatchlint: ignore wait - x\n", "wait, which is no rule"),
        (b"kpatchlint: ignore missing-unlock - x\n", "missing-unlock, which finds nothing"),
        (b"kpatchlint: ignore unlock-after-wait\n", "gives no reason"),
        (b"kpatchlint: ignore unlock-after-wait -\n", "gives no reason"),
        (b"kpatchlint: please\n", "not understood"),
    ],
)
def test_a_mark_in_vain_is_said_and_changes_nothing(mark, why):
    ran = run("check", "-", stdin=mail(mark))
    assert ran.status == 1
    assert "[unlock-after-wait]" in ran.out
    (told,) = said(ran)
    assert why in told
    assert "(cure: " in told


def test_several_rules_in_one_line():
    ran = run("check", "-", stdin=mail(b"kpatchlint: ignore unlock-after-wait, missing-unlock - x\n"))
    assert ran.status == 0
    assert [line.split(",")[0] for line in said(ran)] == ["ignores missing-unlock"]


def test_in_the_commit_message_it_is_not_obeyed():
    ran = run("check", "-", stdin=mail(above=IGNORE))
    assert ran.status == 1
    (told,) = said(ran)
    assert "above the --- line" in told


def test_in_the_diff_it_is_code():
    data = mail().replace(b"+\tspin", b"+\t/*\n+kpatchlint: ignore unlock-after-wait - x */\n+\tspin")
    ran = run("check", "-", stdin=data.replace(b"+10,5", b"+10,7"))
    assert (ran.status, ran.err) == (1, "")


@pytest.mark.parametrize("options", [["--no-suppressions"], ["--config", "{}"]])
def test_a_maintainer_need_not_obey(tmp_path, options):
    (tmp_path / "mine.toml").write_text("suppressions = false\n")
    words = [word.format(tmp_path / "mine.toml") for word in options]
    ran = run("check", *words, "-", stdin=mail(IGNORE))
    assert (ran.status, ran.err) == (1, "")


def test_b4_is_not_told_of_marks():
    """It takes every line on stderr for a failure."""
    ran = run("check", "--format", "b4", "-", stdin=mail(IGNORE, b"kpatchlint: please\n"))
    assert (ran.status, ran.out, ran.err) == (0, "", "")


def test_control_characters_are_shown_not_sent():
    ran = run("check", "-", stdin=mail(b"kpatchlint: ignore \x1b[31m - x\n"))
    assert "\x1b" not in ran.err + ran.out
