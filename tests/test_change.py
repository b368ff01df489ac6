"""A patch after which a function leaves other locks than before, whose callers are as they were."""

import re

import pytest
from test_series import changed, rules

HEAD = "int settle(struct mm_struct *mm, struct queue *queue, int flags)\n{\n\tint err;\n\n"
DROPPED = "\tif (flags & MAY_DROP) {\n\t\tmmap_read_unlock(mm);\n\t\terr = wait_on(queue);\n"
AGAIN = "\t\treturn RETRY_LATER;\n\t}\n"
FAILED = "\t\tif (err < 0)\n\t\t\treturn GIVEN_UP;\n"
REST = "\terr = wait_on(queue);\n\tif (err < 0)\n\t\treturn GIVEN_UP;\n\treturn 0;\n}\n"


def report(before, after, head=HEAD):
    return changed(head + before, head + after)


class TestGivenUp:
    def test_with_a_result_that_did_not_say_so(self):
        (finding,) = report(DROPPED + AGAIN + REST, DROPPED + FAILED + AGAIN + REST)["findings"]
        assert finding["rule"] == "lock-not-held"
        assert finding["message"].startswith("function now returns without the mmap_lock of mm; before the patch")
        assert [note["message"] for note in finding["notes"]] == ["mmap_read_unlock() gave it up here"]

    def test_with_a_result_of_its_own(self):
        own = FAILED.replace("GIVEN_UP", "STALE").replace("err < 0", "err == 7")
        assert rules(report(DROPPED + AGAIN + REST, DROPPED + own + AGAIN + REST)) == []

    def test_by_every_path_with_that_result(self):
        kept = REST.replace("\t\treturn GIVEN_UP;\n", "\t\tgoto fail;\n")
        before = DROPPED + AGAIN + kept.replace("\treturn 0;\n}", "\treturn 0;\nfail:\n\treturn GIVEN_UP;\n}")
        after = before.replace("fail:\n", "fail:\n\tmmap_read_unlock(mm);\n")
        assert rules(report(before, after)) == []

    def test_it_did_so_before(self):
        both = DROPPED + FAILED + AGAIN + REST
        assert rules(report(both, both.replace("MAY_DROP", "MAY_WAIT"))) == []


class TestBehindAFault:
    """Whatever a fault did meanwhile, it comes back with the lock."""

    HEAD = "int look_up(struct mm_struct *mm, unsigned long addr)\n{\n\tbool unlocked;\n\tint err;\nretry:\n"
    LOCKED = "\tunlocked = false;\n\tmmap_read_lock(mm);\n\terr = look_at(mm, addr);\n\tif (err == -EFAULT) {\n"
    FAULT = "\t\tif (fixup_user_fault(mm, addr, FAULT_FLAG_WRITE, &unlocked) == 0) {\n"
    AGAIN = "\t\t\tmmap_read_unlock(mm);\n\t\t\tgoto retry;\n\t\t}\n\t}\n"
    LAST = "\tmmap_read_unlock(mm);\n\treturn err;\n}\n"

    def found(self, again):
        body = self.LOCKED + self.FAULT
        return rules(report(body + self.AGAIN + self.LAST, body + again + self.LAST, self.HEAD))

    def test_it_is_given_back(self):
        assert self.found("\t\t\tnote(mm);\n" + self.AGAIN) == []

    def test_it_is_taken_for_gone(self):
        assert self.found("\t\t\tif (!unlocked)\n" + self.AGAIN.replace("\tmmap", "\t\tmmap", 1)) == ["missing-unlock"]


class TestBehindARetry:
    """A patch that leaves by a label behind which nobody names what is still locked."""

    HEAD = "void *area(struct mm_struct *mm, unsigned long addr)\n{\n\tstruct vm_area_struct *vma;\nretry:\n"
    FIND = "\tvma = find_area(mm, addr);\n\tif (!vma || !vma_start_read(vma))\n\t\tgoto none;\n"
    AGAIN = "\tif (vma->detached) {\n\t\tvma_end_read(vma);\n\t\tgoto retry;\n\t}\n"
    INSIDE = "\tif (addr < vma->vm_start)\n\t\tgoto none_end_read;\n\treturn vma;\n"
    ENDS = "none_end_read:\n\tvma_end_read(vma);\nnone:\n\tcount_miss(mm);\n\treturn NULL;\n}\n"

    @pytest.mark.parametrize(("label", "found"), [("none", ["missing-unlock"]), ("none_end_read", [])])
    def test_the_label(self, label, found):
        before, new = self.FIND + self.AGAIN, f"\tif (!vma->anon_vma)\n\t\tgoto {label};\n"
        rest = self.INSIDE + self.ENDS
        assert rules(report(before + rest, before + new + rest, self.HEAD)) == found


class TestAddress:
    """A patch that gives a pointer into a table the address that another one had."""

    HEAD = (
        "void move(struct mm_struct *mm, struct vm_area_struct *vma, pte_t *old_ptep, pte_t *new_ptep,\n"
        "\t  unsigned long old, unsigned long new)\n{\n\tpte_t pte;\n\n"
    )
    BEFORE = "\tpte = ptep_clear_flush(vma, old, old_ptep);\n\tset_pte_at(mm, new, new_ptep, pte);\n}\n"

    def found(self, *calls):
        return report(self.BEFORE, "".join(f"\t{call};\n" for call in calls) + "}\n", self.HEAD)["findings"]

    def test_of_another(self):
        (finding,) = self.found("pte = ptep_get_and_clear(mm, new, old_ptep)", "set_pte_at(mm, new, new_ptep, pte)")
        said = "ptep_get_and_clear() gets old_ptep with new, which is the address of another pointer"
        assert (finding["rule"], finding["message"]) == ("crossed-entry", said)
        assert [note["message"] for note in finding["notes"]] == ["old_ptep was used, before the patch, with old here"]

    def test_its_own(self):
        assert self.found("pte = ptep_get_and_clear(mm, old, old_ptep)", "set_pte_at(mm, new, new_ptep, pte)") == []

    def test_every_one_has_changed(self):
        assert self.found("pte = ptep_get_and_clear(mm, new, old_ptep)", "set_pte_at(mm, old, new_ptep, pte)") == []


class TestLockOfACallee:
    """A patch that takes no lock any more around a callee that asserts it."""

    CALLEE = "static int count(struct mm_struct *mm)\n{\n\tmmap_assert_locked(mm);\n\treturn mm->count;\n}\n\n"
    HEAD = "int count_of(struct task *task)\n{\n\tstruct mm_struct *mm = task->mm;\n\tint n = 0;\n\n"
    LOCKED = "\tmmap_read_lock(mm);\n\tn = count(mm);\n\tmmap_read_unlock(mm);\n\treturn n;\n}\n"
    FREE = "\tn = count(mm);\n\treturn n;\n}\n"

    def report(self, after, head=HEAD):
        return report(self.HEAD + self.LOCKED, head + after, self.CALLEE)

    def test_is_gone(self):
        (finding,) = self.report(self.FREE)["findings"]
        said = "count() needs the mmap_lock of mm held; before the patch it was, and nothing takes it any more"
        assert (finding["rule"], finding["message"]) == ("lock-not-held", said)

    def test_is_taken_by_somebody_else(self):
        assert rules(self.report("\tlock_of(task);\n" + self.FREE)) == []
        assert rules(self.report(self.FREE.replace("count(mm)", "take_and_count(mm)"))) == []

    def test_is_now_the_callers(self):
        assert rules(self.report(self.FREE, self.HEAD.replace("*task)", "*task, bool locked)"))) == []

    def test_another_one_is_taken(self):
        assert rules(self.report(self.LOCKED.replace("lock(mm)", "lock(task->other)"))) == []


class TestFlush:
    """A patch that moves a flush of the TLB behind the unlock; what was changed, a callee did."""

    HEAD = "int protect(struct vm_area_struct *vma, pmd_t *pmd, unsigned long addr, spinlock_t *old)\n{\n"
    HEAD += "\tspinlock_t *ptl;\n\tpte_t *pte;\n\tint n;\n\n"
    HEAD += "\tpte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);\n\tif (!pte)\n\t\treturn 0;\n"
    HEAD += "\tn = change(pte);\n"
    UNLOCK, FLUSH = "\tpte_unmap_unlock(pte, ptl);\n", "\tif (n)\n\t\tflush_tlb_page(vma, addr);\n"
    END = "\treturn n;\n}\n"

    def report(self, before, after, head=HEAD):
        return report(before + self.END, after + self.END, head)

    def test_behind_the_unlock(self):
        (finding,) = self.report(self.FLUSH + self.UNLOCK, self.UNLOCK + self.FLUSH)["findings"]
        said = "flush_tlb_page() comes after the lock was dropped; before the patch it came first"
        assert (finding["rule"], finding["message"]) == ("flush-after-unlock", said)

    def test_in_a_function_that_is_wrong_already(self):
        wrong = self.HEAD + "\tspin_unlock(old);\n\tspin_unlock(old);\n"
        found = self.report(self.FLUSH + self.UNLOCK, self.UNLOCK + self.FLUSH, wrong)["findings"]
        assert [finding["rule"] for finding in found] == ["flush-after-unlock"]

    def test_before_it(self):
        assert rules(self.report(self.UNLOCK + self.FLUSH, self.FLUSH + self.UNLOCK)) == []
        assert rules(self.report(self.UNLOCK + self.FLUSH, "\tnote(n);\n" + self.UNLOCK + self.FLUSH)) == []


class TestNothingToGiveBack:
    """A callee that unmaps what it is given, unless that is NULL: the caller gives back the rest as before."""

    HEAD = "void wait_for(struct mm_struct *mm, pte_t *ptep, spinlock_t *ptl)\n{\n\tpte_t pte;\n\n\tspin_lock(ptl);\n"
    HEAD += "\tpte = *ptep;\n"
    TEST = "\tif (!is_swap_pte(pte) || !is_migration_entry(pte_to_swp_entry(pte)))"
    WAIT = "\tmigration_entry_wait_on_locked(pte_to_swp_entry(pte), ptep, ptl);\n"

    def test_where_it_is_null(self):
        before = f"{self.TEST}\n\t\tgoto out;\n{self.WAIT}\treturn;\nout:\n\tpte_unmap_unlock(ptep, ptl);\n}}\n"
        after = f"{self.TEST} {{\n\t\tpte_unmap_unlock(ptep, ptl);\n\t\treturn;\n\t}}\n{self.WAIT}}}\n"
        assert rules(report(before, after, self.HEAD)) == []


def test_where_the_end_is():
    """By a return or by the last line a caller is not told what it is left with."""
    head = "void fill(struct queue *queue)\n{\n\tbool locked = false;\n\n"
    before = "\tif (!spin_trylock(&queue->lock))\n\t\tgoto plain;\n\tfill_fast(queue);\n\tput_later(queue);\n"
    before += "\treturn;\nplain:\n\tfill_slowly(queue);\n}\n"
    after = "\tlocked = spin_trylock(&queue->lock);\n\tif (locked) {\n\t\tfill_fast(queue);\n\t\tput_later(queue);\n"
    after += "\t} else {\n\t\tfill_slowly(queue);\n\t}\n}\n"
    assert rules(report(before, after, head)) == []


def test_a_release_of_what_has_no_name():
    """A map that was given back by a sum of members, and is by its variable now."""
    head = "int copy(struct page *page, int offset)\n{\n\tstruct info info;\n\tvoid *to;\n\n"
    before = "\tinfo.to = (unsigned long)kmap_local_page(page) + offset;\n\tfill(&info);\n"
    before += "\tkunmap_local((void *)(unsigned long)(info.to - offset));\n\treturn 0;\n}\n"
    after = "\tto = kmap_local_page(page);\n\tinfo.to = (unsigned long)to + offset;\n\tfill(&info);\n"
    after += "\tkunmap_local(to);\n\treturn 0;\n}\n"
    assert rules(report(before, after, head)) == []



class TestKeptInALoop:
    """Pages that a structure keeps, locked, and one exit in place of one in each branch of the loop."""

    DROP = "static void drop(struct ctl *ctl)\n{\n\tint i;\n\n\tunmap(ctl);\n\tfor (i = 0; i < ctl->count; i++) {\n"
    DROP += "\t\tif (!ctl->pages[i])\n\t\t\tcontinue;\n\t\tunlock_page(ctl->pages[i]);\n"
    DROP += "\t\tput_page(ctl->pages[i]);\n\t}\n}\n\n"
    HEAD = "int prepare(struct ctl *ctl, struct address_space *mapping, bool uptodate)\n{\n\tstruct page *page;\n"
    HEAD += "\tint ret, i;\n\n\tfor (i = 0; i < ctl->count; i++) {\n\t\tpage = find_page(mapping, i);\n"
    HEAD += "\t\tif (!page) {\n\t\t\tLEAVE(-ENOMEM)\n\t\t}\n\t\tret = enlarge(page);\n\t\tif (ret < 0) {\n"
    HEAD += "\t\t\tunlock_page(page);\n\t\t\tput_page(page);\n\t\t\tLEAVE(ret)\n\t\t}\n\t\tctl->pages[i] = page;\n"
    HEAD += "\t\tif (uptodate && !PageUptodate(page)) {\n\t\t\tfill(page);\n\t\t\tlock_page(page);\n"
    HEAD += "\t\t\tif (page->mapping != mapping) {\n\t\t\t\tLEAVE(-EIO)\n\t\t\t}\n"
    HEAD += "\t\t\tif (!PageUptodate(page)) {\n\t\t\t\tLEAVE(-EIO)\n\t\t\t}\n\t\t}\n\t}\n"
    HEAD += "\tfor (i = 0; i < ctl->count; i++)\n\t\tclear(ctl->pages[i]);\n\treturn 0;\n"

    def test_an_exit_behind_it(self):
        each = re.sub(r"LEAVE\((.+)\)", r"drop(ctl);\n\t\t\treturn \1;", self.HEAD)
        one = re.sub(r"LEAVE\((.+)\)", r"ret = \1;\n\t\t\tgoto out;", self.HEAD)
        before, after = self.DROP + each + "}\n", self.DROP + one + "out:\n\tdrop(ctl);\n\treturn ret;\n}\n"
        assert rules(changed(before, after, 80)) == []
