"""What a caller is told of a callee: of one that does too much to be summed up, and of one that asks twice."""

from test_series import changed, rules

WAYS = 20
CASES = "".join(
    f"\tcase {n}:\n\t\tfolio = slot->folio{n};\n\t\tfolio_lock(folio);\n\t\t*found = folio;\n\t\treturn {n};\n"
    for n in range(1, WAYS)
)
FIND = f"""\
static int find(struct slot *slot, struct folio **found, int how)
{{
	struct folio *folio;

	switch (how) {{
{CASES}	}}
	return 0;
}}
"""
CALLER = """
int use(struct slot *slot)
{
	struct folio *folio;

	if (!find(slot, &folio, slot->how))
		return -ENOENT;
	read_from(folio);
	folio_unlock(folio);
	return 0;
}
"""


def added(text):
    return rules(changed("", text))


def test_what_it_may_have_set_is_not_what_it_was():
    assert added(FIND + CALLER) == []


def test_what_it_cannot_set_is_what_it_was():
    find = FIND.replace("**found", "*found").replace("*found = folio", "note(found)")
    assert added(find + CALLER) == ["unchecked-map"]


ASKING = """\
static int shrink(struct cache *cache, struct item *item)
{
	if (!item_is_private(item))
		spin_lock(&cache->owner->lock);
	item->count--;
	if (!item_is_private(item))
		spin_unlock(&cache->owner->lock);
	return 0;
}
"""
AGAIN = """\
static int finish(struct item *item)
{
	if (!item_is_done(item))
		return 0;
	spin_lock(&item->lock);
	if (!item_is_done(item))
		return -EAGAIN;
	spin_unlock(&item->lock);
	return 1;
}
"""
LOOP = """\
static void drain(struct item *item)
{
	while (item_is_busy(item)) {
		spin_lock(&item->lock);
		item->count--;
		spin_unlock(&item->lock);
	}
	spin_lock(&item->lock);
}
"""


def test_a_question_that_is_asked_again_has_one_answer():
    assert added(ASKING) == []


def test_the_same_of_something_else_has_another():
    other = ASKING.replace("private(item))\n\t\tspin_unlock", "private(cache))\n\t\tspin_unlock")
    assert added(other) == ["missing-unlock"]


def test_where_one_arm_leads_to_it_the_answer_may_have_changed():
    assert added(AGAIN) == ["missing-unlock"]


def test_a_loop_is_left_when_the_answer_changes():
    left = "\tspin_lock(&item->lock);\n\tif (item->count)\n\t\treturn;\n\tspin_unlock(&item->lock);\n}"
    assert added(LOOP.replace("\tspin_lock(&item->lock);\n}", left)) == ["missing-unlock"]
