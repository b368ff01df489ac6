"""What a patch lets a comment say of what is returned instead of a pointer, of references, and of a whole list."""

import pytest
from test_returned import messages
from test_series import changed

MAKE = """\
struct item *make(struct head *head)
{
	struct item *item = head->first;

	if (!item)
		return %s;
	if (item->busy)
		return %s;
	return item;
}
"""
OR_NULL = "/* Returns the item, or NULL if there is none. */\n"
OR_ERROR = "/* Return: the item, or ERR_PTR(-ENOENT) if there is none. */\n"


def told(comment, body, before=""):
    return messages(changed(before, comment + body))


class TestInstead:
    def test_an_error_beside_null(self):
        (said,) = told(OR_NULL, MAKE % ("NULL", "ERR_PTR(-EBUSY)"))
        assert said == "ERR_PTR(-EBUSY) is returned here, which the comment above make() does not list"

    def test_null_in_place_of_an_error(self):
        (said,) = told(OR_ERROR, MAKE % ("NULL", "NULL"))
        assert said == "NULL is returned here, which the comment above make() does not list"

    @pytest.mark.parametrize(
        ("comment", "body"),
        [
            (OR_NULL, MAKE % ("NULL", "NULL")),
            (OR_NULL.replace("none.", "none, or an error in the pointer."), MAKE % ("NULL", "ERR_PTR(-EBUSY)")),
            (OR_ERROR, MAKE % ("ERR_PTR(-ENOENT)", "NULL")),
            (OR_ERROR, (MAKE % ("NULL", "NULL")).replace("= head->first", "= first_of(head)")),
            (OR_ERROR, (MAKE % ("NULL", "NULL")).replace("item->busy", "fill(&item)")),
            (OR_ERROR.replace("none.", "none, NULL if it is busy."), MAKE % ("NULL", "NULL")),
            ("/* Frees what is NULL, or the item. */\n", MAKE % ("NULL", "ERR_PTR(-EBUSY)")),
        ],
        ids=["null", "both", "made", "of a callee", "set by a callee", "said", "not returned"],
    )
    def test_what_is_said(self, comment, body):
        assert told(comment, body) == []

    def test_what_was_there_before(self):
        text = OR_NULL + MAKE % ("NULL", "ERR_PTR(-EBUSY)")
        assert messages(changed(text, text.replace("item->busy", "item->lent"))) == []

    def test_the_arms_of_a_question_are_what_is_given(self):
        body = (MAKE % ("NULL", "NULL")).replace("= head->first", "= is_empty(head) ? head->last : head->first")
        assert len(told(OR_ERROR, body)) == 1
        body = (MAKE % ("NULL", "NULL")).replace("= head->first", "= head->last ? head->last : first_of(head)")
        assert told(OR_ERROR, body) == []


class TestLists:
    LIST = "/* Return: 0, or -EAGAIN if it is busy. */\n"
    BODY = "int move(struct item *item)\n{\n\tif (item->gone)\n\t\treturn -ESTALE;\n\treturn %s;\n}\n"

    def test_a_new_list_of_all_that_is_returned(self):
        (said,) = told(self.LIST, self.BODY % "item->busy ? -EAGAIN : 0")
        assert said == "-ESTALE is returned here, which the comment above move() does not list"

    def test_a_new_list_is_none_of_what_callees_return(self):
        assert told(self.LIST, self.BODY % "move_away(item)") == []


    @pytest.mark.parametrize(
        "comment", ["/* Moves it.  Returns -EAGAIN if it is busy. */\n", "/* Return: -EAGAIN, or another result. */\n"]
    )
    def test_a_list_without_success_is_not_whole(self, comment):
        assert told(comment, self.BODY % "item->busy ? -EAGAIN : 0") == []

    def test_a_comment_that_is_cut_in_two_was_there_before(self):
        text = "/**\n * move - moves it\n *\n * Return: 0, or -EAGAIN if it is busy.\n */\n" + self.BODY % "0"
        above = "/**\n * other - does nothing\n */\nvoid other(void)\n{\n}\n\n"
        assert messages(changed(text, above + text)) == []


class TestReferences:
    TAKES = "/* Finds the item.  A reference is taken on it, to be dropped with put(). */\n"
    NONE = "/* Finds the item.  This does not touch its reference count: who wants one takes it. */\n"
    FIND = "struct item *find(struct head *head)\n{\n\tstruct item *item = head->first;\n\n\t%s;\n\treturn item;\n}\n"
    HELPER = "static void note(struct item *item)\n{\n\t%s;\n}\n\n"

    def test_nothing_takes_one(self):
        (said,) = told(self.TAKES, self.FIND % "item->seen = 1")
        assert said == '"A reference is taken", but nothing that find() calls does so'

    @pytest.mark.parametrize("deed", ["get_item(item)", "item->refs++", "item->users += 1", "kref_init(&item->ref)"])
    def test_something_may(self, deed):
        assert told(self.TAKES, self.FIND % deed) == []

    def test_a_helper_of_the_text_is_looked_into(self):
        for deed, found in ("get_item(item)", 0), ("item->seen = 1", 1):
            before = self.HELPER % deed
            assert len(told(before + self.TAKES, self.FIND % "note(item)", before)) == found

    def test_what_an_unknown_callee_returns_may_come_with_one(self):
        body = (self.FIND % "item->seen = 1").replace("= head->first", "= first_of(head)")
        assert told(self.TAKES, body) == []
        assert len(told(self.TAKES, body.replace("first_of(head)", "rb_entry(head, struct item, node)"))) == 1

    @pytest.mark.parametrize("deed", ["get_device(item)", "kref_get(&item->ref)", "++item->refcnt"])
    def test_one_that_is_not_said_to_be_taken(self, deed):
        (said,) = told(self.NONE, self.FIND % deed)
        assert said == '"does not touch its reference count", but the code does so'

    @pytest.mark.parametrize("deed", ["item->seen = 1", "get_device(item), put_device(item)", "get_it(item)"])
    def test_none_is(self, deed):
        assert told(self.NONE, self.FIND % deed) == []

    def test_a_hedge(self):
        hedged = self.TAKES.replace("taken on it", "taken on it unless it is busy")
        assert told(hedged, self.FIND % "item->seen = 1") == []
