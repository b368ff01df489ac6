"""Quoted patches with a tree: what of a reply has a place in its file is checked in the whole file."""

import json

import pytest
from command import run
from hypothesis import given, settings
from hypothesis import strategies as st
from patching import HEAD, MINI, Tree, git_diff, one
from patching import NEW as NEW_FILE

from kpatchlint.patch.change import applied
from kpatchlint.tree.checkout import Checkout

PATH = "mm/tidemark.c"
OLD = (MINI / PATH).read_bytes()
NEW = OLD.replace(
    b"\ttidemark_note(mark, ptep_get(pte));\n\tpte_unmap_unlock(pte, ptl);\n",
    b"\ttidemark_note(mark, ptep_get(pte));\n\tspin_unlock(ptl);\n\tpte_unmap_unlock(pte, ptl);\n",
).replace(b"mark->present = 0;\n", b"mark->present = 0; /* none */\n")
HEADER = f"diff --git a/{PATH} b/{PATH}\nindex 1..2 100644\n--- a/{PATH}\n+++ b/{PATH}\n".encode()
DIFF = HEADER + git_diff(OLD, NEW, 3).split(b"\n", 4)[4]


def reply(diff, mark=b"> "):
    quoted = b"".join(mark + line + b"\n" for line in diff.split(b"\n")[:-1])
    return HEAD.replace(b"[PATCH]", b"Re: [PATCH]") + b"\nOn Monday A wrote:\n" + quoted + b"\nThanks.\n"


def found(data, files=None):
    return applied(one(data), Tree({PATH: OLD} if files is None else files), {})[0]


def whole(data, **more):
    """The one change that the quoted patch is; before and after are whole files, which is all of it."""
    (change,) = found(data, **more)
    assert not change.notice
    assert change.after.complete
    return change.before.text, change.after.text


@pytest.mark.parametrize("mark", [b">", b"> ", b"> > ", b">>> "])
def test_at_any_depth(mark):
    assert whole(reply(DIFF, mark)) == (OLD, NEW)


def test_a_tree_that_has_the_patch_already():
    assert whole(reply(DIFF), files={PATH: NEW}) == (OLD, NEW)


def test_a_finding_stands_on_its_line_of_file_and_of_mail(tmp_path):
    mail = tmp_path / "reply.txt"
    mail.write_bytes(reply(DIFF))
    ran = run("check", "--tree", MINI, "--format", "json", mail)
    (finding,) = [f for f in json.loads(ran.out)["findings"] if f["rule"] == "unlock-after-wait"]
    assert (finding["path"], finding["function"]) == (PATH, "tidemark_page")
    assert NEW.split(b"\n")[finding["line"] - 1] == b"\tpte_unmap_unlock(pte, ptl);"
    assert mail.read_bytes().split(b"\n")[finding["mail"]["line"] - 1] == b">  \tpte_unmap_unlock(pte, ptl);"


def test_what_the_whole_file_knows_is_known():
    """The quoted lines alone do not say that a lock is held here."""
    hunk = b"+\tif (mark->present > 9)\n+\t\treturn -E2BIG;\n \ttidemark_note(mark, ptep_get(pte));\n"
    mail = reply(HEADER + hunk)
    assert "no findings" in run("check", "-", stdin=mail).out
    assert "[missing-unmap]" in run("check", "--tree", MINI, "-", stdin=mail).out


class TestWhatReviewersDo:
    @pytest.mark.parametrize("comment", [b"\nWhy?\n\n", b"[...]\n", b"\n> wrote somebody else\n\n"])
    def test_comments_inside(self, comment):
        data = reply(DIFF).replace(b"> +\tspin", comment + b"> +\tspin")
        after = found(data)[0].after.text
        assert b"\tspin_unlock(ptl);\n\tpte_unmap_unlock(pte, ptl);\n" in after

    def test_a_trimmed_hunk_goes_by_its_text(self):
        hunk = DIFF[DIFF.index(b" \ttidemark_note(mark") : DIFF.index(b" \treturn 0;")]
        before, after = whole(reply(HEADER + hunk))
        assert (before, after) == (OLD, NEW.replace(b" /* none */", b""))

    def test_a_header_trimmed_to_one_line(self):
        data = reply(DIFF.replace(HEADER, f"+++ b/{PATH}\n".encode()))
        assert whole(data) == (OLD, NEW)

    def test_tabs_that_became_blanks(self):
        _, after = whole(reply(DIFF.replace(b"\t", b"        ")))
        assert after.replace(b"        ", b"\t") == NEW
        assert after.count(b"        ") == 2

    def test_blanks_that_got_lost(self):
        data = reply(DIFF).replace(b">  \t", b">\t").replace(b">  \n", b">\n")
        assert found(data)[0].after.complete

    def test_what_could_stand_in_two_places_stands_alone(self):
        twice = OLD.replace(b"mark->absent = 0;\n", b"mark->present = 0;\n")
        hunk = b"-\tmark->present = 0;\n+\tmark->present = 1;\n"
        (change,) = found(reply(HEADER + hunk), files={PATH: twice})
        assert not change.after.complete
        line = reply(HEADER + hunk).split(b"\n").index(b"> +\tmark->present = 1;") + 1
        assert change.notice == (
            f"x.patch:{line}: what is quoted here has no place in the tree's {PATH}, and is checked alone"
        )

    def test_of_two_places_the_nearest_is_meant(self):
        many = b"".join(b"\ta();\n\tb();\n" for _ in range(30))
        diff = HEADER + b"@@ -39,2 +39,2 @@\n-\ta();\n+\tc();\n \tb();\n"
        _, after = whole(reply(diff), files={PATH: many})
        assert after.split(b"\n").index(b"\tc();") == 38

    def test_one_hunk_without_a_place_does_not_lose_the_other(self):
        with_place, alone = found(reply(DIFF.replace(b"mark->absent", b"mark->gone")))
        assert b"\tspin_unlock(ptl);\n\tpte_unmap_unlock" in with_place.after.text
        assert (alone.after.complete, alone.path) == (False, PATH)
        assert alone.notice

    def test_without_a_path_nothing_is_guessed(self):
        (change, *_) = found(reply(DIFF[DIFF.index(b"@@") :]))
        assert (change.path, change.after.complete, change.notice) == ("", False, "")

    def test_a_new_file_is_a_fragment(self):
        diff = NEW_FILE.replace(b"+a\n+b\n", b"+int a;\n+int b;\n")
        (change,) = found(reply(diff))
        assert (change.path, change.before, change.notice) == ("n.c", None, "")


def test_the_state_stays_as_it_was():
    state = {PATH: OLD}
    assert applied(one(reply(DIFF)), Checkout(MINI), state)[1] == state


def test_it_is_looked_for_where_earlier_patches_left_it():
    earlier = OLD.replace(b"\tspinlock_t *ptl;\n", b"\tspinlock_t *ptl;\n\tint more;\n")
    (change,) = applied(one(reply(DIFF)), Checkout(MINI), {PATH: earlier})[0]
    assert b"\tint more;\n" in change.after.text


WORDS = [b"a();", b"\tb();", b"\tif (c) {", b"\t}", b"", b"\tint d = 1;"]
ROWS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=20)


@settings(max_examples=60, deadline=None)
@given(ROWS, ROWS, st.integers(1, 4))
def test_a_whole_quoted_patch_gives_the_new_file(old, new, context):
    """Every hunk that has a place, whatever is quoted: with its numbers and all its context that is the right one."""
    old, new = (b"".join(b"%s\n" % row for row in rows) for rows in (old, new))
    diff = git_diff(old, new, context).replace(b"a/f.c", b"a/x.c").replace(b"b/f.c", b"b/x.c")
    if not diff:
        return
    head = b"--- a/x.c\n+++ b/x.c\n" + diff[diff.index(b"@@") :]
    changes = found(reply(head), files={"x.c": old})
    if not any(change.notice for change in changes):
        assert [change.after.text for change in changes if change.before.text == old] in ([new], [])


def test_few_lines_do_not_tell_that_the_tree_has_the_patch():
    hunk = b"+\tmark->present = 0;\n+\tmark->absent = 0;\n"
    (change,) = found(reply(HEADER + hunk))
    assert (change.before.text, change.after.complete) == (b"", False)
