"""Diffs, their fragments, and the patches that replies quote."""

import datetime

import pytest
from patching import DIFF, HEAD, NEW, PATCHES, error_of, fixture, one

from kpatchlint.patch.change import fragments
from kpatchlint.patch.diff import HunkLine, changes


def test_hunk_and_its_lines():
    (file,) = changes(one(HEAD + b"\nWords.\n\n" + DIFF + b"-- \n2.39.5\n"))
    (hunk,) = file.hunks
    assert (hunk.old_start, hunk.old_count, hunk.new_start, hunk.new_count) == (3, 4, 3, 5)
    assert hunk.heading == "int f(void)"
    assert [line.kind for line in hunk.lines] == [" ", "-", "+", "+", " ", " "]
    assert hunk.line == 11
    assert hunk.lines[1] == HunkLine("-", b"two", 13)


def test_message_text_is_no_diff():
    message = b"\n+++ x\n@@ -1 +1 @@\n--- y\n\ndiff --git is a command\n\n--- a\n+++ b\nno hunk\n---\n"
    assert len(changes(one(HEAD + message + DIFF))) == 1


def test_diff_pasted_above_the_separator_is_text():
    pasted = DIFF.replace(b"mm/x.c", b"mm/pasted.c")
    (file,) = changes(one(HEAD + b"\nBefore:\n" + pasted + b"\n---\n\n" + DIFF))
    assert file.path == "mm/x.c"


def test_patches_in_one_raw_file_are_all_read():
    second = b"Another message.\n---\n" + DIFF.replace(b"mm/x.c", b"mm/y.c")
    assert [file.path for file in changes(one(DIFF + b"\n" + second))] == ["mm/x.c", "mm/y.c"]


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


def test_lines_on_both_sides_of_a_removal_are_touched():
    (change,) = fragments(one(DIFF.replace(b"+TWO\n+more\n", b"").replace(b"3,5", b"3,3")))
    assert change.after.text == b"one\nthree\nfour\n"
    assert change.after.touched == {1, 2}


def test_new_file_is_complete():
    (change,) = fragments(one(NEW))
    assert change.before is None
    assert (change.after.complete, change.after.lines, change.after.text) == (True, (), b"a\nb\n")


def test_symlinks_and_submodules_are_no_text():
    assert fragments(one(NEW.replace(b"100644", b"120000"))) == ()
    assert fragments(one(NEW.replace(b"100644", b"160000"))) == ()


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
