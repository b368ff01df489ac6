"""What is kept of a tree for the next run: it saves work, and never an answer of another file, header or rule."""

from difflib import unified_diff

import msgspec
import pytest
from command import run
from repositories import commit, git, repository

from kpatchlint.c import alike
from kpatchlint.c.dialect import rewrite
from kpatchlint.c.ir import Call
from kpatchlint.check import Options, check_patches
from kpatchlint.flow import program
from kpatchlint.flow.memo import Summaries, Summary, read_summary, written
from kpatchlint.given import opened
from kpatchlint.loaded import Loaded
from kpatchlint.prose.claims import Wordings
from kpatchlint.release import newest_release
from kpatchlint.scan import scan_buffer
from kpatchlint.source import Source
from kpatchlint.text import Text
from kpatchlint.tree.cache import Store
from kpatchlint.tree.kept import Kept, digest

HEADER = "void migration_entry_wait_on_locked(swp_entry_t entry, spinlock_t *ptl);\n"
OLD_HEADER = "void migration_entry_wait_on_locked(swp_entry_t entry, pte_t *ptep, spinlock_t *ptl);\n"
WAITS = "void y_wait(swp_entry_t entry, spinlock_t *ptl)\n{\n\tmigration_entry_wait_on_locked(entry, ptl);\n}\n"
LOOKS = "void y_wait(swp_entry_t entry, spinlock_t *ptl)\n{\n\ty_look(entry, ptl);\n}\n"
X = """\
static void x_help(swp_entry_t entry, spinlock_t *ptl)
{
	x_note(entry);
}

/* Gives the ptl back. */
static void x_inner(swp_entry_t entry, spinlock_t *ptl)
{
	x_help(entry, ptl);
	spin_unlock(ptl);
}

void x_outer(struct mm_struct *mm, pmd_t *pmd, swp_entry_t entry)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	x_inner(entry, ptl);
}

void x_other(struct mm_struct *mm, pmd_t *pmd, swp_entry_t entry)
{
	spinlock_t *ptl = pmd_lock(mm, pmd);

	y_wait(entry, ptl);
}
"""
FILES = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 12\n",
    "include/linux/swapops.h": HEADER,
    "mm/x.c": X,
    "mm/y.c": WAITS,
}
OUTER = X.replace("\tx_inner(entry, ptl);\n}", "\tx_inner(entry, ptl);\n\tspin_unlock(ptl);\n}")
OTHER = X.replace("\ty_wait(entry, ptl);\n", "\ty_wait(entry, ptl);\n\tspin_unlock(ptl);\n")
TWICE = {("unlock-after-wait", "x_other")}


def patch(new, old=X, path="mm/x.c"):
    lines = (text.splitlines(keepends=True) for text in (old, new))
    return "".join(unified_diff(*lines, f"a/{path}", f"b/{path}")).encode()


class World:
    """A repository, and a cache that every check of it uses."""

    def __init__(self, directory, monkeypatch):
        self.top, self.cache, self.rules = directory / "linux", directory / "cache.sqlite", ()
        repository(self.top, ("first", FILES))
        self.analysed = []
        analyse = program.analyse
        monkeypatch.setattr(program, "analyse", lambda body, *a: self.analysed.append(body.name) or analyse(body, *a))

    def check(self, data, cache=None):
        self.analysed.clear()
        loaded = Loaded(self.rules, opened(self.top), kept=Kept(Store(cache or self.cache)))
        report = check_patches([("x.patch", data)], loaded, Options())
        assert not report.errors
        return msgspec.json.encode(report)

    def found(self, data):
        """The findings of a warm check; those of a cold one are the same."""
        warm = self.check(data)
        assert warm == self.check(data, self.top.with_name(f"cold{len(list(self.top.parent.iterdir()))}"))
        return {(finding["rule"], finding["function"]) for finding in msgspec.json.decode(warm)["findings"]}


@pytest.fixture
def world(tmp_path, monkeypatch):
    return World(tmp_path, monkeypatch)


class TestWhatIsSaved:
    def test_functions_that_the_patch_leaves_alone(self, world):
        cold = world.check(patch(OUTER))
        assert {"x_inner", "x_help"} <= set(world.analysed)
        assert world.check(patch(OUTER)) == cold
        assert set(world.analysed) == {"x_outer"}

    def test_another_patch_of_the_file_finds_it_too(self, world):
        world.check(patch(OUTER))
        world.check(patch(OUTER.replace("pmd_lock(mm, pmd);", "pmd_lock(mm, pmd + 1);", 1)))
        assert set(world.analysed) == {"x_outer"}

    def test_callees_in_other_files(self, world):
        world.check(patch(OTHER))
        assert "y_wait" in world.analysed
        world.check(patch(OTHER))
        assert set(world.analysed) == {"x_other"}

    def test_how_the_file_reads(self, world, monkeypatch):
        read = []
        monkeypatch.setattr(alike, "rewrite", lambda text, dialect: read.append(text) or rewrite(text, dialect))
        cold = world.check(patch(OTHER))
        assert X.encode() in read
        read.clear()
        assert world.check(patch(OTHER)) == cold
        assert read == [b"\n}\n\n" + OTHER.encode().rpartition(b"\n}\n\n")[2]]

    def test_what_comments_claim(self, world, monkeypatch):
        asked, pattern = [], Wordings.pattern
        monkeypatch.setattr(Wordings, "pattern", lambda *given: asked.append(given[1]) or pattern(*given))
        said = "/* Must be called with lock->wait_lock held. */\n"
        commit(world.top, "said", {"mm/x.c": X.replace("void x_outer", f"{said}void x_outer")})
        new, old = (each.replace("void x_outer", f"{said}void x_outer") for each in (OUTER, X))
        cold = world.check(patch(new, old))
        assert asked
        asked.clear()
        assert world.check(patch(new, old)) == cold
        assert not asked
        world.check(patch(new.replace("wait_lock", "other_lock"), old))
        assert asked

    def test_for_a_patch_that_names_its_files_by_their_ids(self, world):
        commit(world.top, "outer", {"mm/x.c": OUTER})
        data = git(world.top, "diff", "--full-index", "HEAD~", "HEAD")
        git(world.top, "checkout", "-q", "HEAD~")
        cold = world.check(data)
        assert b"index " in data
        assert "x_inner" in world.analysed
        assert world.check(data) == cold
        assert set(world.analysed) == {"x_outer"}

    def test_nothing_of_the_side_behind_the_patch(self, world):
        world.check(patch(OTHER))
        world.check(patch(OTHER))
        assert world.analysed == ["x_other"]

    def test_a_file_that_stands_in_no_tree(self, world):
        world.check(patch(X, "", "mm/z.c").replace(b"--- a/mm/z.c", b"--- /dev/null"))
        assert "x_inner" in world.analysed


class TestWhoSavesIt:
    """Beside `check`: the hooks of git, and an editor's buffer."""

    @pytest.mark.parametrize("event", ["sendemail-validate", "pre-commit"])
    def test_a_hook(self, world, monkeypatch, event):
        monkeypatch.setenv("KPATCHLINT_CACHE", str(world.cache))
        mail = world.top.with_name("x.patch")
        mail.write_bytes(b"From: A <a@example.org>\nSubject: [PATCH] x\n\nx\n---\n" + patch(OUTER))
        (world.top / "mm/x.c").write_text(OUTER)
        git(world.top, "add", "mm/x.c")
        seen = []
        for _ in range(2):
            world.analysed.clear()
            told = run("hook", "run", event, "--", *([mail] if event.startswith("send") else []), cwd=world.top)
            seen.append((told, set(world.analysed)))
        (cold, before), (warm, after) = seen
        assert {"x_inner", "x_help"} <= before
        assert after == {"x_outer"}
        assert cold == warm
        assert "[unlock-after-wait]" in warm.err

    def test_nothing_where_that_is_asked_for(self, world, monkeypatch):
        monkeypatch.setenv("KPATCHLINT_CACHE", str(world.cache))
        given = "check", "--tree", world.top, "--format", "json", "-"
        without = run(*given[:1], "--no-cache", *given[1:], stdin=patch(OUTER))
        assert not world.cache.exists()
        assert run(*given, stdin=patch(OUTER)).out == without.out
        assert world.cache.exists()

    def test_a_buffer_that_is_as_the_file(self, world):
        (world.top / "mm/x.c").write_text(OUTER)
        cold, warm = self.told(world, OUTER), self.told(world, OUTER)
        assert not world.analysed
        assert cold == warm
        assert {(f.rule, f.function) for f in warm.findings} == {("unlock-after-wait", "x_outer")}

    def test_what_a_buffer_calls_elsewhere(self, world):
        self.told(world, OTHER)
        assert "y_wait" in world.analysed
        self.told(world, OTHER.replace("x_note", "x_noted"))
        assert "x_other" in world.analysed
        assert "y_wait" not in world.analysed

    def told(self, world, text):
        world.analysed.clear()
        *_, report = scan_buffer(world.top / "mm/x.c", text.encode(), kept=Kept(Store(world.cache)))
        return report


class TestWhatMakesAnotherAnswer:
    def test_a_file_beside(self, world):
        assert world.found(patch(OTHER)) == TWICE
        commit(world.top, "looks", {"mm/y.c": LOOKS})
        assert world.found(patch(OTHER)) == set()
        commit(world.top, "waits", {"mm/y.c": WAITS})
        assert world.found(patch(OTHER)) == TWICE

    def test_a_file_beside_that_the_patch_changes(self, world):
        assert world.found(patch(OTHER)) == TWICE
        assert world.found(patch(OTHER) + patch(LOOKS, WAITS, "mm/y.c")) == set()

    def test_another_file_that_defines_it(self, world):
        commit(world.top, "none", {"mm/y.c": None})
        assert world.found(patch(OTHER)) == set()
        commit(world.top, "moved", {"mm/a.c": WAITS})
        assert world.found(patch(OTHER)) == TWICE

    def test_a_header(self, world):
        assert world.found(patch(OTHER)) == TWICE
        commit(world.top, "older", {"include/linux/swapops.h": OLD_HEADER})
        assert world.found(patch(OTHER)) == set()

    def test_the_release(self, world):
        world.check(patch(OUTER))
        commit(world.top, "older", {"Makefile": "VERSION = 6\nPATCHLEVEL = 1\n"})
        world.check(patch(OUTER))
        assert {"x_inner", "x_help"} <= set(world.analysed)

    def test_a_callee_of_the_file(self, world):
        assert ("unlock-after-wait", "x_outer") in world.found(patch(OUTER))
        old, new = (each.replace("\tspin_unlock(ptl);", "", 1) for each in (X, OUTER))
        commit(world.top, "keeps", {"mm/x.c": old})
        assert world.found(patch(new, old)) == set()

    def test_what_the_file_says_outside_of_functions(self, world):
        macro = "#define x_help(entry, ptl) migration_entry_wait_on_locked(entry, ptl)\n\n"
        assert world.found(patch(OUTER)) != set()
        more = X.replace("static void x_help", macro + "static void x_help")
        changed = OUTER.replace("static void x_help", macro + "static void x_help")
        assert world.check(patch(changed)) == world.check(patch(changed), world.top.with_name("other"))
        commit(world.top, "macro", {"mm/x.c": more})
        assert world.check(patch(changed, more)) == world.check(patch(changed, more), world.top.with_name("third"))

    def test_rules_of_the_user(self, world, tmp_path):
        assert world.found(patch(OTHER)) == TWICE
        own = tmp_path / "rules" / "contracts"
        own.mkdir(parents=True)
        world.rules = (own.parent,)
        told = '[[function]]\nname = "y_wait"\nparams = ["entry", "ptl"]\n'
        (own / "mine.toml").write_text(told)
        assert world.found(patch(OTHER)) == set()
        (own / "mine.toml").write_text(told + '[[function.outcome]]\nreleases = ["lock:ptl"]\n')
        assert world.found(patch(OTHER)) == TWICE

    def test_the_program(self, world, monkeypatch):
        world.check(patch(OUTER))
        monkeypatch.setattr("kpatchlint.loaded.program", lambda: b"another")
        world.check(patch(OUTER))
        assert {"x_inner", "x_help"} <= set(world.analysed)

    def test_a_repository_that_calls_another_file_by_the_same_id(self, world):
        """The id of an object says what is in it only of a repository that nobody has tampered with."""
        snapshot = opened(world.top).snapshot("HEAD")
        other = world.top.with_name("copy")
        git(world.top.parent, "clone", "-q", str(world.top), str(other))
        copied = opened(other).snapshot("HEAD")
        assert snapshot.read("mm/x.c") == copied.read("mm/x.c")
        assert snapshot.identity("mm/x.c") != copied.identity("mm/x.c")


class TestSeries:
    def test_a_patch_meets_what_those_before_it_leave(self, world):
        mails = b"".join(
            b"From x Thu Jan  1 00:00:00 2026\nFrom: A <a@example.org>\nSubject: [PATCH %d/2] x\n\nx\n---\n%b\n" % each
            for each in enumerate((patch(LOOKS, WAITS, "mm/y.c"), patch(OTHER)), 1)
        )
        assert not TWICE & world.found(mails)
        assert world.found(patch(OTHER)) == TWICE


class TestCacheFile:
    def test_a_torn_row_is_made_again(self, world):
        cold = world.check(patch(OUTER))
        store = Store(world.cache)
        rows = store._connection.execute("SELECT kind, key FROM entry").fetchall()
        for kind, key in rows:
            store.put(kind, {key: b"\xc1"})
        assert rows
        assert world.check(patch(OUTER)) == cold
        assert "x_inner" in world.analysed

    def test_two_runs_add_to_one_row(self, tmp_path):
        store, key = Store(tmp_path / "cache"), digest([b"key"])
        first, second = Kept(store), Kept(store)
        first.row("kind", key).put("a", b"1")
        second.row("kind", key).put("b", b"2")
        first.save()
        second.save()
        row = Kept(store).row("kind", key)
        assert (row.get("a"), row.get("b"), row.get("c")) == (b"1", b"2", None)

    def test_what_does_not_last_is_not_written(self, tmp_path):
        store, key = Store(tmp_path / "cache"), digest([b"key"])
        kept = Kept(store)
        kept.row("kind", key, lasting=False).put("a", b"1")
        kept.save()
        assert kept.row("kind", key, lasting=False).get("a") == b"1"
        assert Kept(store).row("kind", key).get("a") is None

    def test_parts_are_told_apart(self):
        assert len({digest(parts) for parts in ([b"ab", b"c"], [b"a", b"bc"], [b"abc"], [b"abc", b""])}) == 4


def chain(*names):
    """Functions of which each calls the next; the last one unlocks."""
    callees = [f"{name}(ptl)" for name in names[1:]] + ["spin_unlock(ptl)"]
    pairs = zip(names, callees, strict=True)
    return "\n".join(f"void {name}(spinlock_t *ptl)\n{{\n\t{callee};\n}}\n" for name, callee in pairs)


CIRCLE = """\
void a(spinlock_t *ptl)
{
	if (x)
		b(ptl);
	spin_unlock(ptl);
}
void b(spinlock_t *ptl)
{
	a(ptl);
}
void c(spinlock_t *ptl)
{
	b(ptl);
}
"""


def text(code, deepest):
    return Text(Source("x.c", code.encode()), Loaded().at(newest_release()), deepest_call=deepest)


def outcomes(text, *names):
    return {name: text.summary(name) for name in names}


class TestOrder:
    """What was asked first changes no summary."""

    @pytest.mark.parametrize("code", [
        chain("a", "b", "c", "d"),
        chain("a", "b", "a_1") + "void c(spinlock_t *ptl)\n{\n\tb(ptl);\n}\n",
        CIRCLE,
    ])  # fmt: skip
    @pytest.mark.parametrize("deepest", [1, 2, 3, 12])
    def test_of_asking(self, code, deepest):
        there = outcomes(text(code, deepest), "a", "b", "c")
        back = outcomes(text(code, deepest), "c", "b", "a")
        alone = {name: text(code, deepest).summary(name) for name in "abc"}
        assert there == back == alone
        assert any(there.values())

    def test_a_chain_that_is_too_long_is_cut(self):
        whole, short = (text(chain("a", "b", "c"), deepest).summary("a") for deepest in (3, 2))
        assert whole.outcomes[0].releases
        assert not any(outcome.releases for outcome in short.outcomes)


class TestSummaries:
    def test_what_needed_less_holds_wherever_there_is_as_much(self):
        known = Summaries()
        known.keep("f", 5, Summary(None, 2))
        assert [known.find("f", left) is not None for left in (0, 1, 2, 9)] == [False, False, True, True]

    def test_what_was_cut_holds_only_with_as_much(self):
        known = Summaries()
        known.keep("f", 2, Summary(None, 2, cut=True))
        assert [known.find("f", left) is not None for left in (0, 1, 2, 3)] == [False, False, True, False]

    def test_two_texts_know_what_is_the_same_in_both(self):
        one, other = Summaries(), Summaries()
        one.join(other, frozenset({"g"}))
        one.keep("f", 3, Summary(None, 1))
        other.keep("g", 3, Summary(None, 1))
        assert other.find("f", 3)
        assert one.find("g", 3) is None

    def test_is_read_as_it_was_written(self):
        code = text(X, 12)
        for name in ("x_help", "x_inner", "x_outer"):
            summary = Summary(code.summary(name), 2)
            assert summary.contract
            assert read_summary(written(summary)) == summary

    def test_calls_are_known_by_name(self):
        (body,) = text(X, 12).bodies("x_inner")
        assert [call.function for call in body.cfg.calls() if isinstance(call, Call)] == ["x_help", "spin_unlock"]
