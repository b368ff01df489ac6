"""What a patch adds to a function, or to its kernel-doc, and leaves out of what the comment lists."""

import pytest
from test_series import changed, rules

LISTED = "/* Returns 0, or -EIO if the entry is broken. */\n"
BODY = """\
int settle(struct entry *entry, int flags)
{
	int err = 0;

	if (entry->broken)
		return -EIO;
	return err;
}
"""
ADDED = BODY.replace("\treturn err;", "\tif (flags)\n\t\terr = -EINTR;\n\treturn err;")
DESCRIBED = "/**\n * settle - settle it\n * @entry: which\n * @flags: how\n */\n"


def messages(report):
    return [finding["message"] for finding in report["findings"] if finding["rule"] == "doc-contradicts-code"]


class TestErrors:
    def test_one_that_is_not_listed(self):
        (finding,) = changed(LISTED + BODY, LISTED + ADDED)["findings"]
        assert (finding["rule"], finding["line"]) == ("doc-contradicts-code", 9)
        assert finding["message"] == "-EINTR is returned here, which the comment above settle() does not list"
        assert [note["line"] for note in finding["notes"]] == [1]

    @pytest.mark.parametrize(
        "comment",
        [
            "/* Returns 0, -EINTR, or -EIO if the entry is broken. */\n",
            "/* Returns 0, or -EIO or another error. */\n",
            "/* Returns 0, or a negative error code: -EIO if it is broken. */\n",
            "/* Returns what it can.\n *\n * Fails with -EIO. */\n",
            "/* Settles it: -EIO is bad. */\n",
            "",
        ],
    )
    def test_a_list_that_has_it_or_is_open(self, comment):
        assert rules(changed(comment + BODY, comment + ADDED)) == []

    def test_one_that_was_missing_before(self):
        assert rules(changed(LISTED + ADDED, LISTED + ADDED.replace("err = 0", "err  = 0"))) == []

    def test_one_more_than_before(self):
        more = ADDED.replace("-EIO;", "-EIO;\n\tif (flags == 2)\n\t\treturn -EAGAIN;")
        (said,) = messages(changed(LISTED + ADDED, LISTED + more))
        assert said.startswith("-EAGAIN")


class TestParameters:
    def test_a_new_one_without_description(self):
        after = BODY.replace("int flags", "int flags, int depth")
        assert messages(changed(DESCRIBED + BODY, DESCRIBED + after)) == ["depth of settle() has no description"]

    def test_a_new_comment_that_leaves_one_out(self):
        less = DESCRIBED.replace(" * @flags: how\n", "")
        assert messages(changed(BODY, less + BODY)) == ["flags of settle() has no description"]

    def test_one_that_was_left_out_before(self):
        less = DESCRIBED.replace(" * @flags: how\n", "")
        assert rules(changed(less + BODY, less.replace("which", "it") + BODY)) == []

    def test_a_comment_that_describes_none(self):
        assert rules(changed(BODY, "/**\n * settle - settle it\n */\n" + BODY)) == []
