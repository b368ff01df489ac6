"""CFGs and path states as people read them: goldens of small functions, each with one tricky thing."""

import re

import pytest

from kpatchlint.c.dialect import load as load_dialect
from kpatchlint.c.ir import BasicBlock
from kpatchlint.c.show import reached, show
from kpatchlint.check import Loaded
from kpatchlint.examine import Text
from kpatchlint.flow.show import show_states
from kpatchlint.release import newest_release
from kpatchlint.source import Source

CFGS = {
    "guard": """
static int berth_claim(struct berth *berth)
{
	guard(mutex)(&berth->lock);

	if (berth->taken)
		return berth_busy(berth);
	berth->taken = true;
	return 0;
}
""",
    "scoped-guard": """
static void berth_move(struct berth *berth, int by)
{
	scoped_guard(spinlock, &berth->lock) {
		if (!by)
			return;
		berth->place += by;
	}
	berth_tell(berth);
}
""",
    "goto-cleanup": """
static int pier_open(struct pier *pier)
{
	int err = -ENOMEM;

	pier->plank = plank_get(pier);
	if (!pier->plank)
		goto out;
	pier->rope = rope_get(pier);
	if (!pier->rope)
		goto put_plank;
	return 0;

put_plank:
	plank_put(pier->plank);
out:
	return err;
}
""",
    "nested-loops": """
static int pier_count(struct pier *pier)
{
	int row, seat, found = 0;

	for (row = 0; row < pier->rows; row++) {
		seat = pier->seats;
		while (seat--) {
			if (seat_broken(pier, row, seat))
				continue;
			if (seat_last(pier, row, seat))
				break;
			found++;
		}
		if (found > MOST_SEATS)
			break;
	}
	return found;
}
""",
    "switch": """
static int tide_step(int phase, int depth)
{
	switch (phase) {
	case TIDE_EBB:
		depth--;
		fallthrough;
	case TIDE_SLACK:
		depth = tide_mean(depth);
		break;
	default:
		return -EINVAL;
	case TIDE_FLOOD:
		depth++;
	}
	return depth;
}
""",
    "ternary": """
static int tide_mark(struct tide *tide, int high)
{
	return tide_read(high ? tide->top : tide_low(tide)) ?: -ENODATA;
}
""",
    "and-or": """
static bool tide_safe(struct tide *tide)
{
	bool calm = tide && (tide_still(tide) || likely(tide->wind < 3));

	return !calm || tide_flag(tide);
}
""",
    "ifdef": """
static void gate_shut(struct gate *gate)
{
#ifdef CONFIG_GATE_LOCK
	spin_lock(&gate->lock);
#endif
	gate->open = false;
#if defined(CONFIG_GATE_LOG)
	gate_log(gate);
#else
	gate_count(gate);
#endif
#ifdef CONFIG_GATE_LOCK
	spin_unlock(&gate->lock);
#endif
}
""",
    "iterator": """
static struct boat *pier_find(struct pier *pier, int id)
{
	struct boat *boat, *next;

	list_for_each_entry_safe(boat, next, &pier->boats, list) {
		if (boat->id == id)
			return boat;
		if (boat->sunk)
			boat_drop(boat);
	}
	return NULL;
}
""",
    "statement-expression": """
static int pier_depth(struct pier *pier)
{
	int depth = ({
		int sounded = pier_sound(pier);

		sounded < 0 ? 0 : sounded;
	});

	return depth;
}
""",
    "do-while": """
static void table_walk(pte_t *pte, int pages)
{
	do {
		if (!page_seen(*pte))
			continue;
		page_note(*pte);
	} while (pte++, --pages);
	table_leave(pte - 1);
}
""",
}
STATES = {
    "correlated": """
static int berth_wait(struct mm_struct *mm, pmd_t *pmd, bool atomic)
{
	spinlock_t *ptl;

	if (!atomic)
		ptl = pmd_lock(mm, pmd);
	berth_note(mm);
	if (!atomic)
		spin_unlock(ptl);
	return 0;
}
""",
    "outcomes": """
static int berth_read(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
	spinlock_t *ptl;
	pte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	int ret = -EAGAIN;

	if (pte) {
		ret = pte_present(ptep_get(pte));
		pte_unmap_unlock(pte, ptl);
	}
	return ret;
}
""",
    "two-locks": """
static void berth_swap(spinlock_t *one, spinlock_t *two)
{
	spin_lock(one);
	if (one != two)
		spin_lock(two);
	berth_turn();
	if (one != two)
		spin_unlock(two);
	spin_unlock(one);
}
""",
    "loop": """
static void berth_scan(pmd_t *pmd, unsigned long addr, int pages)
{
	pte_t *pte, *first;

	first = pte = pte_offset_map(pmd, addr);
	if (!pte)
		return;
	for (; pages; pages--, pte++)
		berth_look(ptep_get(pte));
	pte_unmap(first);
}
""",
    "given-up": """
static void berth_leave(swp_entry_t entry, pte_t *pte, spinlock_t *ptl)
{
	pte_unmap(pte);
	migration_entry_wait_on_locked(entry, ptl);
	berth_tell(entry);
}
""",
}


def lowered(code, path="x.c"):
    """The one function of a text that stands alone."""
    text = Text(Source(path, code.encode()), Loaded().at(newest_release()))
    assert not text.unit.unparsed
    (function,) = text.unit.functions
    (body,) = text.bodies(function.name)
    return body, text.program.knowledge


@pytest.mark.parametrize("name", CFGS)
def test_cfg(golden, name):
    golden(f"cfg-{name}.txt", show(lowered(CFGS[name])[0]))


@pytest.mark.parametrize("name", STATES)
def test_states(golden, name):
    golden(f"states-{name}.txt", show_states(*lowered(STATES[name])))


@pytest.mark.parametrize("name", CFGS)
def test_every_call_of_the_text_is_shown(name):
    """Lowering drops nothing: what the text calls, the dump calls."""
    words = load_dialect().hints | {"defined", "guard", "scoped_guard", "list_for_each_entry_safe"}
    called = set(re.findall(r"\b(\w+)\(", CFGS[name].split("\n{", 1)[1])) - words
    assert called
    assert called <= set(re.findall(r"\b(\w+)\(", show(lowered(CFGS[name])[0])))


@pytest.mark.parametrize("name", [*CFGS, *STATES])
def test_only_what_is_reached_is_shown_and_all_of_it_is_there(name):
    body, _ = lowered({**CFGS, **STATES}[name])
    shown = {int(n) for n in re.findall(r"^b(\d+)", show(body), re.MULTILINE)}
    goals = {int(n) for line in re.findall(r"->(.*)", show(body)) for n in re.findall(r"\bb(\d+)", line)}
    assert shown == {0, *goals} == set(reached(body.cfg))


def test_states_name_only_blocks_of_the_cfg():
    body, knowledge = lowered(STATES["outcomes"])
    headings = [line for line in show_states(body, knowledge).splitlines() if re.match(r"b\d", line)]
    assert set(headings) <= set(show(body).splitlines())


def test_a_value_found_to_be_zero_is_zero():
    """Whether `ret` was set to 0 or found to be 0, what comes behind is the same, and is analysed once."""
    code = """
static int berth_fill(struct berth *berth)
{
	int ret = 0;

retry:
	if (berth->full)
		return ret;
	ret = berth_more(berth);
	if (!ret)
		goto retry;
	return ret;
}
"""
    body, knowledge = lowered(code)
    states = re.split(r"^(?=b\d)", show_states(body, knowledge), flags=re.M)
    again = [block.splitlines()[1:] for block in states if "ret = 0" in block]
    assert again
    assert all(len(lines) == 1 for lines in again)


def test_code_outside_a_fragment_may_jump_to_a_label():
    body, _ = lowered("int f(int a)\n{\n\tg();\nout:\n\treturn a;\n}\n")
    assert "open" not in show(body)
    opened = type(body)(
        **{field: getattr(body, field) for field in body.__slots__}
        | {"cfg": type(body.cfg)((BasicBlock((), ()), BasicBlock((), ())), frozenset({1})), "whole": False}
    )
    assert show(opened) == "f(a) in part\nb0 -> end\nb1 (open) -> end\n"


def test_what_costs_too_much_is_said(monkeypatch):
    monkeypatch.setattr("kpatchlint.flow.show.MOST_TRANSFERS", 1)
    assert "too many paths" in show_states(*lowered(STATES["outcomes"]))


def test_a_number_that_a_callee_finds_in_a_page_is_no_pointer_into_it():
    """What is counted with it is not followed as a pointer is: an address may be kept in an `unsigned long` at most."""
    code = """
static void berth_book(struct page *page, int most)
{
	u8 *seats = kmap_local_page(page);
	%s seat = berth_first_free(seats, most);

	while (berth_more(seat))
		seat += most;
	kunmap_local(seats);
	berth_tell(seat);
}
"""
    pointers = {kind: "derived" in show_states(*lowered(code % kind)) for kind in ("s64", "u8 *", "unsigned long")}
    assert pointers == {"s64": False, "u8 *": True, "unsigned long": True}
