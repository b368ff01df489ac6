"""What a caller knows of what its helpers do with locks: take back in part, find, hand out under two names, put off."""

import pytest
from test_series import changed, rules


def added(text):
    return rules(changed("", text))


RELOCK = """\
static bool relock(struct vm_fault *vmf, struct folio *folio)
{
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	folio_lock(folio);
	vmf->pte = pte_offset_map_lock(vmf->vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (vmf->pte)
		return true;
	folio_unlock(folio);
	return false;
}

int fault(struct vm_fault *vmf, struct folio *folio)
{
	vmf->pte = pte_offset_map_lock(vmf->vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (!vmf->pte)
		return -EAGAIN;
	if (!relock(vmf, folio))
		return -EAGAIN;
	folio_unlock(folio);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return 0;
}
"""


def test_a_lock_that_could_not_be_taken_again_is_given_up_all_the_same():
    assert added(RELOCK) == []


def test_it_cannot_be_given_back_by_the_caller():
    assert "unlock-after-wait" in added(RELOCK.replace("\tif (vmf->pte)\n", "\tif (!vmf->pte)\n"))


PAIR = """\
struct pair {
	struct stock *stock;
	struct shelf *shelf[2];
};

static void pair_unlock(struct pair *pair)
{
	if (pair->shelf[1])
		spin_unlock(&pair->shelf[1]->lock);
	spin_unlock(&pair->shelf[0]->lock);
	spin_unlock(&pair->stock->lock);
}

static bool pair_lock(struct pair *pair, int one, int other)
{
	struct stock *stock = pair->stock;

	spin_lock(&stock->lock);
	if (!stock->shelves) {
		spin_unlock(&stock->lock);
		return false;
	}
	pair->shelf[0] = lock_shelf(stock, one);
	pair->shelf[1] = NULL;
	if (one != other) {
		pair->shelf[1] = stock->shelves + other;
		spin_lock(&pair->shelf[1]->lock);
	}
	return true;
}

int same(struct stock *stock, int one, int other)
{
	struct pair pair = { .stock = stock };
	int done = 0;

	while (done < 8) {
		if (!pair_lock(&pair, one, other))
			return -ENODEV;
		done += counted(&pair);
		pair_unlock(&pair);
	}
	return done;
}
"""


def test_an_array_in_what_was_set_to_zero_is_no_null_pointer():
    assert added(PAIR) == []


FOUND = """\
static struct rw_semaphore *sem_of(struct probe *probe)
{
	return &probe->vm->notifier_lock;
}

int probe_lock(struct probe *probe)
{
	struct rw_semaphore *sem = sem_of(probe);
	int ret;

	ret = down_read_interruptible(sem);
	if (ret)
		return ret;
	if (probe_stale(probe)) {
		up_read(sem);
		return -EAGAIN;
	}
	return 0;
}
"""


def test_a_lock_that_a_helper_finds_may_be_left_to_whoever_asks_it_again():
    assert added(FOUND) == []


def test_an_error_with_it_held_is_still_none_of_the_callers():
    late = FOUND.replace("\t\tup_read(sem);\n", "").replace("\treturn 0;", "\tup_read(sem);\n\treturn 0;")
    assert added(late) == ["missing-unlock"]


INLINE = """\
void vma_lock(struct vma *vma)
{
	if (is_shared(vma))
		down_read(&vma->lock->sem);
}
"""
BY_HELPER = """\
static struct rw_semaphore *sem_of(struct vma *vma)
{
	return is_shared(vma) ? &vma->lock->sem : NULL;
}

void vma_lock(struct vma *vma)
{
	struct rw_semaphore *sem = sem_of(vma);

	if (sem)
		down_read(sem);
}
"""


def test_what_is_held_under_another_name_is_held_instead():
    assert rules(changed(INLINE, BY_HELPER)) == []


def test_what_was_not_held_before_is_more():
    nothing = INLINE.replace("down_read(&vma->lock->sem)", "vma->users++")
    assert rules(changed(nothing, INLINE)) == ["missing-unlock"]


SPLIT = """\
static int split(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, struct folio *folio,
	pte_t **startp, pte_t **ptep, spinlock_t **ptlp)
{
	arch_leave_lazy_mmu_mode();
	pte_unmap_unlock(*startp, *ptlp);
	split_folio(folio);
	*startp = *ptep = pte_offset_map_lock(mm, pmd, addr, ptlp);
	if (!*startp)
		return -EAGAIN;
	arch_enter_lazy_mmu_mode();
	return 0;
}

int range(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	pte_t *start, *pte;
	spinlock_t *ptl;
	struct folio *folio;

	start = pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (!start)
		return 0;
	arch_enter_lazy_mmu_mode();
	for (; addr != end; pte++, addr += PAGE_SIZE) {
		folio = folio_at(pte);
		if (folio && split(mm, pmd, addr, folio, &start, &pte, &ptl))
			break;
	}
	if (start) {
		arch_leave_lazy_mmu_mode();
		pte_unmap_unlock(start, ptl);
	}
	return 0;
}
"""


def test_one_new_map_may_have_two_names_and_what_was_due_is_done_before_the_lock_is_dropped():
    assert added(SPLIT) == []


def test_two_maps_are_not_one():
    other = SPLIT.replace("*startp = *ptep = pte_offset_map_lock(mm, pmd, addr, ptlp);",
                          "*startp = pte_offset_map_lock(mm, pmd, addr, ptlp);\n\t*ptep = pte_offset_map(pmd, addr);")
    assert "mismatched-pair" in added(other)


def test_who_drops_the_lock_without_doing_what_was_due_is_too_early():
    early = SPLIT.replace("\tarch_leave_lazy_mmu_mode();\n\tpte_unmap_unlock(*startp", "\tpte_unmap_unlock(*startp")
    early = early.replace("\tarch_enter_lazy_mmu_mode();\n\treturn 0;", "\treturn 0;")
    assert "flush-after-unlock" in added(early)


WALK = """\
enum level { NONE, HUGE, SMALL };

static void drop(struct walk *walk)
{
	switch (walk->level) {
	case HUGE:
		spin_unlock(walk->ptl);
		break;
	case SMALL:
		pte_unmap_unlock(walk->pte, walk->ptl);
		break;
	case NONE:
		break;
	}
	walk->level = NONE;
}

static bool give_way(struct walk *walk)
{
	if (!need_resched())
		return true;
	drop(walk);
	cond_resched();
	return false;
}

void all(struct walk *walk, pmd_t *pmd, unsigned long addr, unsigned long end)
{
	walk->pte = pte_offset_map_lock(walk->mm, pmd, addr, &walk->ptl);
	if (!walk->pte)
		return;
	walk->level = SMALL;
	while (walk->level == SMALL) {
		count(ptep_get(walk->pte));
		addr += PAGE_SIZE;
		if (addr == end)
			break;
		walk->pte++;
		if (!give_way(walk))
			break;
	}
	drop(walk);
}
"""


def test_a_step_behind_the_test_for_the_end_stays_inside():
    assert added(WALK) == []


TEST, STEP = "\t\tif (addr == end)\n\t\t\tbreak;\n", "\t\twalk->pte++;\n"


@pytest.mark.parametrize(("test", "other"), [
    (TEST, ""),
    (TEST + STEP, STEP + TEST),
    ("if (addr == end)", "if (addr != end)"),
    ("\t\taddr += PAGE_SIZE;\n", ""),
], ids=["no test", "a test behind it", "the wrong way", "of what does not move"])
def test_a_step_without_one_may_leave_it(test, other):
    assert "unmap-wrong-pointer" in added(WALK.replace(test, other))


BATCH = """\
static int batch_lock(struct batch *batch, unsigned long nr)
{
	unsigned long end = end_of(batch);

	if (IS_ERR_VALUE(end))
		return end;
	batch->pte = pte_offset_map_lock(batch->mm, batch->pmd, batch->addr, &batch->ptl);
	if (!batch->pte)
		return -EFAULT;
	batch->nr = nr;
	return nr;
}

int batch_all(struct mm_struct *mm, pmd_t *pmd, unsigned long addr, unsigned long nr)
{
	struct batch batch = { .mm = mm, .pmd = pmd, .addr = addr };
	int got = batch_lock(&batch, nr);

	if (got < 0)
		return got;
	pte_unmap_unlock(batch.pte, batch.ptl);
	return got;
}
"""


def test_a_number_that_is_never_negative_is_no_error():
    assert added(BATCH) == []


def test_one_that_may_be_negative_is_one_perhaps():
    assert added(BATCH.replace("unsigned long nr", "long nr")) == ["missing-unmap"]


RETURNED = """\
static struct item *find_locked(struct head *head)
{
	struct item *item = head->first;

	if (!item)
		return ERR_PTR(-ENOENT);
	mutex_lock(&item->lock);
	return item;
}

static struct item *find_ready(struct head *head)
{
	struct item *item = find_locked(head);

	if (IS_ERR(item))
		return item;
	if (item->ready)
		return item;
	mutex_unlock(&item->lock);
	return ERR_PTR(-EAGAIN);
}

int count(struct head *head)
{
	struct item *item = find_ready(head);

	if (IS_ERR(item))
		return PTR_ERR(item);
	mutex_unlock(&item->lock);
	return 0;
}
"""


def test_what_something_is_locked_in_is_no_error():
    assert added(RETURNED) == []


ASKED = """\
int split(struct page *base)
{
	struct page *page;

	if (!is_debugged())
		spin_unlock(&cpa_lock);
	page = alloc_pages(GFP_KERNEL, 0);
	if (!is_debugged())
		spin_lock(&cpa_lock);
	return page ? 0 : -ENOMEM;
}

int split_all(struct page *base)
{
	int err = 0;

	spin_lock(&cpa_lock);
	while (!err && base->next)
		err = split(base->next);
	spin_unlock(&cpa_lock);
	return err;
}
"""


def test_what_is_given_up_on_an_answer_is_taken_again_on_the_same():
    assert "lock-held-twice" not in added(ASKED)


def test_who_sleeps_with_what_it_has_not_dropped_is_told_by_what_it_was_asked():
    early = WALK.replace("\tdrop(walk);\n\tcond_resched();\n", "\tcond_resched();\n\tdrop(walk);\n")
    assert added(early) == ["wait-while-locked"]
