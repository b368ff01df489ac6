"""A scan: what is looked at, what is kept, and that neither changes the report."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import ROOT

from kpatchlint import scan as module
from kpatchlint.scan import Scan, scan_paths
from kpatchlint.tree.cache import Store

BAD = (ROOT / "fixtures/unlock-after-wait/bad.c").read_text()
CALLER = """
void note_it(struct mm_struct *mm, pmd_t *pmd, unsigned long addr)
{
\tspinlock_t *ptl;
\tpte_t *pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

\tif (!pte)
\t\treturn;
\tgive_back(pte, ptl);
}
"""
GIVES = "void give_back(pte_t *pte, spinlock_t *ptl)\n{\n\tpte_unmap_unlock(pte, ptl);\n}\n"


@pytest.fixture
def tree(tmp_path):
    """A tree with a bug, a function that hands its lock to one of another file, and a file of no interest."""
    root = tmp_path / "tree"
    (root / "include/linux").mkdir(parents=True)
    (root / "include/linux/mm.h").write_text("void pte_unmap_unlock(pte_t *pte, spinlock_t *ptl);\n")
    (root / "mm").mkdir()
    (root / "mm/bad.c").write_text(BAD)
    (root / "mm/caller.c").write_text(CALLER)
    (root / "mm/gives.c").write_text(GIVES)
    (root / "mm/other.c").write_text("int nothing;\n")
    for path in root.rglob("*.[ch]"):
        os.utime(path, (1, 1))
    return root


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache" / "x.sqlite")


@pytest.fixture
def examined(monkeypatch):
    """The files that were examined."""
    seen = []
    real = module.scan_file
    monkeypatch.setattr(module, "scan_file", lambda path, *given: (seen.append(path), real(path, *given))[1])
    module._loaded.cache_clear()
    yield seen
    module._loaded.cache_clear()


def scanned(tree, **how):
    module._loaded.cache_clear()
    return scan_paths([str(tree)], Scan(**how))


def flow(tree):
    """Every rule but those about comments."""
    rules = module.load_rules()
    return frozenset(rule.id for rule in rules if rule.family != "reference")


class TestCache:
    def test_the_second_run_examines_nothing_and_says_the_same(self, tree, store, examined):
        first = scanned(tree, store=store)
        assert first.findings
        assert "mm/bad.c" in examined
        examined.clear()
        assert scanned(tree, store=store) == first == scanned(tree, store=None)
        assert "mm/bad.c" in examined  # by the run without a cache only
        examined.clear()
        scanned(tree, store=store)
        assert not examined

    def test_what_has_changed_is_examined(self, tree, store, examined):
        scanned(tree, store=store)
        (tree / "mm/bad.c").write_text("int nothing;\n/* no bug */\n")
        assert not scanned(tree, store=store).findings

    def test_a_callee_in_another_file_counts(self, tree, store):
        assert not [f for f in scanned(tree, store=store).findings if f.function == "note_it"]
        (tree / "mm/gives.c").write_text(GIVES.replace("pte_unmap_unlock(pte, ptl);", "pte_unmap(pte);"))
        found = scanned(tree, store=store)
        assert [f for f in found.findings if f.function == "note_it"]
        assert found == scanned(tree, store=None)

    def test_a_callee_in_a_header_beside_it_counts(self, tree, store):
        (tree / "mm/gives.c").unlink()
        (tree / "mm/caller.c").write_text(CALLER.replace("ptl);\n}", "ptl);\n\tspin_unlock(ptl);\n}"))
        for body, rules in (("pte_unmap_unlock(pte, ptl);", {"unlock-after-wait"}), ("pte_unmap(pte);", set())):
            (tree / "mm/gives.h").write_text(f"static inline {GIVES.replace('pte_unmap_unlock(pte, ptl);', body)}")
            found = scanned(tree, store=store)
            assert {f.rule for f in found.findings if f.function == "note_it"} == rules
            assert found == scanned(tree, store=None)

    def test_a_callee_that_leaves_it_to_a_header_counts(self, tree, store):
        """What another file gives back for its caller it may give back by a function in a header beside it."""
        (tree / "mm/gives.h").write_text(f"static inline {GIVES.replace('give_back', 'let_go')}")
        given = GIVES.replace("pte_unmap_unlock(pte, ptl);", "let_go(pte, ptl);\n\tcond_resched();")
        (tree / "mm/gives.c").write_text(given)
        (tree / "mm/caller.c").write_text(CALLER.replace("ptl);\n}", "ptl);\n\tspin_unlock(ptl);\n}"))
        found = scanned(tree, store=store)
        assert {f.rule for f in found.findings if f.function == "note_it"} == {"unlock-after-wait"}

    def test_what_a_callee_of_a_callee_does_on_some_path_only_does_not(self, tree, store):
        """Its caller asks first which kind it is; a summary of another file may have forgotten for which it sleeps."""
        sleeps = "\tif (sort->kind == SORT_SLOW)\n\t\tmutex_lock(&sort->mutex), mutex_unlock(&sort->mutex);\n"
        (tree / "mm/gives.c").write_text("void sort_out(struct sort *sort)\n{\n" + sleeps + "\tsort->count++;\n}\n")
        asks = "static void ask(struct sort *sort)\n{\n\tif (sort->kind != SORT_SLOW)\n\t\tsort_out(sort);\n}\n"
        caller = CALLER.replace("give_back(pte, ptl);", "ask(sort);\n\tpte_unmap_unlock(pte, ptl);")
        (tree / "mm/caller.c").write_text(asks + caller)
        assert not [f for f in scanned(tree, store=store).findings if f.function == "note_it"]

    def test_headers_count(self, tree, store, examined):
        scanned(tree, store=store)
        examined.clear()
        for path in tree.glob("include/linux/*.h"):
            path.write_text("#define pte_unmap_unlock(pte) nothing\n")
        module._loaded.cache_clear()
        loaded = module._loaded(tree, ())
        (tree / loaded.base.knowledge.headers[0]).write_text("int other(void);\n")
        scanned(tree, store=store)
        assert "mm/bad.c" in examined

    def test_other_rules_are_another_question(self, tree, store, examined):
        scanned(tree, store=store, chosen=flow(tree))
        assert "mm/bad.c" in examined
        examined.clear()
        scanned(tree, store=store)
        assert "mm/bad.c" in examined

    def test_what_is_broken_off_can_be_resumed(self, tree, store, examined):
        def watch(reports, count):
            yield next(iter(reports))
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            scanned(tree, store=store, watch=watch)
        before = list(examined)
        assert before
        examined.clear()
        report = scanned(tree, store=store)
        assert before[0] not in examined
        assert report == scanned(tree, store=None)

    def test_what_took_too_long_is_not_kept(self, tree, store, examined, monkeypatch):
        monkeypatch.setattr("kpatchlint.flow.clock.OF_FILE", 0.0)
        monkeypatch.setattr("kpatchlint.flow.clock.Clock.late", lambda self: "the file takes longer than 0 s")
        assert scanned(tree, store=store).unanalyzed
        monkeypatch.undo()
        assert not scanned(tree, store=store).unanalyzed


@pytest.mark.parametrize("sizes", [[], [5], [10, 1, 1, 1], [1] * 5000, [9000, *[3] * 4000]])
def test_pieces_of_work_are_all_files_once_and_in_order(sizes):
    seen = {str(n): module.Seen((size, 0, 0, 0), b"", True) for n, size in enumerate(sizes)}
    pieces = list(module._pieces(tuple(seen), seen))
    assert [name for piece in pieces for name in piece] == list(seen)
    assert len(pieces) <= module.MANY_PIECES + 1


class TestPrefilter:
    def test_only_what_mentions_a_trigger_word_is_examined(self, tree, examined):
        report = scanned(tree, chosen=flow(tree))
        assert "mm/other.c" not in examined
        assert "mm/bad.c" in examined
        assert report.files == len(list(tree.rglob("*.[ch]")))

    def test_rules_about_comments_ask_for_comments(self, tree, examined):
        scanned(tree, chosen=frozenset(("undocumented-null",)))
        assert not examined
        (tree / "mm/other.c").write_text("/**\n * f - does\n * @a: one\n */\nint f(struct a *a)\n{\n}\n")
        scanned(tree, chosen=frozenset(("undocumented-null",)))
        assert examined == ["mm/other.c"]

    @pytest.mark.parametrize("family", ["map", "wait", "entry", "reference"])
    def test_the_findings_of_a_rule_do_not_depend_on_the_others(self, family):
        whole = scan_paths([str(ROOT / "fixtures")], Scan())
        mine = frozenset(rule.id for rule in module.load_rules() if rule.family == family)
        some = scan_paths([str(ROOT / "fixtures")], Scan(chosen=mine))
        assert [f for f in some.findings if f.rule in mine] == [f for f in whole.findings if f.rule in mine]
        assert [f for f in whole.findings if f.rule in mine]


def test_the_number_of_processes_changes_nothing(store):
    one = scan_paths([str(ROOT / "fixtures")], Scan(jobs=1))
    assert one.findings
    assert scan_paths([str(ROOT / "fixtures")], Scan(jobs=2, store=store)) == one


def kpatchlint(*arguments, environment=None):
    command = [sys.executable, "-m", "kpatchlint", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    return subprocess.run(command, capture_output=True, check=False, env=environment)


def test_no_cache_leaves_nothing(tree, tmp_path):
    environment = {"KPATCHLINT_CACHE": str(tmp_path / "mine" / "x")}
    kept = kpatchlint("scan", "--select", "unlock-after-wait", tree, environment=environment)
    assert (tmp_path / "mine" / "x").exists()
    other = {"KPATCHLINT_CACHE": str(tmp_path / "other" / "x")}
    plain = kpatchlint("scan", "--select", "unlock-after-wait", "--no-cache", tree, environment=other)
    assert not (tmp_path / "other" / "x").exists()
    assert (plain.returncode, plain.stdout, plain.stderr) == (kept.returncode, kept.stdout, kept.stderr)
    assert plain.returncode == 1


@pytest.mark.parametrize("rule", ["unlock-after-wait", "stale-reference"])
def test_a_cache_that_cannot_be_written_is_said_once(tree, tmp_path, rule):
    (tmp_path / "file").write_text("")
    scan = ["scan", "--select", rule, tree]
    said = kpatchlint(*scan, environment={"KPATCHLINT_CACHE": str(tmp_path / "file" / "x")})
    assert said.stderr.count(b"nothing is kept for the next run") == 1
    assert b"KPATCHLINT_CACHE" in said.stderr
    quiet = kpatchlint(*scan, "-q", environment={"KPATCHLINT_CACHE": str(tmp_path / "file" / "x")})
    assert quiet.stderr == b""
    kept = kpatchlint(*scan, environment={"KPATCHLINT_CACHE": str(tmp_path)})
    assert (kept.stderr, kept.stdout) == (b"", said.stdout)
    assert (tmp_path / "trees.sqlite").exists()


@pytest.mark.parametrize(("where", "said"), [("x", "dask=ADDRESS"), ("dask=", "dask=ADDRESS")])
def test_an_executor_that_is_none(tree, where, said):
    ran = kpatchlint("scan", "--executor", where, tree)
    assert ran.returncode == 2
    assert said in ran.stderr.decode()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """The address of a scheduler, and its two worker processes."""
    pytest.importorskip("distributed", reason="the extra dist is not installed")
    home = tmp_path_factory.mktemp("dask")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = home / "scheduler.json"
    dask = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    scheduler = subprocess.Popen(
        [*dask, "--no-dashboard", "--scheduler-file", str(told)],
        cwd=home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    waited(told.exists)
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(told), "--nthreads", "1"]
    workers = [
        subprocess.Popen(
            [*worker, "--no-dashboard", "--no-nanny", "--name", name],
            cwd=home, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for name in ("one", "two")
    ]  # fmt: skip
    address = __import__("json").loads(told.read_text())["address"]
    yield address, workers
    for process in (*workers, scheduler):
        process.terminate()
        process.wait(20)


def waited(ready, seconds=60):
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.slow
class TestDask:
    def test_the_report_is_that_of_this_machine(self, cluster):
        arguments = ("scan", "--no-cache", "--format", "json", "fixtures")
        here = kpatchlint(*arguments)
        there = kpatchlint(*arguments[:1], "--executor", f"dask={cluster[0]}", *arguments[1:])
        assert here.returncode == 1
        assert (there.returncode, there.stdout) == (here.returncode, here.stdout)

    def test_a_worker_that_is_killed_loses_nothing(self, cluster):
        address, workers = cluster
        seen = []

        def watch(reports, count):
            for number, report in enumerate(reports):
                if number == 5:
                    os.kill(workers[0].pid, signal.SIGKILL)
                seen.append(report)
                yield report

        where = [str(ROOT / "fixtures")]
        report = scan_paths(where, Scan(executor=f"dask={address}", watch=watch))
        assert workers[0].wait(20) == -signal.SIGKILL
        assert len(seen) > 5
        assert report == scan_paths(where, Scan())

    def test_a_scheduler_that_is_not_there(self):
        pytest.importorskip("distributed", reason="the extra dist is not installed")
        ran = kpatchlint("scan", "--executor", "dask=tcp://127.0.0.1:1", "fixtures", environment={
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"})  # fmt: skip
        assert ran.returncode == 2
        assert b"cannot be reached" in ran.stderr


def test_the_path_of_a_file_may_have_any_suffix(tmp_path):
    path = Path(tmp_path / "x.inc")
    path.write_text(BAD)
    assert scan_paths([str(path)], Scan()).findings


class TestWhatIsWorthExamining:
    """What the user's own rules and contracts are about needs no `trigger` there."""

    MINE = """
id = "x"
family = "house"
title = "A title"
severity = "error"
stage = "preview"
event = "exit-held"
message = "stays off"
what = "What."
why = "Why."
bad = "bad();"
good = "good();"
limits = "Limits."
no_model = "a test"
"""
    OFF = """
int f(pmd_t *pmd)
{
	local_irq_disable();
	if (pmd_none(*pmd))
		return -EAGAIN;
	local_irq_enable();
	return 0;
}
"""

    @pytest.fixture
    def found(self, tmp_path):
        def found(text, file, data):
            path = tmp_path / "mine" / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(data)
            (tmp_path / "x.c").write_text(text)
            module._loaded.cache_clear()
            report = scan_paths([str(tmp_path / "x.c")], Scan((tmp_path / "mine",)))
            return report.functions, [finding.rule for finding in report.findings]

        return found

    def test_the_kind_of_resource_that_a_rule_names(self, found):
        assert found(self.OFF, "house/x.toml", f'{self.MINE}when = {{ resource = ["irq"] }}\n') == (1, ["x"])
        assert found(self.OFF, "house/x.toml", f'{self.MINE}when = {{ resource = ["rcu"] }}\n') == (0, [])

    def test_the_function_that_a_rule_names(self, found):
        calls = self.OFF.replace("local_irq_disable", "buoy_stay")
        assert found(calls, "house/x.toml", f'{self.MINE}when = {{ callee = ["buoy_stay"] }}\n')[0] == 1
        assert found(calls, "house/x.toml", f'{self.MINE}when = {{ callee = ["buoy_go"] }}\n')[0] == 0

    def test_a_contract_that_says_what_a_call_does(self, found):
        locks = "void f(struct buoy *b)\n{\n\tbuoy_lock(b);\n\tbuoy_lock(b);\n}\n"
        contract = '[[function]]\nname = "buoy_lock"\nparams = ["b"]\n'
        assert found(locks, "contracts/buoy.toml", contract) == (0, [])
        takes = f'{contract}outcome = [{{ acquires = ["lock:b->lock"] }}]\n'
        assert found(locks, "contracts/buoy.toml", takes) == (1, ["lock-held-twice"])
