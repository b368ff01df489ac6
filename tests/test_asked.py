"""A patch that stops to ask what an entry is before it is read, or overwritten."""

import pytest
from test_series import changed, rules

PRESENT = "\tif (!pte_present(pte))\n\t\tgoto out;\n"
READ = "\tpfn = pte_pfn(pte);\n"
LOCKED = "\tptep = pte_offset_map_lock(mm, pmd, addr, &ptl);\n\tif (!ptep)\n\t\treturn 0;\n"
ENTRY = "\tpte = ptep_get(ptep);\n"
SAME = "\tif (!pte_same(pte, old))\n\t\tgoto out;\n"
SWAP = "\tif (!is_swap_pte(pte))\n\t\tgoto out;\n"
SAME_NOW = SAME.replace("pte,", "ptep_get(ptep),")
SET = "\tset_pte_at(mm, addr, ptep, new);\n"


def side(body, name="pfn_of", above=""):
    head = f"{above}unsigned long {name}(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, pte_t old, pte_t new)\n"
    declared = "\tunsigned long pfn = 0;\n\tspinlock_t *ptl;\n\tpte_t *ptep, pte;\n\n"
    return f"{head}{{\n{declared}{body}out:\n\tpte_unmap_unlock(ptep, ptl);\n\treturn pfn;\n}}\n"


def report(before, after, context=30, **above):
    return changed(side(before), side(after, **above), context)


def found(before, after, **more):
    return rules(report(before, after, **more))


class TestRead:
    def test_without_the_test(self):
        (finding,) = report(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + READ)["findings"]
        told = "pte_pfn() gets pte without a test that was made before this patch: pte_present(pte)"
        assert finding["message"] == told
        assert [note["message"] for note in finding["notes"]] == [
            "before the patch, every path had found pte_present(pte) here"
        ]

    def test_with_it(self):
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + PRESENT + "\tnote(1);\n" + READ) == []

    def test_it_was_never_made(self):
        assert found(LOCKED + ENTRY + READ, LOCKED + ENTRY + "\tnote(1);\n" + READ) == []

    def test_on_one_path(self):
        some = PRESENT.replace("if (", "if (addr && ")
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + some + READ) == ["untested-entry"]

    def test_a_weaker_one(self):
        weaker = PRESENT.replace("!pte_present", "pte_none")
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + weaker + READ) == ["untested-entry"]

    @pytest.mark.parametrize(
        ("test", "rule"), [("pte_none(pte) || pte_present(pte)", []), ("pte_present(pte)", ["untested-entry"])]
    )
    def test_one_that_will_do_where_there_was_none_better(self, test, rule):
        swap = "\tif (!is_swap_pte(pte))\n\t\tgoto out;\n"
        read = "\tpfn = swp_offset(pte_to_swp_entry(pte));\n"
        other = f"\tif ({test})\n\t\tgoto out;\n"
        assert found(LOCKED + ENTRY + swap + read, LOCKED + ENTRY + other + read) == rule
        assert found(LOCKED + ENTRY + other + read, LOCKED + ENTRY + other + "\tnote(1);\n" + read) == []

    def test_a_huge_page_that_is_not_present_has_no_bits(self):
        none = "\tif (huge_pte_none_mostly(pte))\n\t\tgoto out;\n"
        write = "\tpfn = !huge_pte_write(pte);\n"
        assert found(LOCKED + ENTRY + none + PRESENT + write, LOCKED + ENTRY + none + write) == ["untested-entry"]

    def test_another_question_that_is_known(self):
        """That it has no slot of a swap file does not say that it has a page frame."""
        head = "\tswp_entry_t entry = pte_to_swp_entry(pte);\n\n"
        read = "\tnote(pfn_swap_entry_to_page(entry));\n"
        right, wrong = (f"\tif (!{name}(entry))\n\t\tgoto out;\n" for name in ("is_pfn_swap_entry", "non_swap_entry"))
        before, after = (LOCKED + ENTRY + head + test + read for test in (right, wrong))
        assert found(before, after) == ["untested-entry"]

    def test_the_answer_in_a_variable(self):
        """Whatever it is asked with."""
        kept = "\tint there = pte_present(pte);\n\n\tif (!there)\n\t\tgoto out;\n"
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + kept + READ) == []

    def test_another_test_that_says_the_same(self):
        same = PRESENT.replace("!pte_present(pte)", "pte_none(pte) || is_swap_pte(pte)")
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + same + READ) == []

    def test_a_helper_that_asks(self):
        above = "static bool is_there(pte_t pte)\n{\n\treturn pte_present(pte);\n}\n\n"
        helped = PRESENT.replace("pte_present", "is_there")
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + helped + READ, above=above) == []

    def test_a_helper_that_nobody_knows(self):
        helped = PRESENT.replace("pte_present", "is_there")
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + helped + READ) == []

    def test_a_helper_that_nobody_knows_and_that_gets_nothing_of_it(self):
        new = "\tif (stop_soon(current))\n\t\tgoto out;\n"
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + new + READ) == ["untested-entry"]

    def test_another_predicate_that_says_yes(self):
        other = PRESENT.replace("pte_present", "pte_special")
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + other + READ) == []

    def test_that_it_is_the_entry_of_before(self):
        """By a name that lowering gave, the reader would not know what is meant."""
        before, after = (LOCKED + same + "\tpfn = pte_pfn(ptep_get(ptep));\n" for same in (SAME_NOW, ""))
        (finding,) = report(before, after)["findings"]
        said = "a test that was made before this patch: ptep_get(ptep) == old"
        assert finding["message"] == f"pte_pfn() gets ptep_get(ptep) without {said}"

    def test_nothing_is_read_any_more(self):
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY) == []

    def test_what_is_read_was_made_here(self):
        made = "\tpte = mk_pte(addr);\n"
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + made + READ) == []


class TestHalf:
    """A new function that asks one half of what an entry is."""

    def found(self, *lines):
        helper = side("".join(lines), name="swap_of")
        return rules(changed(side(LOCKED), side(LOCKED) + helper))

    @pytest.mark.parametrize("none", ["pte_none", "pte_none_mostly"])
    def test_that_it_is_none(self, none):
        test = f"\tif ({none}(pte))\n\t\tgoto out;\n"
        read = "\tnote(pte_to_swp_entry(pte));\n"
        assert self.found(LOCKED, ENTRY, test, read) == ["untested-entry"]
        assert self.found(LOCKED, ENTRY, test, "\tif (pte_present(pte))\n\t\tgoto out;\n", read) == []

    def test_nothing_at_all(self):
        assert self.found(LOCKED, ENTRY, "\tnote(pte_to_swp_entry(pte));\n") == []

    def test_somebody_else_may_have_asked(self):
        asked = "\tif (pte_none(pte))\n\t\tgoto out;\n\tif (is_ours(pte))\n\t\tgoto out;\n"
        assert self.found(LOCKED, ENTRY, asked, "\tnote(pte_to_swp_entry(pte));\n") == []


class TestFragment:
    """Of a hunk alone it is not known what stands elsewhere."""

    def test_the_test_is_gone(self):
        assert found(LOCKED + ENTRY + PRESENT + READ, LOCKED + ENTRY + READ, context=1) == ["untested-entry"]

    def test_it_is_made_in_another_hunk(self):
        rest = "\tnote(1);\n" * 8
        assert found(LOCKED + ENTRY + rest + PRESENT + READ, LOCKED + ENTRY + PRESENT + rest + READ, context=1) == []


class TestOverwritten:
    def test_without_a_look(self):
        assert found(LOCKED + ENTRY + SAME + SET, LOCKED + SET) == ["untested-entry"]

    def test_looked_at_before_the_lock(self):
        unlocked = LOCKED.replace("_lock", "_nolock")
        before, after = LOCKED + ENTRY + SAME + SET, unlocked + ENTRY + SAME + "\tspin_lock(ptl);\n" + SET
        assert "untested-entry" in found(before, after)

    @pytest.mark.parametrize("question", ["pte_none(pte)", "pte_same(ptep_get(ptep), old)", "!pte_present(pte)"])
    def test_any_look_will_do(self, question):
        asked = f"\tif (!{question})\n\t\tgoto out;\n".replace("!!", "")
        assert found(LOCKED + ENTRY + SAME + SET, LOCKED + ENTRY + asked + SET) == []

    def test_by_a_helper(self):
        helper = "static void put(struct mm_struct *mm, unsigned long addr, pte_t *at, pte_t new)\n"
        helper += "{\n\tset_pte_at(mm, addr, at, new);\n}\n\n"
        put = "\tput(mm, addr, ptep, new);\n\tpfn = pte_pfn(new);\n"
        sides = [side(body, above=helper) for body in (LOCKED + ENTRY + SAME + put, LOCKED + put)]
        assert rules(changed(*sides)) == ["untested-entry"]


class TestOlder:
    """What is read ahead of the lock, and was read under it."""

    AGAIN = LOCKED + ENTRY + PRESENT + READ
    AHEAD = LOCKED.replace("_lock", "_nolock") + ENTRY + "\tspin_lock(ptl);\n"

    def test_ahead_of_the_lock(self):
        (finding,) = report(self.AGAIN, self.AHEAD + PRESENT + READ)["findings"]
        assert finding["message"].startswith("pte_pfn() gets pte, which was read before the lock was taken")

    def test_without_the_lock_by_a_call_that_says_so(self):
        head = "\tptl = pte_lockptr(mm, pmd);\n\tptep = pte_offset_map(pmd, addr);\n\tif (!ptep)\n\t\treturn 0;\n"
        early = "\tpte = ptep_get_lockless(ptep);\n\tif (pte_none(pte))\n\t\tpfn = 1;\n"
        rest = SWAP + "\tpfn = swp_offset(pte_to_swp_entry({}));\n"
        before = head + "\tspin_lock(ptl);\n" + rest.replace("(pte)", "(ptep_get(ptep))").format("ptep_get(ptep)")
        after = head + early + "\tspin_lock(ptl);\n" + rest.format("pte")
        (finding,) = report(before, after)["findings"]
        assert finding["message"].startswith("pte_to_swp_entry() gets pte, which was read before the lock was taken")

    def test_under_a_lock_that_is_given_up(self):
        """What was read under the lock is looked at behind the unlock."""
        read = SWAP.replace("goto out", "return 0") + "\tpfn = swp_offset(pte_to_swp_entry(pte));\n"
        under = LOCKED + ENTRY + SWAP + "\tpfn = swp_offset(pte_to_swp_entry(pte));\n"
        assert found(under, LOCKED + ENTRY + "\tpte_unmap_unlock(ptep, ptl);\n" + read + "\treturn pfn;\n") == []

    def test_compared_under_the_lock(self):
        same = "\tif (!pte_same(pte, ptep_get(ptep)))\n\t\tgoto out;\n"
        assert found(self.AGAIN, self.AHEAD + same + PRESENT + READ) == []

    def test_what_was_read_before_the_lock_already(self):
        early = "\tpte = ptep_get_lockless(ptep);\n" + PRESENT + READ
        both = self.AHEAD.replace(ENTRY, early)
        assert found(both + ENTRY + PRESENT + READ, both + PRESENT + READ) == ["untested-entry"]

    def test_ahead_of_the_lock_alone(self):
        """Read, and taken apart, before the lock is taken."""
        ahead = LOCKED.replace("_lock", "_nolock") + "\tpfn = pte_pfn(*ptep);\n\tspin_lock(ptl);\n"
        before = LOCKED.replace("_lock", "_nolock") + "\tspin_lock(ptl);\n\tpfn = pte_pfn(*ptep);\n"
        assert found(before, ahead) == ["untested-entry"]
        assert found(before, ahead + "\tpfn = pte_pfn(*ptep);\n") == []


class TestElement:
    """An entry of a table that a pointer moves through, read under the lock that a flag says is held."""

    HEAD = "void each(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, unsigned long end)\n{\n"
    HEAD += "\tpte_t *ptep = NULL, pte;\n\tbool locked = false;\n\tspinlock_t *ptl;\n\n"
    LOOP = "\tfor (; addr < end; addr += PAGE_SIZE) {\n"
    MAP = "\t\t\tptep = pte_offset_map_lock(mm, pmd, addr, &ptl);\n\t\t\tif (!ptep)\n\t\t\t\tbreak;\n"
    READ = "\t\tpte = ptep_get(ptep);\n\t\tif (!is_swap_pte(pte))\n\t\t\tcontinue;\n"
    READ += "\t\tnote(pte_to_swp_entry(pte));\n\t\tpte_unmap_unlock(ptep, ptl);\n"
    BY_POINTER = "\t\tif (!ptep++) {\n" + MAP + "\t\t}\n" + READ + "\t\tptep = NULL;\n\t}\n\tif (ptep)\n"
    BY_FLAG = "\t\tif (locked) {\n\t\t\tptep++;\n\t\t} else {\n" + MAP + "\t\t\tlocked = true;\n\t\t}\n"
    BY_FLAG += READ + "\t\tlocked = false;\n\t}\n\tif (locked)\n"
    END = "\t\tpte_unmap_unlock(ptep, ptl);\n}\n"

    def test_is_read_under_it(self):
        sides = [self.HEAD + self.LOOP + by + self.END for by in (self.BY_POINTER, self.BY_FLAG)]
        assert rules(changed(*sides, 40)) == []


    # a table that nobody else has, looked up for each entry or once
    FILL = "void fill(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, int count)\n{\n\tpte_t *pte, entry;\n"
    EACH = "\tfor (int i = 0; i < count; i++, addr += PAGE_SIZE) {\n\t\tentry = made_of(i);\n"
    LOOKUP = "\tpte = pte_offset_map(pmd, addr);\n\tif (!pte)\n\t\treturn;\n"
    ASK = "\t\tVM_BUG_ON(!pte_none(*pte));\n"
    STORE = "\t\tset_pte_at(mm, addr, pte, entry);\n"

    @pytest.mark.parametrize(("ask", "told"), [(ASK, []), ("", ["untested-entry"])])
    def test_is_asked_in_each_round(self, ask, told):
        before = self.FILL + self.EACH + self.LOOKUP + self.ASK + self.STORE + "\t\tpte_unmap(pte);\n\t}\n}\n"
        after = self.FILL + self.LOOKUP + self.EACH + ask + self.STORE + "\t\tpte++;\n\t}\n\tpte_unmap(pte - 1);\n}\n"
        assert rules(changed(before, after, 40)) == told


class TestPointer:
    """What a walk leaves at NULL for an entry of another level."""

    WALK = "\tstruct page_vma_mapped_walk pvmw = { .vma = vma };\n\n\twhile (page_vma_mapped_walk(&pvmw)) {\n"
    READ = "\t\tpte_t *ptep = pvmw.pte;\n\t\tpte_t pte = ptep_get(ptep);\n\n"
    TEST = "\t\tif (!pvmw.pte)\n\t\t\tcontinue;\n"
    REST = "\t\tpfn = pte_pfn(pte);\n\t}\n\treturn pfn;\n}\n"

    def report(self, before, after):
        head = "unsigned long pfn_of(struct vm_area_struct *vma)\n{\n\tunsigned long pfn = 0;\n"
        return changed(*(head + self.WALK + body + self.REST for body in (before, after)))

    def test_is_gone_through_before_the_test(self):
        (finding,) = self.report(self.TEST + self.READ, self.READ + self.TEST)["findings"]
        assert finding["message"] == "ptep_get() gets ptep without a test that was made before this patch: ptep != NULL"

    def test_behind_it(self):
        warned = "\t\tif (WARN_ON_ONCE(!pvmw.pte))\n\t\t\tcontinue;\n"
        assert rules(self.report(self.TEST + self.READ, warned + self.READ)) == []


class TestOneLockForAll:
    """A loop that took the lock for each entry, and steps through them under one now."""

    HEAD = "void each(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, unsigned long end)\n{\n"
    HEAD += "\tpte_t *first, *ptep;\n\tspinlock_t *ptl;\n\n"
    LOOP = "\tfor (; addr != end; addr += PAGE_SIZE{}) {{\n"
    READ = "\t\tif (is_zero_pfn(pte_pfn(*ptep)))\n\t\t\tnote(addr);\n"

    def test_elements(self):
        lock, unlock = "ptep = pte_offset_map_lock(mm, pmd, addr, &ptl);\n", "\tpte_unmap_unlock({}, ptl);\n"
        mapped = "\tif (!ptep)\n\t\treturn;\n"
        each = self.LOOP.format("") + f"\t\t{lock}{mapped}" + self.READ + f"\t{unlock.format('ptep')}\t}}\n}}\n"
        stepped = self.LOOP.format(", ptep++")
        one = f"\tfirst = {lock}{mapped}{stepped}{self.READ}\t}}\n{unlock.format('first')}}}\n"
        assert "untested-entry" not in rules(changed(self.HEAD + each, self.HEAD + one))
