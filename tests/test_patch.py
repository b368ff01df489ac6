"""Mails, diffs, quoted replies and their application, against what git does with the same bytes."""

import base64
import contextlib
import datetime
import os
import quopri
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.patch.change import applied, fragments
from kpatchlint.patch.diff import changes
from kpatchlint.patch.mail import parse_date, read_mails
from kpatchlint.tree.checkout import Checkout

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PATCHES = FIXTURES / "patches"
MINI = FIXTURES / "trees" / "mini"
GIT_ENV = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}

DIFF = b"""\
diff --git a/mm/x.c b/mm/x.c
index 1111111..2222222 100644
--- a/mm/x.c
+++ b/mm/x.c
@@ -3,4 +3,5 @@ int f(void)
 one
-two
+TWO
+more
 three
 four
"""
NEW = b"diff --git a/n.c b/n.c\nnew file mode 100644\n--- /dev/null\n+++ b/n.c\n@@ -0,0 +1,2 @@\n+a\n+b\n"
HEAD = b"From: A <a@example.org>\nSubject: [PATCH] x\nDate: Tue, 3 Feb 2026 09:12:44 +0100\n"


class Tree:
    """A tree of a few files, for `applied`."""

    def __init__(self, files):
        self.files = files

    def read(self, path):
        return self.files.get(path)


def fixture(name):
    return read_mails(name, (PATCHES / name).read_bytes())


def one(data, name="x.patch"):
    (mail,) = read_mails(name, data)
    return mail


def error_of(function, *arguments):
    with pytest.raises(UserError) as caught:
        function(*arguments)
    assert caught.value.status == UNREADABLE_PATCH
    assert caught.value.cure
    return caught.value


@contextlib.contextmanager
def user_errors_are_about_patches():
    """A patch may be refused, with the status for it; anything else fails the test."""
    try:
        yield
    except UserError as error:
        if error.status != UNREADABLE_PATCH:
            raise


def new_files(data, files):
    """The files after the patch in `data`."""
    return {**files, **applied(one(data), Tree(files), {})[1]}


# mails


def test_mail_of_format_patch():
    (mail,) = fixture("double-unlock.patch")
    assert mail.subject == "[PATCH] mm/tidemark: wait for pages that are being moved"
    assert mail.message_id == "20260203081244.4711-1-robin@example.org"
    assert mail.date == datetime.date(2026, 2, 3)
    text = (PATCHES / "double-unlock.patch").read_bytes().split(b"\n")
    assert mail.lines[0] == text[mail.first_line - 1]
    assert list(mail.lines) == text[mail.first_line - 1 : -1]


def test_mbox_keeps_lines_of_file():
    first, second = fixture("series.mbox")
    text = (PATCHES / "series.mbox").read_bytes().split(b"\n")
    assert (first.number, second.number) == (1, 2)
    assert second.subject.startswith("[PATCH v2 2/2]")
    for mail in (first, second):
        for line in changes(mail)[0].hunks[0].lines:
            assert text[line.mail_line - 1] == line.kind.encode() + line.text


def test_from_line_in_text_does_not_split():
    data = HEAD + b"\nFrom here on it works since 2021\n\n>From 2020 on\n" + DIFF
    assert one(data).lines[2] == b">From 2020 on"


def test_mboxrd_is_undone_in_an_mbox_only():
    envelope = b"From abc Mon Sep 17 00:00:00 2001\n"
    assert b"From me" in one(envelope + HEAD + b"\n>From me\n").lines
    assert b">From me" in one(envelope + HEAD + b"\n>>From me\n").lines


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Mon, 22 Nov 2021 13:15:34 -0500", (2021, 11, 22)),
        ("Mon Nov 22 2021 - 13:15:34 EST", (2021, 11, 22)),
        ("Mon Nov 22 13:15:34 2021 +0100", (2021, 11, 22)),
        ("2021-11-22T13:15:34Z", (2021, 11, 22)),
        ("November 2, 2021", (2021, 11, 2)),
    ],
)
def test_dates(text, day):
    assert parse_date(text) == datetime.date(*day)


@pytest.mark.parametrize("text", ["", "yesterday", "31 Feb 2021", "12 Foo 2021", "99 Nov 2021"])
def test_no_date(text):
    assert parse_date(text) is None


def test_encoded_subject():
    head = HEAD.replace(b"[PATCH] x", b"=?UTF-8?Q?[PATCH]_gr=C3=BC=C3=9Fe?=\n =?x-none?q?=FC?=")
    assert one(head + b"\n").subject == "[PATCH] grüßeü"


def test_raw_diff_has_no_headers():
    mail = one(DIFF)
    assert (mail.subject, mail.date, mail.first_line, len(mail.lines)) == ("", None, 1, 11)


@pytest.mark.parametrize("encode", [base64.encodebytes, quopri.encodestring])
def test_transfer_encodings(encode):
    name = {base64.encodebytes: b"base64", quopri.encodestring: b"quoted-printable"}[encode]
    diff = DIFF.replace(b"TWO", "ZWÖ = 2".encode())
    mail = one(HEAD + b"Content-Transfer-Encoding: " + name + b"\n\n" + encode(diff))
    assert mail.lines == tuple(diff.split(b"\n")[:-1])
    assert mail.first_line == 6


def multipart(*parts):
    body = b"".join(b"--BB\n" + part + b"\n" for part in parts) + b"--BB--\n"
    return HEAD + b'Content-Type: multipart/mixed; boundary="BB"\n\n' + body


def test_multipart_parts_stand_on_their_lines():
    data = multipart(b"Content-Type: text/plain\n\nHello\n", b"Content-Type: text/x-patch\n\n" + DIFF)
    mail = one(data)
    (file,) = changes(mail)
    line = file.hunks[0].lines[1]
    assert data.split(b"\n")[line.mail_line - 1] == b"-two"
    assert mail.lines[0] == b"Hello"


def test_encoded_attachment_is_read_and_html_is_not():
    attached = b"Content-Type: application/octet-stream; name=x.patch\nContent-Transfer-Encoding: base64\n\n"
    html = b"Content-Type: text/html\n\n<pre>\n" + DIFF + b"</pre>\n"
    mail = one(multipart(html, attached + base64.encodebytes(DIFF)))
    assert [file.path for file in changes(mail)] == ["mm/x.c"]


def test_crlf_is_stripped_when_all_lines_have_it():
    data = (HEAD + b"\n" + DIFF).replace(b"\n", b"\r\n")
    assert changes(one(data)) == changes(one(HEAD + b"\n" + DIFF))
    mixed = HEAD + b"\n" + DIFF.replace(b"TWO\n", b"TWO\r\n")
    assert changes(one(mixed))[0].hunks[0].lines[2].text == b"TWO\r"


def test_flowed_mail_is_unstuffed_unless_it_never_was():
    head = HEAD + b"Content-Type: text/plain; format=flowed\n\n"
    stuffed = b"\n".join(b" " + line if line.startswith(b" ") else line for line in DIFF.split(b"\n"))
    assert changes(one(head + stuffed)) == changes(one(head + DIFF))


def test_deep_mime_is_refused_or_read():
    data = HEAD
    for depth in range(3000):
        data += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (depth, depth)
    with user_errors_are_about_patches():
        fragments(one(data + b"\n" + DIFF))


# diffs


def test_hunk_and_its_lines():
    (file,) = changes(one(HEAD + b"\nWords.\n\n" + DIFF + b"-- \n2.39.5\n"))
    (hunk,) = file.hunks
    assert (hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count) == (3, 4, 3, 5)
    assert hunk.heading == "int f(void)"
    assert [line.kind for line in hunk.lines] == [" ", "-", "+", "+", " ", " "]
    assert hunk.line == 11
    assert hunk.lines[1] == ("-", b"two", 13)


def test_message_text_is_no_diff():
    message = b"\n+++ x\n@@ -1 +1 @@\n--- y\n\ndiff --git is a command\n\n--- a\n+++ b\nno hunk\n---\n"
    assert len(changes(one(HEAD + message + DIFF))) == 1


def test_diff_pasted_above_the_separator_is_text():
    pasted = DIFF.replace(b"mm/x.c", b"mm/pasted.c")
    (file,) = changes(one(HEAD + b"\nBefore:\n" + pasted + b"\n---\n\n" + DIFF))
    assert file.path == "mm/x.c"


def test_removed_dashes_are_no_separator():
    diff = DIFF.replace(b"-two", b"---") + DIFF.replace(b"mm/x.c", b"mm/y.c")
    assert [file.path for file in changes(one(HEAD + b"\n" + diff))] == ["mm/x.c", "mm/y.c"]


def test_text_below_the_signature_is_cut():
    footer = b"-- \n2.39.5\n\n" + DIFF + b"____\nlist mailing list\n"
    assert len(changes(one(HEAD + b"\n" + DIFF + footer))) == 1


def test_cover_letter_has_no_diff():
    (mail,) = fixture("cover-letter.eml")
    assert changes(mail) == ()
    assert fragments(mail) == ()
    assert mail.subject.endswith("in tide marks and huge gates")


def test_truncated_hunk():
    (mail,) = fixture("truncated-hunk.patch")
    error = error_of(changes, mail)
    assert str(error).startswith("truncated-hunk.patch:44: hunk is shorter than its header says")


@pytest.mark.parametrize(
    ("diff", "line", "what"),
    [
        (DIFF[:-6], 5, "shorter"),
        (DIFF.replace(b" four\n", b"-- \n2.39.5\n"), 5, "shorter"),
        (DIFF.replace(b"+more\n", b"+more or\nless\n"), 10, "wrapped"),
        (DIFF.replace(b"3,5", b"3,4"), 5, "longer|fit"),
        (DIFF.replace(b"+3,5", b"+%s,5" % (b"9" * 5000)), 5, "header cannot be read"),
        (DIFF.replace(b"-3,4 +3,5", b"-3,0 +3,0"), 5, "empty"),
        (DIFF[: DIFF.index(b"@@")], 4, "no hunk"),
        (b"diff --cc x.c\nindex 1,2..3\n--- a/x.c\n+++ b/x.c\n@@@ -1 -1 +1 @@@\n", 1, "combined"),
        (DIFF.replace(b"a/mm/x.c", b"a/../x.c"), 1, "leaves the tree"),
        (DIFF.replace(b" a/mm/x.c", b" /etc/passwd"), 1, "absolute"),
    ],
)
def test_unreadable_diffs_name_their_line(diff, line, what):
    error = error_of(changes, one(diff))
    assert error.line == line
    assert any(word in error.what for word in what.split("|"))


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (b"--- a/mm/x.c~fix-it", b"+++ a/mm/x.c", "mm/x.c"),
        (b"--- a/mm/x.c\t2026-02-03 10:00:00", b"+++ b/mm/x.c\t2026-02-03 10:00:00", "mm/x.c"),
        (b"--- linux.orig/mm/x.c", b"+++ linux/mm/x.c", "mm/x.c"),
        (b"--- mm/x.c", b"+++ mm/x.c", "mm/x.c"),
        (b'--- "a/mm/\\303\\274\\".c"', b'+++ "b/mm/\\303\\274\\".c"', 'mm/ü".c'),
    ],
)
def test_paths_without_git_header(old, new, path):
    (file,) = changes(one(old + b"\n" + new + b"\n" + DIFF[DIFF.index(b"@@") :]))
    assert (file.old_path, file.new_path) == (path, path)


def test_files_without_hunks():
    text = (
        b"diff --git a/o.c b/n.c\nsimilarity index 100%\nrename from o.c\nrename to n.c\n"
        b"diff --git a/run b/run\nold mode 100644\nnew mode 100755\n"
        b"diff --git a/i.png b/i.png\nindex 1..2 100644\nGIT binary patch\n"
        b"literal 3\nKcmZQzU|?Y\n\nliteral 0\nHcmV?d00001\n\n"
        b"diff --git a/b b/b\nnew file mode 100644\nindex 0..2\nBinary files /dev/null and b/b differ\n"
        b"diff --git a/e e b/e e\ndeleted file mode 100644\nindex e..0\n"
    )
    renamed, mode, image, new, gone = changes(one(text + DIFF))[:5]
    assert (renamed.old_path, renamed.new_path, renamed.is_rename) == ("o.c", "n.c", True)
    assert (mode.old_mode, mode.new_mode, mode.path) == ("100644", "100755", "run")
    assert image.is_binary
    assert (new.old_path, new.is_binary) == (None, True)
    assert (gone.old_path, gone.new_path) == ("e e", None)


# fragments


def test_fragment_has_both_sides_with_their_lines():
    (change,) = fragments(one(HEAD + b"\n" + DIFF))
    assert change.before.text == b"one\ntwo\nthree\nfour\n"
    assert change.after.text == b"one\nTWO\nmore\nthree\nfour\n"
    assert change.before.lines == (3, 4, 5, 6)
    assert change.after.lines == (3, 4, 5, 6, 7)
    assert change.after.mail_lines == (10, 12, 13, 14, 15)
    assert change.after.touched == {1, 2, 3}
    assert change.before.touched is None
    assert not change.after.complete


def test_new_file_is_complete():
    (change,) = fragments(one(NEW))
    assert change.before is None
    assert (change.after.complete, change.after.lines, change.after.text) == (True, (), b"a\nb\n")


def test_symlinks_and_submodules_are_no_text():
    assert fragments(one(NEW.replace(b"100644", b"120000"))) == ()
    assert fragments(one(NEW.replace(b"100644", b"160000"))) == ()


# quoted replies


def test_quoted_reply():
    (mail,) = fixture("quoted-reply.txt")
    assert mail.subject == "Re: [PATCH v3] mm/tidemark: do not hold a reference while waiting"
    assert mail.date == datetime.date(2026, 2, 5)
    function, last = fragments(mail)
    assert function.path == ""
    assert function.after.path == "quoted-reply.txt"
    assert function.after.text.endswith(b"_wait_on_locked(entry, ptl);\n spin_unlock(ptl);\n}\n\n")
    text = (PATCHES / "quoted-reply.txt").read_bytes().split(b"\n")
    for row, line in zip(function.after.text.split(b"\n"), function.after.lines, strict=False):
        assert text[line - 1] == b"> +" + row
    assert last.before.text == b" get_page(page);\n"


def reply(body):
    return one(HEAD.replace(b"[PATCH]", b"Re: [PATCH]") + b"\n" + body, "reply.txt")


def quote(data, mark=b"> "):
    return b"".join(mark + line + b"\n" for line in data.split(b"\n")[:-1])


@pytest.mark.parametrize("mark", [b"> ", b"> > ", b">> ", b">", b">>"])
def test_quoted_whole_patch_equals_the_patch(mark):
    diff = DIFF.replace(b"two", b"\ttwo();").replace(b"TWO", b"\tTWO();")
    expected = fragments(one(diff))[0]
    (change,) = fragments(reply(b"> I wonder.\n\n" + quote(b"Message.\n\n" + diff, mark) + b"\nThanks\n"))
    assert change.path == "mm/x.c"
    assert change.after.text == expected.after.text
    assert change.after.lines == expected.after.lines
    assert change.after.heading == "int f(void)"


def test_comment_inside_a_quoted_hunk_does_not_end_it():
    quoted = quote(DIFF).replace(b"> +more\n", b"\nWhy is this line here?\n\n> +more\n")
    (change,) = fragments(reply(quoted))
    assert change.after.text == b"one\nTWO\nmore\nthree\nfour\n"
    assert change.after.lines == (3, 4, 5, 6, 7)


def test_lines_left_out_silently_cost_the_line_numbers():
    quoted = quote(DIFF).replace(b"> +more\n", b"\nWhy?\n\n").replace(b"> three", b">  three")
    (change,) = fragments(reply(quoted))
    assert change.path == "mm/x.c"
    assert change.after.path == "reply.txt"
    assert change.after.lines == change.after.mail_lines


@pytest.mark.parametrize("trim", [b"[...]", b"> [ ... ]", b"[snip]", b"...", "[…]".encode()])
def test_trims_start_a_new_fragment(trim):
    body = quote(b"+\tone();\n+\ttwo();\n") + trim + b"\n" + quote(b"+\tthree();\n")
    texts = [change.after.text for change in fragments(reply(body))]
    assert texts == [b"\tone();\n\ttwo();\n", b"\tthree();\n"]


def test_quoted_prose_is_not_code():
    body = quote(b"Words:\n\n- use the new helper;\n- be nice\n+ be quick now;\n\n+1\n---\n x.c | 2 +-\n")
    assert fragments(reply(body)) == ()


def test_context_counts_where_it_touches_changes():
    body = quote(b"Words.\n\n \tint a;\n \n-\tb();\n+\tc();\n \td();\n\nMore words.\n")
    (change,) = fragments(reply(body))
    assert change.before.text == b"\tint a;\n\n\tb();\n\td();\n"
    assert change.after.text == b"\tint a;\n\n\tc();\n\td();\n"


def test_quoted_path_outside_the_tree_is_refused():
    error_of(fragments, reply(quote(DIFF.replace(b"/mm/x.c", b"/../x.c"))))


# with a tree


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


# against git

WORDS = [b"a", b"b", b"c", b"", b"\tx();", b"}", b"-- ", b"--- a/x", b"\xff\r", b"+", b"@@"]
LINES = st.lists(st.sampled_from(WORDS), max_size=14)
ENDS = st.sampled_from([b"", b"\n"])
TEXTS = st.builds(lambda lines, end: b"\n".join(lines) + end * bool(lines), LINES, ENDS)
FUZZ = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def git(*arguments, cwd, data=b""):
    return subprocess.run(["git", *arguments], cwd=cwd, input=data, capture_output=True, env=GIT_ENV)


def git_diff(old, new, context):
    with tempfile.TemporaryDirectory() as directory:
        for side, text in (("a", old), ("b", new)):
            os.mkdir(os.path.join(directory, side))
            Path(directory, side, "f.c").write_bytes(text)
        flags = ["--no-index", "--src-prefix=", "--dst-prefix=", f"-U{context}"]
        return git("diff", *flags, "a/f.c", "b/f.c", cwd=directory).stdout


def git_apply(old, diff):
    """The file as `git apply` leaves it, None when it refuses."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "f.c")
        path.write_bytes(old)
        run = git("apply", "--whitespace=nowarn", "-", cwd=directory, data=diff)
        return path.read_bytes() if run.returncode == 0 else None


def ours(old, diff):
    with user_errors_are_about_patches():
        return new_files(diff, {"f.c": old})["f.c"]
    return None


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


# checkout


def test_read_stays_in_the_tree(tmp_path):
    (tmp_path / "secret").write_text("no")
    tree = tmp_path / "tree"
    (tree / "d").mkdir(parents=True)
    (tree / "x.c").write_text("yes")
    (tree / "out.c").symlink_to(tmp_path / "secret")
    (tree / "in.c").symlink_to("x.c")
    (tree / "away").symlink_to(tmp_path)
    checkout = Checkout(tree)
    assert checkout.read("x.c") == checkout.read("in.c") == b"yes"
    outside = ["out.c", "away/secret", "../secret", str(tmp_path / "secret")]
    outside += ["d", "none.c", "x.c/y", "", "a\0b"]
    assert [checkout.read(path) for path in outside] == [None] * len(outside)
    assert list(checkout.files(["."])) == ["x.c"]


def test_files_of_the_miniature_tree():
    checkout = Checkout(MINI)
    assert list(checkout.files(["mm"])) == ["mm/buoy.c", "mm/hugegate.c", "mm/tidemark.c"]
    assert list(checkout.files(["mm/buoy.c", "mm/", "Makefile"]))[-1] == "Makefile"
    assert len(list(checkout.files(["."]))) == 8
    for path in ("nowhere", "../mini", "/etc"):
        with pytest.raises(UserError):
            list(checkout.files([path]))


def test_version(tmp_path):
    assert Checkout(MINI).version() == "v6.12"
    assert Checkout(tmp_path).version() == ""


def test_declarations_of_the_miniature_tree():
    checkout = Checkout(MINI)
    expected = {
        "migration_entry_wait_on_locked": {2},
        "pte_offset_map_lock": {4},
        "pte_offset_map": {2},
        "pte_unmap_unlock": {2},
        "MINI_PAGES_MAX": set(),
        "softleaf_t": set(),
        "spin_unlock": None,
        "pmdvalp": None,
        "pte_offset": None,
        "": None,
    }
    assert {name: checkout.declares(name) for name in expected} == expected
    assert Checkout(MINI, ("include/linux/pgtable.h",)).declares("pmd_lock") is None


def test_declarations_by_layout(tmp_path):
    header = tmp_path / "x.h"
    header.write_text(
        "int plain(void);\nvoid __must_check *two(int a, /* a, b */\n\t\tint (*call)(int, int));\n"
        "#define variadic(fmt, ...) call(fmt)\n#  define object (1)\nstatic inline int\nbelow(int a)\n{\n"
        "\treturn plain(a, b, c);\n}\n__attr(1, 2) int late(long a);\n#define unclosed(a,\nstruct tag {\n};\n"
    )
    tree = Checkout(tmp_path, ("x.h", "gone.h"))
    names = ["plain", "two", "variadic", "object", "below", "late", "tag", "call", "unclosed"]
    assert [tree.declares(name) for name in names] == [{0}, {2}, {1}, set(), {1}, {1}, set(), None, set()]


@pytest.mark.tree
def test_signatures_of_6_12(tree_6_12):
    headers = tuple(f"include/linux/{name}.h" for name in ("mm", "pgtable", "migrate", "swapops", "hugetlb"))
    checkout = Checkout(tree_6_12, headers)
    assert checkout.version() == "v6.12"
    assert checkout.declares("migration_entry_wait_on_locked") == {2}
    assert checkout.declares("pte_offset_map_lock") == {4}
    assert checkout.declares("pmd_trans_unstable") is None


@pytest.mark.tree
def test_signatures_of_6_1(tree_6_1):
    checkout = Checkout(tree_6_1, ("include/linux/migrate.h", "include/linux/pgtable.h"))
    assert checkout.version() == "v6.1"
    assert checkout.declares("migration_entry_wait_on_locked") == {3}
    assert checkout.declares("pmd_trans_unstable") == {1}
