"""Patches applied in memory, against what git does with the same bytes."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from patching import (
    DIFF,
    HEAD,
    MINI,
    NEW,
    PATCHES,
    Tree,
    error_of,
    fixture,
    git_apply,
    git_diff,
    new_files,
    one,
    ours,
    user_errors_are_about_patches,
)

from kpatchlint.patch.change import applied, fragments
from kpatchlint.patch.mail import read_mails
from kpatchlint.source import Source, lines_of
from kpatchlint.tree.checkout import Checkout


def test_applied_to_the_miniature_tree():
    (mail,) = fixture("double-unlock.patch")
    (change,), state = applied(mail, Checkout(MINI), {})
    assert change.before.text == (MINI / "mm/tidemark.c").read_bytes()
    assert state == {"mm/tidemark.c": change.after.text}
    rows = change.after.text.split(b"\n")
    row = rows.index(b"\t\tspin_unlock(ptl);") + 1
    assert row in change.after.touched
    assert mail.lines[change.after.mail_lines[row - 1] - mail.first_line] == b"+\t\tspin_unlock(ptl);"
    assert change.after.mail_lines[0] == 0
    assert len(change.before.mail_lines) == len(change.before.text.splitlines())


def test_series_is_applied_in_order():
    state = {}
    for mail in fixture("series.mbox"):
        _, state = applied(mail, Checkout(MINI), state)
    assert set(state) == {"mm/tidemark.c", "mm/hugegate.c"}
    second = DIFF.replace(b"two", b"TWO").replace(b"+TWO\n", b"+2\n").replace(b"-3,4 +3,5", b"-3,5 +3,6")
    second = second.replace(b" three\n four\n", b" more\n three\n four\n")
    tree = Tree({"mm/x.c": b"a\nb\none\ntwo\nthree\nfour\n"})
    _, state = applied(one(DIFF), tree, {})
    (change,), state = applied(one(second), tree, state)
    assert change.before.text == b"a\nb\none\nTWO\nmore\nthree\nfour\n"
    assert state["mm/x.c"] == b"a\nb\none\n2\nmore\nmore\nthree\nfour\n"


def test_a_hunk_that_does_not_apply_says_so_and_changes_nothing():
    tree, state = Tree({"mm/x.c": b"something\nelse\n"}), {}
    error = error_of(applied, one(HEAD + b"\n" + DIFF), tree, state)
    assert str(error).startswith("x.patch:9: hunk 1 does not apply to mm/x.c:3")
    assert state == {}
    spaced = Tree({"mm/x.c": b"a\nb\none\n  two\nthree\nfour\n"})
    assert "white space" in error_of(applied, one(DIFF), spaced, {}).what


@pytest.mark.parametrize(
    ("diff", "files", "what"),
    [
        (DIFF, {}, "not in the tree"),
        (NEW, {"n.c": b""}, "already in the tree"),
        (b"diff --git a/n b/m\nrename from n\nrename to m\n", {"n": b"a\n", "m": b""}, "already in the tree"),
    ],
)
def test_files_must_be_there_or_not(diff, files, what):
    assert what in error_of(applied, one(diff), Tree(files), {}).what


def test_renames_copies_and_deletions():
    swap = b"diff --git a/x b/y\nrename from x\nrename to y\ndiff --git a/y b/x\nrename from y\nrename to x\n"
    assert new_files(swap, {"x": b"1\n", "y": b"2\n"}) == {"x": b"2\n", "y": b"1\n"}
    copy = b"diff --git a/x b/z\ncopy from x\ncopy to z\n--- a/x\n+++ b/z\n@@ -1 +1 @@\n-1\n+3\n"
    assert new_files(copy, {"x": b"1\n"}) == {"x": b"1\n", "z": b"3\n"}
    gone = b"diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-1\n"
    assert new_files(gone, {"x": b"1\n"}) == {"x": None}


WORDS = [b"a", b"b", b"c", b"", b"\tx();", b"}", b"-- ", b"--- a/x", b"\xff\r", b"+", b"@@"]
LINES = st.lists(st.sampled_from(WORDS), max_size=14)
ENDS = st.sampled_from([b"", b"\n"])
TEXTS = st.builds(lambda lines, end: b"\n".join(lines) + end * bool(lines), LINES, ENDS)
FUZZ = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(TEXTS, TEXTS, st.integers(1, 4))
def test_apply_gives_the_new_text(old, new, context):
    diff = git_diff(old, new, context)
    if old == new:
        assert diff == b""
        return
    assert ours(old, diff) == new


@FUZZ
@given(TEXTS, TEXTS, TEXTS, TEXTS, st.integers(0, 3))
def test_offsets_and_refusals_are_those_of_git_apply(old, new, above, below, context):
    diff = git_diff(old, new, context)
    if not diff:
        return
    drifted = (above + b"\n" if above and not above.endswith(b"\n") else above) + old + below
    assert ours(drifted, diff) == git_apply(drifted, diff)


BLOCK = b" a\n-b\n+c\n a\n"


@pytest.mark.parametrize(
    ("hunks", "text", "expected"),
    [
        # two lines away in both directions: the further one is tried first
        (b"@@ -5,3 +5,3 @@\n" + BLOCK, b"p p a b a q a b a p", b"p p a b a q a c a p"),
        # the second hunk is looked for where the first one has moved its lines to
        (
            b"@@ -1,2 +1,5 @@\n 1\n+x\n+y\n+z\n 2\n@@ -10,3 +13,3 @@\n" + BLOCK,
            b"1 2 3 4 5 6 a b a a b a 7",
            b"1 x y z 2 3 4 5 6 a b a a c a 7",
        ),
        # the second hunk may not use a line that the first one names
        (b"@@ -2,3 +2,3 @@\n" + BLOCK + b"@@ -4,3 +4,3 @@\n a\n-2\n+9\n 3\n", b"1 a b a 2 3", None),
    ],
)
def test_search_order_of_git_apply(hunks, text, expected):
    diff, old = b"--- a/f.c\n+++ b/f.c\n" + hunks, text.replace(b" ", b"\n") + b"\n"
    new = expected and expected.replace(b" ", b"\n") + b"\n"
    assert git_apply(old, diff) == new
    assert ours(old, diff) == new


def test_an_old_line_without_newline_matches_as_in_git():
    diff = b"--- a/f.c\n+++ b/f.c\n@@ -2,2 +2,2 @@\n-a\n+b\n foo\n\\ No newline at end of file\n"
    for text in (b"x\na\nfoo", b"x\na\nfoo\n", b"x\na\nfoo\nbar\n", b"x\na\nfoobar\n", b"y\nx\na\nfoo \n"):
        assert ours(text, diff) == git_apply(text, diff)


@pytest.mark.tree
def test_a_real_file_with_offsets(tree_6_12):
    rows = (tree_6_12 / "mm/memory.c").read_bytes().split(b"\n")
    changed = [b"\tx();" if row % 400 == 399 else line for row, line in enumerate(rows) if row % 500 != 499]
    diff = git_diff(b"\n".join(rows), b"\n".join(changed), 3)
    drifted = b"\n".join([*rows[40:900], b"/* more */", b"", *rows[900:]])
    assert diff.count(b"\n@@") > 20
    assert ours(b"\n".join(rows), diff) == b"\n".join(changed)
    expected = git_apply(drifted, diff)
    assert expected is not None
    assert ours(drifted, diff) == expected


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_mutated_mails_end_in_a_result_or_a_user_error(data):
    names = ["double-unlock.patch", "series.mbox", "quoted-reply.txt", "cover-letter.eml"]
    text = bytearray((PATCHES / data.draw(st.sampled_from(names))).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text) - 1))
        text[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    with user_errors_are_about_patches():
        for mail in read_mails("m", bytes(text)):
            fragments(mail)
            applied(mail, Checkout(MINI), {})


@given(st.binary(max_size=400))
def test_random_bytes_are_read(data):
    with user_errors_are_about_patches():
        for mail in read_mails("m", data):
            fragments(mail)


TEXTS = st.text("ab\r\n\f", max_size=40).map(str.encode)


class TestLines:
    """Only a newline ends a line, whatever else stands there."""

    @given(TEXTS)
    def test_are_cut_behind_newlines(self, text):
        assert lines_of(text) == re.findall(rb"[^\n]*\n|[^\n]+", text)

    @given(TEXTS)
    def test_are_counted_by_newlines(self, text):
        source = Source("x.c", text)
        assert all(source.text_line(at) == text.count(b"\n", 0, at) + 1 for at in range(len(text)))
        assert source.rows == len(lines_of(text))

    @given(TEXTS, st.frozensets(st.integers(1, 8)), st.integers(0, 40), st.integers(1, 40))
    def test_a_range_is_touched_with_one_of_its_lines(self, text, touched, start, size):
        source = Source("x.c", text, touched=touched)
        end = min(start + size, len(text))
        rows = {source.text_line(at) for at in range(start, end)}
        assert start >= end or source.touches(start, end) == bool(rows & touched)
