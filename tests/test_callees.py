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


COUNTED = """\
static unsigned long cursor_lock(struct cursor *cur, unsigned long addr, unsigned long end)
{
	if (!cur->table)
		return 0;
	spin_lock(&cur->lock);
	return (end - addr) >> PAGE_SHIFT;
}

static void walk(struct cursor *cur, unsigned long addr, unsigned long end)
{
	unsigned long nr = cursor_lock(cur, addr, end);

	if (!nr)
		return;
	look_at(cur, nr);
	spin_unlock(&cur->lock);
}
"""


def test_a_number_that_was_computed_is_not_that_of_who_holds_nothing():
    assert added(COUNTED) == []
    late = COUNTED.replace("\tspin_unlock(&cur->lock);\n", "\tcond_resched();\n\tspin_unlock(&cur->lock);\n")
    assert added(late) == ["wait-while-locked"]


RUN = """\
static unsigned int lock_run(struct table *t, u32 index, unsigned int nr)
{
	unsigned int locked = 1;

	spin_lock(&t->slot[index].lock);
	while (locked < nr && spin_trylock(&t->slot[index + locked].lock))
		locked++;
	return locked;
}

static void unlock_run(struct table *t, u32 index, unsigned int locked)
{
	while (locked--)
		spin_unlock(&t->slot[index + locked].lock);
}

static void free_run(struct table *t, u32 index, unsigned int nr)
{
	unsigned int locked = lock_run(t, index, nr);

	unlock_run(t, index, locked);
	cond_resched();
}
"""


def test_elements_that_a_helper_counts_to_are_not_told_apart():
    assert added(RUN) == []


TWO = """\
static bool lock_second(struct ring *one, struct ring *two)
{
	if (mutex_trylock(&two->lock))
		return true;
	mutex_unlock(&one->lock);
	mutex_lock(&two->lock);
	mutex_lock_nested(&one->lock, SINGLE_DEPTH_NESTING);
	return false;
}

static int look(struct ring *one, struct ring *two)
{
	int ret = 0;

	if (!lock_second(one, two) && one->busy)
		ret = -EBUSY;
	mutex_unlock(&two->lock);
	return ret;
}
"""


def test_one_of_two_locks_that_a_helper_takes_is_not_the_other():
    assert added(TWO) == []


HELPED = """\
static int window_lock(struct window *w)
{
	w->np = map_dma_and_lock(w->odp);
	return w->np < 0 ? w->np : 0;
}

static int fault(struct odp *odp)
{
	struct window w = { .odp = odp };
	int ret;

	do {
		ret = window_lock(&w);
		if (ret)
			return ret;
		ret = update(odp);
		mutex_unlock(&w.odp->umem_mutex);
	} while (ret == -EAGAIN);
	return ret;
}
"""


def test_a_helper_named_for_taking_takes_through_its_own_callee():
    assert added(HELPED) == []
    assert added(HELPED.replace("window_lock", "window_look").replace("and_lock", "and_look")) == ["unlock-after-wait"]


NAMELESS = """\
static int one(struct context *ctx, pmd_t *pmd, unsigned long addr)
{
	arch_leave_lazy_mmu_mode();
	pte_unmap_unlock(ctx->pte, ctx->ptl);
	migration_entry_wait(ctx->mm, pmd, addr);
	return 1;
}

static void range(struct context *ctx, pmd_t *pmd, unsigned long addr)
{
	do {
		ctx->pte = pte_offset_map_lock(ctx->mm, pmd, addr, &ctx->ptl);
		if (!ctx->pte)
			return;
		arch_enter_lazy_mmu_mode();
	} while (one(ctx, pmd, addr));
}
"""


def test_a_section_without_a_name_may_be_entered_again_after_a_wait():
    assert added(NAMELESS) == []
