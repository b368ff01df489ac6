"""Only what is new: states of findings, fingerprints, and what a changed contract means for callers elsewhere."""

import pytest
from command import run
from repositories import commit, git, repository
from test_series import BODY, HEAD, HEADERS, LEAKING, OTHER, PLAIN, TWICE, X, changed, rules, told

BAD = TWICE.removeprefix(HEAD)
Y = "mm/y.c"


@pytest.fixture
def top(tmp_path):
    top = tmp_path / "linux"
    repository(top, ("base", {**HEADERS, X: TWICE + OTHER}))
    return top


def states(report):
    return [(finding["rule"], finding["state"]) for finding in report["findings"]]


class TestStates:
    def test_what_was_there_is_not_reported(self, top):
        commit(top, "touch", {X: TWICE.replace("note(a)", "note(a + 1)") + OTHER})
        report = told("HEAD", cwd=top)
        assert (report["findings"], report["status"]) == ([], 0)

    def test_in_a_touched_function(self, top):
        commit(top, "touch", {X: TWICE.replace("note(a)", "note(a + 1)") + OTHER})
        assert states(told("--all", "HEAD", cwd=top)) == [("unlock-after-wait", "pre-existing")]

    def test_elsewhere(self, top):
        commit(top, "touch", {X: TWICE + OTHER.replace("return a;", "return a + 1;")})
        assert states(told("--all", "HEAD", cwd=top)) == [("unlock-after-wait", "elsewhere")]

    def test_new_beside_old(self, top):
        """What was there keeps its fingerprint, wherever the new one stands."""
        (old,) = told("--all", "--base", "HEAD", "--tree", top, "-", stdin=self.touching(top))["findings"]
        for more in (TWICE.replace("\treturn 0;", "\tspin_unlock(ptl);\n\treturn 0;"),
                     TWICE.replace("\tnote(a);\n", "\tnote(a);\n\tspin_unlock(ptl);\n")):
            commit(top, "more", {X: more + OTHER})
            report = told("--all", "HEAD", cwd=top)
            assert sorted(states(report)) == [("unlock-after-wait", "new"), ("unlock-after-wait", "pre-existing")]
            known = {finding["state"]: finding["fingerprint"] for finding in report["findings"]}
            assert known["pre-existing"] == old["fingerprint"] != known["new"]
            git(top, "reset", "-q", "--hard", "HEAD~1")

    def touching(self, top):
        commit(top, "touch", {X: TWICE.replace("note(a)", "note(a + 1)") + OTHER})
        patch = git(top, "format-patch", "--stdout", "-1")
        git(top, "reset", "-q", "--hard", "HEAD~1")
        return patch

    def test_text_says_which(self, top):
        commit(top, "touch", {X: TWICE + OTHER.replace("return a;", "return a + 1;")})
        assert "[unlock-after-wait] (elsewhere)\n" in run("check", "--all", "HEAD", cwd=top).out


def fingerprint(directory, path=X):
    (finding,) = told("--all", "HEAD", cwd=directory)["findings"]
    assert finding["path"] == path
    return finding["fingerprint"]


class TestFingerprints:
    @pytest.mark.parametrize(
        "text",
        [
            TWICE + OTHER.replace("return a;", "return a + 1;"),
            "\n\n\n" + TWICE + OTHER,
            TWICE.replace("\t", "        ") + OTHER,
            TWICE.replace("\tspin_unlock(ptl);", "\tspin_unlock(\n\t\tptl);") + OTHER,
            TWICE.replace("spin_unlock(ptl);", "spin_unlock(ptl); /* both */") + OTHER,
            TWICE.replace(BODY.splitlines()[0], "\t{\n\t\tspin_lock(ptl);\n\t}") + OTHER,
            TWICE.replace("int take(spinlock_t *ptl, int a)", "int take(spinlock_t *ptl,\n\t int a)") + OTHER,
        ],
        ids=["elsewhere", "moved down", "blanks", "wrapped", "comment", "block", "head"],
    )
    def test_of_the_same_finding_are_the_same(self, top, text):
        """And what only moves or is written otherwise is not new."""
        commit(top, "touch", {X: TWICE + "\nint more;\n" + OTHER})
        before = fingerprint(top)
        commit(top, "change", {X: text})
        assert told("HEAD", cwd=top)["findings"] == []
        assert fingerprint(top) == before

    def test_survive_another_file_name(self, top):
        commit(top, "touch", {X: TWICE + "\nint more;\n" + OTHER})
        before = fingerprint(top)
        git(top, "mv", X, "mm/renamed.c")
        commit(top, "rename", {"mm/renamed.c": TWICE + "\nint more, or_less;\n" + OTHER})
        assert told("HEAD", cwd=top)["findings"] == []
        assert fingerprint(top, "mm/renamed.c") == before

    def test_survive_a_move_to_another_file(self, top):
        commit(top, "touch", {X: TWICE + "\nint more;\n" + OTHER})
        before = fingerprint(top)
        commit(top, "move", {X: HEAD + OTHER, Y: HEAD + "int other;\n\n" + BAD})
        assert told("HEAD", cwd=top)["findings"] == []
        assert fingerprint(top, Y) == before

    def test_tell_functions_apart(self, top):
        second = BAD.replace("take", "grab")
        commit(top, "copy", {X: TWICE + "\n" + second})
        report = told("--all", "HEAD", cwd=top)
        assert len({finding["fingerprint"] for finding in report["findings"]}) == 2
        assert rules(told("HEAD", cwd=top)) == ["unlock-after-wait"]


def paths(report):
    return [finding["path"] for finding in report["findings"]]


GIVE = "void give(spinlock_t *ptl)\n{\n\tspin_unlock(ptl);\n}\n"
NO_GIVE = "void give(spinlock_t *ptl)\n{\n\tnote(1);\n}\n"
USER = "int use(struct mm_struct *mm, pmd_t *pmd)\n{\n\tspinlock_t *ptl = pmd_lock(mm, pmd);\n\n\tgive(ptl);\n"
USER += "\treturn 0;\n}\n"
PUBLIC = {**HEADERS, "include/linux/give.h": "void give(spinlock_t *ptl);\n"}


class TestCallersElsewhere:
    """A patch that takes an unlock out of a function breaks those who call it, in files that it does not touch.

    The function itself is named, too, but when the patch touches its callers.
    """

    def check(self, directory, before, after, path):
        """The findings in one file, of the commit that leads from one set of files to the other."""
        repository(directory, ("base", before), ("change", after))
        report = told("HEAD", cwd=directory)
        assert {finding["path"] for finding in report["findings"]} <= {path, *after}
        return {"findings": [finding for finding in report["findings"] if finding["path"] == path]}

    def test_in_the_same_folder(self, tmp_path):
        local = {"mm/local.h": "void give(spinlock_t *ptl);\n"}
        files = {**HEADERS, **local, X: f'{HEAD}#include "local.h"\n{GIVE}', Y: HEAD + USER}
        report = self.check(tmp_path, files, {X: f'{HEAD}#include "local.h"\n{NO_GIVE}'}, Y)
        assert states(report) == [("missing-unlock", "new")]
        assert report["findings"][0]["notes"][-1]["message"] == "give() is changed by this patch"

    def test_anywhere(self, tmp_path):
        """A function that a public header declares may be called from everywhere."""
        files = {**PUBLIC, X: HEAD + GIVE, "fs/user.c": HEAD + USER}
        assert rules(self.check(tmp_path, files, {X: HEAD + NO_GIVE}, "fs/user.c")) == ["missing-unlock"]

    def test_a_function_of_a_header(self, tmp_path):
        files = {**HEADERS, "include/linux/give.h": f"static inline {GIVE}", "fs/user.c": HEAD + USER}
        report = self.check(tmp_path, files, {"include/linux/give.h": f"static inline {NO_GIVE}"}, "fs/user.c")
        assert rules(report) == ["missing-unlock"]

    def test_a_caller_that_is_mended_in_the_same_patch(self, tmp_path):
        files = {**PUBLIC, X: HEAD + GIVE, "fs/user.c": HEAD + USER}
        mended = HEAD + USER.replace("\tgive(ptl);\n", "\tgive(ptl);\n\tspin_unlock(ptl);\n")
        repository(tmp_path, ("base", files), ("change", {X: HEAD + NO_GIVE, "fs/user.c": mended}))
        assert rules(told("HEAD", cwd=tmp_path)) == []

    def test_what_nobody_else_can_call(self, tmp_path):
        files = {**PUBLIC, X: f"{HEAD}static {GIVE}", "fs/user.c": HEAD + USER}
        assert rules(self.check(tmp_path, files, {X: f"{HEAD}static {NO_GIVE}"}, "fs/user.c")) == []

    def test_what_behaves_as_before(self, tmp_path):
        files = {**PUBLIC, X: HEAD + GIVE, "fs/user.c": HEAD + USER}
        more = GIVE.replace("{\n", "{\n\tnote(2);\n")
        assert rules(self.check(tmp_path, files, {X: HEAD + more}, "fs/user.c")) == []

    def test_what_was_wrong_before_is_not_new(self, tmp_path):
        files = {**PUBLIC, X: HEAD + GIVE, "fs/user.c": HEAD + USER + "\n" + BAD}
        assert rules(self.check(tmp_path, files, {X: HEAD + NO_GIVE}, "fs/user.c")) == ["missing-unlock"]

    @pytest.mark.parametrize("bare", [False, True])
    def test_of_a_mail(self, tmp_path, bare):
        files = {**PUBLIC, X: HEAD + GIVE, "fs/user.c": HEAD + USER}
        repository(tmp_path / "linux", ("base", files), ("change", {X: HEAD + NO_GIVE}))
        patch = git(tmp_path / "linux", "format-patch", "--stdout", "-1")
        git(tmp_path / "linux", "reset", "-q", "--hard", "HEAD~1")
        git(tmp_path, "clone", "-q", "--bare", "linux", "bare.git")
        tree = tmp_path / ("bare.git" if bare else "linux")
        assert "fs/user.c" in paths(told("--tree", tree, "-", stdin=patch))

    def test_of_a_plain_directory(self, tmp_path):
        files = {**PUBLIC, X: HEAD + GIVE, "fs/user.c": HEAD + USER}
        repository(tmp_path / "linux", ("base", files), ("change", {X: HEAD + NO_GIVE}))
        patch = git(tmp_path / "linux", "format-patch", "--stdout", "-1")
        for path, text in files.items():
            (tmp_path / "plain" / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "plain" / path).write_text(text)
        assert "fs/user.c" in paths(told("--tree", tmp_path / "plain", "-", stdin=patch))

    def test_callees_are_those_that_earlier_patches_leave(self, tmp_path):
        """The first patch takes the unlock out of the callee, the second one uses it as before."""
        user = {**PUBLIC, X: HEAD + GIVE, Y: HEAD}
        repository(tmp_path, ("base", user), ("take", {X: HEAD + NO_GIVE}), ("use", {Y: HEAD + USER}))
        series = git(tmp_path, "format-patch", "--stdout", "HEAD~2..")
        git(tmp_path, "reset", "-q", "--hard", "HEAD~2")
        report = told("--tree", tmp_path, "-", stdin=series)
        assert [(f["path"], f["patch"]) for f in report["findings"]] == [(X, 1), (Y, 2)]


class TestTheTreeBehindThePatch:
    """A patch may change an interface and its callers at once: each side is judged by its own headers."""

    def test_each_side_by_its_own_headers(self, tmp_path):
        wait = "migration_entry_wait_on_locked"
        old = {
            "Makefile": "VERSION = 6\nPATCHLEVEL = 4\n",
            "include/linux/migrate.h": f"void {wait}(swp_entry_t entry, pte_t *ptep, spinlock_t *ptl);\n",
            X: f"{HEAD}void f(swp_entry_t e, pte_t *p, spinlock_t *l)\n{{\n\tspin_lock(l);\n\t{wait}(e, p, l);\n}}\n",
        }
        new = {
            "include/linux/migrate.h": f"void {wait}(swp_entry_t entry, spinlock_t *ptl);\n",
            X: old[X].replace(f"{wait}(e, p, l);", f"{wait}(e, l);\n\tspin_unlock(l);"),
        }
        repository(tmp_path, ("base", old), ("change", new))
        assert rules(told("HEAD", cwd=tmp_path)) == ["unlock-after-wait"]


def test_a_file_that_is_deleted(top):
    commit(top, "gone", {X: None})
    assert told("HEAD", cwd=top)["findings"] == []


def test_plain_is_clean(tmp_path):
    """Fixtures of this file must not be wrong for another reason."""
    repository(tmp_path, ("base", {**HEADERS, X: PLAIN, Y: HEAD + GIVE + USER}))
    assert told("HEAD", cwd=tmp_path)["findings"] == []
    assert LEAKING != PLAIN


class TestComments:
    """Of a file before the patch only comments count that the patch touches, too."""

    STALE = "/* Like wait_on_page_bit_common(). */\n"

    @pytest.mark.parametrize(
        ("before", "after", "found"),
        [
            ("", STALE, 1),
            (STALE, STALE.replace("Like", "Just like"), 0),
            (STALE + "int a;\n" * 9, "int a;\n" * 9 + STALE, 0),
            (STALE, STALE + STALE, 1),
            (STALE + "int a;\n" * 9, STALE + "int a;\n" * 9 + STALE, 1),
        ],
        ids=["added", "changed", "moved", "doubled", "once more below"],
    )
    def test_a_stale_name(self, tmp_path, before, after, found):
        repository(tmp_path, ("base", {**HEADERS, X: PLAIN + before}), ("change", {X: PLAIN + after}))
        assert rules(told("HEAD", cwd=tmp_path)) == ["stale-reference"] * found


class TestWhatIsLeft:
    """A function that newly leaves a lock to callers which the patch does not touch, in a hunk without a tree."""

    @staticmethod
    def found(before, after, after_of="struct queue *q", above=""):
        bodies = ("struct queue *q", before), (after_of, after)
        sides = [f"{above}int f({of})\n{{\n{body}\treturn 0;\n}}\n" for of, body in bodies]
        return rules(changed(*sides, 19))

    def test_a_lock_that_is_newly_taken(self):
        assert self.found("\tnote(1);\n", "\tspin_lock(&q->lock);\n\tnote(1);\n") == ["missing-unlock"]

    def test_a_lock_that_is_not_given_back_any_more(self):
        assert self.found("\tnote(1);\n\tspin_unlock(&q->lock);\n", "\tnote(1);\n") == ["missing-unlock"]

    def test_not_where_a_function_takes_the_place_of_one_that_nobody_knows(self):
        """`take_queue()` may have taken it, too."""
        assert self.found("\ttake_queue(q);\n", "\tspin_lock(&q->lock);\n") == []

    def test_not_where_it_is_given_back_under_another_name(self):
        assert self.found("\tspin_unlock(&q->lock);\n", "\tspin_unlock(&q->head->lock);\n") == []

    @pytest.mark.parametrize("taken", ["\tspin_lock(&q->lock);\n", "\tspin_lock(&q->head->lock);\n"])
    def test_not_where_it_is_held_in_place_of_another(self, taken):
        assert self.found("\tmutex_lock(&q->mutex);\n", taken) == []

    def test_but_where_another_is_held_as_well(self):
        two = "\tspin_lock(&q->lock);\n\tspin_lock(&q->head->lock);\n"
        assert self.found("\tmutex_lock(&q->mutex);\n", two) == ["missing-unlock"] * 2

    def test_not_where_the_parameters_change(self):
        """All callers do, too."""
        assert self.found("\tnote(1);\n", "\tspin_lock(&q->lock);\n", after_of="struct pile *q") == []

    def test_not_where_a_new_helper_may_do_it(self):
        assert self.found("\tspin_unlock(&q->lock);\n", "\tend_of_queue(q);\n") == []

    @pytest.mark.parametrize("after", ["", "\tspin_unlock(&q->lock);\n\tspin_lock(&q->lock);\n"])
    def test_not_where_nobody_knows_whether_it_was_held(self, after):
        """Which of the locks that its caller knows `next()` takes, nobody can tell."""
        body = "\tstruct queue *n = find_next(q);\n\n\tspin_lock(&n->lock);\n"
        before = "\tspin_unlock(&q->lock);\n\tspin_lock(&q->lock);\n\tnext(q);\n"
        above = f"static void next(struct queue *q)\n{{\n{body}}}\n\n"
        assert self.found(before, f"{after}\tnote(1);\n", above=above) == []


    def test_a_lock_that_no_parameter_leads_to(self):
        """Both ways out lead through what a callee gave: the members tell the one lock from the other."""
        taken = "\tstruct queue *p = find(q);\n\n\tmutex_lock(&p->up->lock);\n\tnote(1);\n"
        given = f"{taken}\tmutex_unlock(&p->up->lock);\n"
        assert self.found(given, f"{taken}\tmutex_unlock(&p->lock);\n") == ["missing-unlock"]
        assert self.found(given, f"{given}\tnote(1);\n") == []


class TestWhatIsSleptWith:
    """The caller's lock, which was given up around what sleeps."""

    UP, DOWN, SLEEP = "\tspin_unlock(&q->lock);\n", "\tspin_lock(&q->lock);\n", "\tmsleep(1);\n"

    @staticmethod
    def found(before, after):
        def side(body):
            return f"static void g(struct queue *q)\n{{\n\tnote(q);\n{body}\tnote(1);\n}}\n"

        return rules(changed(side(before), side(after), 3))

    def test_it_is_not_given_up_any_more(self):
        assert self.found(self.UP + self.SLEEP + self.DOWN, self.SLEEP) == ["wait-while-locked"]

    def test_what_sleeps_stands_behind_it_now(self):
        assert self.found(self.UP + self.SLEEP + self.DOWN, self.UP + self.DOWN + self.SLEEP) == ["wait-while-locked"]

    def test_nothing_sleeps_any_more(self):
        assert self.found(self.UP + self.SLEEP + self.DOWN, "\tnote(2);\n") == []

    def test_it_slept_with_it_before(self):
        """So nothing says that the caller holds it."""
        assert self.found(self.SLEEP + self.UP + self.SLEEP + self.DOWN, self.SLEEP) == []

    def test_it_is_given_up_for_good_behind_the_sleep(self):
        assert self.found(self.UP + self.SLEEP, self.SLEEP + self.UP) == ["wait-while-locked"]

    def test_it_was_given_up_for_good(self):
        """What is wrong then is told where the function ends."""
        assert self.found(self.UP + self.SLEEP, self.SLEEP) == ["missing-unlock"]


class TestFragments:
    """What stands above a hunk is not known: neither what is held there, nor how often."""

    @staticmethod
    def found(*lines):
        body = "".join(f" {line}\n" for line in lines)
        hunk = f"--- a/mm/x.c\n+++ b/mm/x.c\n@@ -100,{len(lines)} +100,{len(lines) + 1} @@ int f(struct queue *q)\n"
        return rules(told("--all", "-", stdin=f"{hunk}{body}+\tnote(q);\n".encode()))

    def test_sections_may_be_entered_more_than_once(self):
        assert self.found("\twrite_unlock_bh(&q->lock);", "\tnote(1);", "\tread_unlock_bh(&q->other);") == []

    def test_a_loop_that_begins_above_may_take_it_again(self):
        lines = "\t\t\tnote(1);", "\t\t}", "\t\tspin_unlock(&q->lock);", "\t} while (again(1));"
        assert self.found(*lines) == []

    def test_the_same_in_one_round(self):
        twice = ["\t\tspin_unlock(&q->lock);"] * 2
        lines = "\t\t\tnote(1);", "\t\t}", *twice, "\t} while (again(1));"
        assert self.found(*lines) == ["unlock-after-wait"]


class TestAPair:
    """Two functions that change together, in one hunk or in two: what one does not take the other does not give."""

    @staticmethod
    def found(before, after, apart):
        def side(pair):
            begin, end = pair
            between = "".join(f"int between_{n};\n" for n in range(apart))
            return f"void begin(struct queue *q)\n{{\n{begin}}}\n{between}void end(struct queue *q)\n{{\n{end}}}\n"

        return rules(changed(side(before), side(after), 3))

    LOCK, UNLOCK = "\tmutex_lock(&q->lock);\n", "\tmutex_unlock(&q->lock);\n"
    SPIN, UNSPIN = "\tspin_lock(&q->lock);\n", "\tspin_unlock(&q->lock);\n"
    NOTE = "\tnote(1);\n"

    @pytest.mark.parametrize("apart", [0, 30])
    def test_neither_takes_nor_gives_back_any_more(self, apart):
        assert self.found((self.LOCK, self.UNLOCK), (self.NOTE, self.NOTE), apart) == []

    @pytest.mark.parametrize("apart", [0, 30])
    def test_one_takes_and_one_gives_back_only_now(self, apart):
        assert self.found((self.NOTE, self.NOTE), (self.LOCK, self.UNLOCK), apart) == []

    @pytest.mark.parametrize("apart", [0, 30])
    def test_only_one_of_them_changes(self, apart):
        assert self.found((self.LOCK, self.UNLOCK), (self.LOCK, self.NOTE), apart) == ["missing-unlock"]
        assert self.found((self.NOTE, self.NOTE), (self.SPIN, self.NOTE), apart) == ["missing-unlock"]

    def test_what_the_other_does_with_another_kind_is_no_reason(self):
        assert self.found((self.LOCK, self.UNLOCK), (self.LOCK + self.SPIN, self.UNLOCK), 0) == ["missing-unlock"]

    def test_the_other_does_what_it_did(self):
        assert self.found((self.SPIN, self.UNSPIN), (self.SPIN, self.NOTE), 0) == ["missing-unlock"]


class TestABareHunk:
    """What the lines around a hunk would tell is not made up."""

    @staticmethod
    def found(*lines, above=(" \tcount++;",), below=(" \treturn count;", " }")):
        hunk = [*above, *(f"+\t{line}" for line in lines), *below]
        added = len(hunk) - sum(line[0] == "-" for line in hunk)
        head = f"--- a/mm/x.c\n+++ b/mm/x.c\n@@ -90,{len(above) + len(below)} +90,{added} @@ int f(void)\n"
        return rules(told("-", stdin=(head + "\n".join(hunk) + "\n").encode()))

    def test_a_label_and_a_variable_of_one_name(self):
        """`notify(err)` is given the variable, of which the declaration is out of sight."""
        lines = ("\terr = start();", "\tif (err)", "\t\tgoto err;", "out:", "\tmutex_unlock(&q->lock);", "\treturn 0;",
                 "err:", "\tmutex_unlock(&q->lock);", "\treturn notify(err);")
        assert self.found(*lines, below=(" }",)) == []

    def test_a_macro_that_is_given_a_label_may_jump(self):
        lines = ("spin_unlock(&q->lock);", "unsafe_put_user(count, place, fail);", "return 0;")
        after = (" fail:", " \tspin_unlock(&q->lock);", " \treturn -EFAULT;", " }")
        assert self.found(*lines, below=after) == ["unlock-after-wait"]

    def test_an_element_that_is_declared_out_of_sight(self):
        lines = ("folio_unlock(folio);", "list_for_each_entry_safe(folio, next, &pages, lru) {",
                 "\tlist_del(&folio->lru);", "\tfolio_unlock(folio);", "}")
        assert self.found(*lines) == []
        assert self.found(lines[0], *lines[-2:-1]) == ["unlock-after-wait"]

    def test_a_named_lock_that_may_be_one_taken_above(self):
        lines = ("pte = pte_offset_map_nolock(mm, pmd, addr, &ptl);", "if (!pte)", "\treturn -EAGAIN;",
                 "if (ptl != pml)", "\tspin_lock(ptl);", "count++;", "if (ptl != pml)", "\tspin_unlock(ptl);",
                 "pte_unmap(pte);", "spin_unlock(pml);")
        assert self.found(*lines) == []
        assert self.found(*lines[:3], *lines[-2:-1], "spin_unlock(ptl);") == ["unlock-after-wait"]
