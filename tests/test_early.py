"""States that hold the same merged early: what the exact analysis sees, the early one sees something of.

Here all functions are looked at early, small ones, too, and every two states that hold the same are merged.
"""

from pathlib import Path

import pytest
from marks import complaints, read_fixture
from msgspec.structs import replace

from kpatchlint.check import scan_source
from kpatchlint.flow import paths, program
from kpatchlint.rule import load_rules
from kpatchlint.scan import Scan, scan_paths

ROOT = Path(__file__).resolve().parent.parent
KNOWN = {rule.id for rule in load_rules()}

HEAD = """\
int walk(pmd_t *pmd, unsigned long addr, spinlock_t *ptl, struct counts *counts)
{
	pte_t *pte;

	spin_lock(ptl);
"""
# flags of the caller that each make two states
MANY = "".join(f"\tif (counts->flag{n})\n\t\tcounts->seen{n} = {n};\n" for n in range(9))
AGAIN = "".join(f"\tif (counts->flag{n})\n\t\tcounts->seen{n} = 0;\n" for n in range(9))
UNLOCK = "\tspin_unlock(ptl);\n"
TAIL = "\treturn 0;\n}\n"
RIGHT = f"{HEAD}{MANY}{AGAIN}{UNLOCK}{TAIL}"
CALLER = f"""
int calls(pmd_t *pmd, spinlock_t *ptl, struct counts *counts)
{{
	int n = walk(pmd, 0, ptl, counts);

	spin_lock(ptl);
{UNLOCK}{UNLOCK}	return n;
}}
"""


@pytest.fixture
def everywhere(monkeypatch):
    """Early in every function; an answer that is not final is said to be early."""
    exact = program.analyse

    def analyse(function, knowledge, most_transfers, entry, late, early):
        if not early:
            return exact(function, knowledge, most_transfers, entry, late)
        flow = paths.flow_of(paths.Paths(function, knowledge, most_transfers, entry, late, early=True))
        return replace(flow, early=True)

    monkeypatch.setattr(program, "analyse", analyse)
    monkeypatch.setattr(paths, "EARLY_STATES", 1)


@pytest.mark.parametrize("rule", sorted(KNOWN))
def test_fixtures_say_the_same(rule, everywhere):
    said = []
    for path in sorted(ROOT.glob(f"fixtures/{rule}/*.c")):
        name, data = path.relative_to(ROOT).as_posix(), path.read_bytes()
        fixture = read_fixture(name, data.decode(), KNOWN)
        said += complaints(fixture, scan_source(name, data, fixture.release))
    assert not said, "\n".join(["", *said])


@pytest.mark.parametrize("path", sorted((ROOT / "tests/early").glob("*.c")), ids=lambda path: path.stem)
def test_a_mistake_on_one_of_the_paths_that_meet(path, monkeypatch):
    """What must not be merged away: each function is wrong on one path only, and large behind the place where the
    paths meet."""
    many = "".join(f"\tif (counts->flag{n})\n\t\tcounts->seen{n} = {n};\n" for n in range(21))
    text = path.read_text().replace("\t/* many */\n", many).encode()

    def rules():
        return [finding.rule for finding in scan_source("mm/walk.c", text).findings]

    seen, exact = rules(), program.analyse
    monkeypatch.setattr(program, "analyse", lambda *arguments: exact(*arguments[:-1], early=False))
    assert seen == rules() != []


@pytest.fixture
def flows(monkeypatch):
    """The flows that are made."""
    made, flow_of = [], paths.flow_of
    monkeypatch.setattr(paths, "flow_of", lambda paths: made.append(flow_of(paths)) or made[-1])
    return made


class TestALargeFunction:
    def rules(self, text):
        return [finding.rule for finding in scan_source("mm/walk.c", text.encode()).findings]

    def test_that_is_right_is_looked_at_once(self, flows):
        assert self.rules(RIGHT) == []
        assert [flow.early for flow in flows] == [True]

    def test_takes_a_fifth_of_the_transfers(self, flows, monkeypatch):
        self.rules(RIGHT)
        monkeypatch.setattr(paths, "EARLY_STATES", 10_000)
        self.rules(RIGHT)
        early, late = (flow.transfers for flow in flows)
        assert early * 5 < late

    def test_that_is_wrong_is_looked_at_again(self, flows):
        assert self.rules(RIGHT.replace(UNLOCK, UNLOCK * 2)) == ["unlock-after-wait"]
        assert [flow.early for flow in flows] == [True, False]

    def test_that_only_seems_wrong_is_right(self, flows):
        """That two variables agree is not known any more when states have been merged."""
        never = "\tif (first && !counts->flag0)\n\t\tspin_unlock(ptl);\n"
        text = RIGHT.replace("{\n", "{\n\tint first = counts->flag0 ? 1 : 0;\n", 1)
        assert self.rules(text.replace(UNLOCK, never + UNLOCK)) == []
        assert [flow.early for flow in flows] == [True, False]

    @pytest.mark.parametrize(("other", "times"), [("NULL", 1), ("another(ptl)", 2)])
    def test_what_is_given_back_wrongly_on_one_path(self, other, times, flows):
        """What a merge has made one of several things may be NULL, or be given back twice."""
        start = (
            "\tchar *data = kmap_local_page(counts->page);\n\n\tif (counts->empty) {\n"
            f"\t\tkunmap_local(data);\n\t\tdata = {other};\n\t}} else {{\n"
            "\t\tcounts->stream.next = data;\n\t\tfinish(&counts->stream);\n\t}\n"
        )
        text = RIGHT.replace("\tspin_lock(ptl);\n", f"\tspin_lock(ptl);\n{start}")
        assert self.rules(text) == []
        assert self.rules(text.replace(start, start + "\tkunmap_local(data);\n" * times))
        assert [flow.early for flow in flows][-2:] == [True, False]

    @pytest.mark.parametrize(
        ("declared", "unset", "use", "rule"),
        [
            ("char *data", "data = NULL", "kunmap_local(data)", "unchecked-map"),
            ("pte_t pte", "pte = ptep_get(counts->ptep)", "counts->seen = pte_present(pte)", "untested-entry"),
        ],
    )
    def test_what_was_never_set_on_one_path(self, declared, unset, use, rule, flows):
        """It is not the value that a merge makes of it and another one."""
        start = f"int walk(struct counts *counts)\n{{\n\t{declared};\n\n\tif (counts->set)\n\t\t{unset};\n"
        text = f"{start}{MANY * 2}{TAIL}"
        assert self.rules(text) == []
        assert self.rules(text.replace(TAIL, f"\t{use};\n{TAIL}")) == [rule]
        assert [flow.early for flow in flows] == [True, True, False]

    def test_what_was_found_wrong_on_one_path(self, flows):
        text = "void walk(swp_entry_t entry, spinlock_t *ptl, struct counts *counts)\n{\n\tint others = 0;\n\n"
        asked = "\tif (!is_migration_entry(entry))\n\t\tothers = 1;\n"
        wait = "\tcounts->others = others;\n\tmigration_entry_wait_on_locked(entry, ptl);\n}\n"
        assert self.rules(f"{text}{MANY * 2}{wait}") == []
        assert self.rules(f"{text}{asked}{MANY * 2}{wait}") == ["untested-entry"]
        assert [flow.early for flow in flows] == [True, True, False]

    def test_what_one_of_several_errors_does_not_give_back(self, flows):
        """A merge of two errors is an error."""
        error = "\tint ret = -EIO;\n\n\tif (counts->again)\n\t\tret = -EAGAIN;\n"
        stop = f"\tif (counts->stop) {{\n{UNLOCK}\t\treturn ret;\n\t}}\n"
        text = HEAD.replace("\tspin_lock(ptl);\n", f"{error}\tspin_lock(ptl);\n")
        asked = "\tif (ret == -EAGAIN)\n\t\tcounts->again = 0;\n"
        text = f"{text}{MANY * 2}{asked}{stop}{UNLOCK}{TAIL.replace('0', 'ret')}"
        assert self.rules(text) == []
        assert self.rules(text.replace(UNLOCK, "", 1)) == ["missing-unlock"]
        assert [flow.early for flow in flows] == [True, True, False]

    def test_what_a_callee_may_have_set_to_null(self, flows):
        """Who tests it is not in doubt."""
        body = f"\tvmf->pte = counts->empty ? NULL : counts->pte;\n{MANY * 3}"
        pick = f"static void pick(struct vm_fault *vmf, struct counts *counts)\n{{\n{body}}}\n"
        walk = "void walk(struct vm_fault *vmf, struct counts *counts)\n{\n\tpick(vmf, counts);\n"
        test = "\tif (!vmf->pte)\n\t\treturn;\n"
        unmap = "\tpte_unmap(vmf->pte);\n}\n"
        assert self.rules(pick + walk + test + unmap) == []
        assert len([flow for flow in flows if flow.function.name == "walk"]) == 1
        assert self.rules(pick + walk + unmap) == ["unchecked-map"]
        assert len([flow for flow in flows if flow.function.name == "walk"]) == 3

    def test_its_summary_is_exact(self, flows):
        assert self.rules(RIGHT.replace("int walk", "static int walk") + CALLER) == ["unlock-after-wait"]
        assert not [flow.early for flow in flows if flow.function.name == "walk"][-1]


class TestACalleeInAnotherFile:
    """It is looked at early too, and exactly only for a caller in which something is seen."""

    GIVES = RIGHT.replace("\tspin_lock(ptl);\n", "").replace("int walk", "int gives")
    TAKES = "void takes(struct mm_struct *mm, pmd_t *pmd, struct counts *counts)\n"
    CALLS = TAKES + "{\n\tspinlock_t *ptl = pmd_lock(mm, pmd);\n\n\tgives(pmd, 0, ptl, counts);\n}\n"

    @pytest.fixture
    def said(self, tmp_path, flows):
        def said(caller):
            (tmp_path / "include/linux").mkdir(parents=True)
            (tmp_path / "include/linux/mm.h").write_text("void pte_unmap_unlock(pte_t *pte, spinlock_t *ptl);\n")
            (tmp_path / "mm").mkdir()
            (tmp_path / "mm/caller.c").write_text(caller)
            (tmp_path / "mm/gives.c").write_text(self.GIVES)
            report = scan_paths([str(tmp_path)], Scan(jobs=1))
            made = [flow.early for flow in flows if flow.function.name == "gives"]
            return [finding.rule for finding in report.findings], made

        return said

    def test_of_a_caller_that_is_right(self, said):
        rules, early = said(self.CALLS)
        assert rules == []
        assert set(early) == {True}

    def test_of_a_caller_that_is_wrong(self, said):
        rules, early = said(self.CALLS.replace("counts);\n", "counts);\n\tspin_unlock(ptl);\n"))
        assert rules == ["unlock-after-wait"]
        assert False in early
