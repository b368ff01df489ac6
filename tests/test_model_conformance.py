"""The model's programs against the kernel's own bodies: the same operations, in the same order.

The seed mail, 6.1 and 6.12 are read as text; a body is the list of the calls in it that the model has a step for.
What the model leaves out - accounting, pressure stalls, signals - has no step and so does not appear.
"""

import re
from itertools import accumulate

import pytest

from kpatchlint.model.api import APIS, WORDS
from kpatchlint.model.fragment import FAULT_HUGE, FAULT_PMD, FAULT_RCU, FAULT_STAYS, MIGRATOR, WAIT, WAIT_UNMAP
from kpatchlint.model.program import assemble

CALL = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
# Names of releases, or of levels, for one step of the model.
SAME = {
    "pfn_swap_entry_to_page": "pfn_swap_entry_folio",
    "pte_offset_map_lock": "pte_offset_map spin_lock",
    "pte_unmap_unlock": "spin_unlock pte_unmap",
    "pmd_lock": "spin_lock",
    "is_pmd_migration_entry": "is_migration_entry",
    "is_hugetlb_entry_migration": "is_migration_entry",
    "spin_lock_irqsave": "spin_lock_irq",
    "spin_unlock_irqrestore": "spin_unlock_irq",
    "__wake_up_locked_key_bookmark": "WALK",
    "__wake_up_locked_key": "WALK",
}
WAITS = {api.wait for api in APIS.values()}


def first_call(step):
    found = CALL.search(WORDS[step])
    return found[1] if found else step


def known():
    return {first_call(step) for step in WORDS} | set(SAME) | WAITS


def body(text, name):
    """The body of a function definition, without its comments."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    found = re.search(rf"^[a-z][^;{{}}#]*\b{name}\([^;{{}}]*\)[^;{{}}]*\n{{\n", text, re.MULTILINE)
    assert found, f"no definition of {name}"
    # by its braces: an archive of mails loses the indentation
    depths = accumulate(({"{": 1, "}": -1}.get(character, 0) for character in text[found.end() :]), initial=1)
    return text[found.end() : found.end() + list(depths).index(0)]


def calls(text, wanted):
    """The calls in `text` that the model has a step for, in order and in its own names."""
    names = [name for name in CALL.findall(text) if name in wanted]
    return [one for name in names for one in SAME.get(name, name).split()]


def steps(program, leave_out=()):
    """The steps of a program that are calls, in order, without what is inside finish_wait() and the scheduler."""
    inside = False
    found = []
    for instruction in assemble(program):
        name = first_call(instruction.words)
        if not inside and CALL.search(WORDS[instruction.words]) and instruction.words not in leave_out:
            found.append(name)
        inside = (inside or instruction.words == "finish_wait") and instruction.words != "leave_wait"
    return found


def seed_mail(shared):
    lines = (shared / "seed-mail.txt").read_text().splitlines()
    quoted = [line.removeprefix("> +").removeprefix(" ") for line in lines if line.startswith("> +")]
    return "\n".join(quoted)


def waits(text):
    """The calls of the wait's body, up to which way it gives up lock and map."""
    return calls(body(text, "migration_entry_wait_on_locked"), known())


GIVEN_UP = ["spin_unlock", "pte_unmap", "spin_unlock"]


def both_ways(found):
    """`if (ptep) pte_unmap_unlock(); else spin_unlock();` as the two bodies it stands for."""
    at = next(i for i in range(len(found)) if found[i : i + 3] == GIVEN_UP)
    return found[: at + 2] + found[at + 3 :], found[:at] + found[at + 2 :]


@pytest.mark.shared
def test_the_wait_of_the_seed_mail(shared):
    with_map, without = both_ways(waits(seed_mail(shared)))
    assert with_map == steps(WAIT_UNMAP, leave_out=("find_folio",))
    assert without == steps(WAIT, leave_out=("find_folio",))


@pytest.mark.tree
class TestOf61:
    @pytest.fixture
    def mm(self, tree_6_1):
        return {name: (tree_6_1 / "mm" / name).read_text() for name in ("filemap.c", "migrate.c")}

    def test_the_wait(self, mm):
        with_map, without = both_ways(waits(mm["filemap.c"]))
        assert with_map == steps(WAIT_UNMAP)
        assert without == steps(WAIT)

    def test_the_fault_handler(self, mm):
        outer = calls(body(mm["migrate.c"], "migration_entry_wait"), {"pte_offset_map"})
        inner = calls(body(mm["migrate.c"], "__migration_entry_wait"), known() | {"is_migration_entry"})
        assert outer + inner == summary(FAULT_STAYS, reads=0)

    def test_the_pmd(self, mm):
        assert calls(body(mm["migrate.c"], "pmd_migration_entry_wait"), known()) == summary(FAULT_PMD, reads=0)

    def test_the_waker(self, mm):
        check_waker(mm["filemap.c"])


@pytest.mark.tree
class TestOf612:
    @pytest.fixture
    def mm(self, tree_6_12):
        return {name: (tree_6_12 / "mm" / name).read_text() for name in ("filemap.c", "migrate.c")}

    def test_the_wait(self, mm):
        assert waits(mm["filemap.c"]) == steps(WAIT)

    def test_the_fault_handler(self, mm):
        assert calls(body(mm["migrate.c"], "migration_entry_wait"), known()) == summary(FAULT_RCU)

    def test_the_pmd(self, mm):
        assert calls(body(mm["migrate.c"], "pmd_migration_entry_wait"), known()) == summary(FAULT_PMD, reads=0)

    def test_hugetlb(self, mm):
        found = calls(body(mm["migrate.c"], "migration_entry_wait_huge"), known())
        waiting = found[: found.index("spin_unlock")] + found[found.index("spin_unlock") + 2 :]
        assert waiting == summary(FAULT_HUGE)[: len(waiting)]
        assert found[found.index("spin_unlock") :][:2] == ["spin_unlock", "hugetlb_vma_unlock_read"]

    def test_the_waker(self, mm):
        check_waker(mm["filemap.c"])


def check_waker(text):
    """folio_wake_bit() around wake_page_function() is the migrator's walk."""
    woken = calls(body(text, "wake_page_function"), {"smp_store_release", "wake_up_state", "list_del_init_careful"})
    names = {"spin_lock_irqsave", "folio_clear_waiters", "spin_unlock_irqrestore"}
    around = calls(body(text, "folio_wake_bit"), names)
    walk = MIGRATOR[MIGRATOR.index("lock_queue") : MIGRATOR.index("put:")]
    model = [first_call(line.partition(" ->")[0]) for line in walk.split() if line in WORDS and line != "pick_waiter"]
    assert [around[0], *woken, *around[-2:]] == model


def summary(program, reads=1):
    """A fault handler's program with the wait as one call, without the retry and with the other way out at its end."""
    wait_calls = steps(WAIT)
    unmapping = steps(WAIT_UNMAP)
    found = steps(program, leave_out=("check_pmd",) if reads else ("check_pmd", "read_entry", "read_direct"))
    for part in (unmapping, wait_calls):
        for at in range(len(found)):
            if found[at : at + len(part)] == part:
                return _without_retry([*found[:at], "migration_entry_wait_on_locked", *found[at + len(part) :]])
    raise AssertionError("no wait in it")


def _without_retry(found):
    end = found.index("migration_entry_wait_on_locked") + 1
    retry = ["spin_unlock", "pte_unmap"]
    return found[:end] + (found[end + 2 :] if found[end : end + 2] == retry and len(found) > end + 2 else found[end:])


class TestTheTestsCanFail:
    def test_order_is_seen(self):
        text = "void f(void)\n{\n\tspin_lock_irq(q);\n\t/* io_schedule() */\n\tfolio_set_waiters(x);\n}\n"
        assert calls(body(text, "f"), known()) == ["spin_lock_irq", "folio_set_waiters"]

    def test_a_step_is_known_by_its_call(self):
        assert steps(WAIT)[:4] == ["pfn_swap_entry_folio", "spin_lock_irq", "folio_set_waiters", "folio_trylock_flag"]
        assert "list_del_init" not in steps(WAIT)

    def test_a_missing_function_is_said(self):
        with pytest.raises(AssertionError, match="no definition of g"):
            body("void f(void)\n{\n}\n", "g")
