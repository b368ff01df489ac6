"""Timelines, litmus files and the commands that show them."""

import re

import pytest
from command import ROOT, run

from kpatchlint.model.alphabet import ALPHABETS, Op
from kpatchlint.model.completion import completed, exemplified, statements
from kpatchlint.model.explore import Counterexample, Step
from kpatchlint.model.kinds import Violation
from kpatchlint.model.mutants import MUTANTS, outcome
from kpatchlint.model.protocol import VARIANTS
from kpatchlint.model.timeline import LIMITS, of_example, of_trace
from kpatchlint.model.trace import trace
from kpatchlint.model.world import start
from kpatchlint.report.trace import kinds_of, litmus_of, of_rule
from kpatchlint.rule import load_rules

STORED = ROOT / "fixtures" / "model"
MODELLED = [rule for rule in load_rules() if rule.violates]
COLUMN = 46


def drawn(alphabet, word, kind, **more):
    return of_trace(trace(ALPHABETS[alphabet], tuple(map(Op, word.split())), frozenset({Violation(kind)})), **more)


def columns(text):
    return [(line[:COLUMN].rstrip(), line[COLUMN:]) for line in text.splitlines()]


class TestTimeline:
    def test_the_diagram_of_3c226c637b69(self, golden):
        """Mark Rutland's diagram: a waiter of a migrated PMD touches the folio when it was freed."""
        found = outcome(MUTANTS["ptl-dropped-before-enqueue"], VARIANTS["pmd"])
        golden("timeline-3c226c637b69.txt", of_example(found.counterexamples[Violation.FOLIO_UAF]))

    def test_a_wait_on_a_copy_of_the_pmd(self, golden):
        golden("timeline-uffdio-move.txt", drawn("v6.5-pmd", "PL RR ?m U WPS", "folio-uaf"))

    def test_a_livelock_has_a_loop(self):
        stem, loop = run("model", "check", "devpriv-spin").out.split("and then for ever:")
        assert "folio_lock(src)" in stem
        assert "folio_trylock(folio)" in loop
        assert "folio_lock" not in loop

    def test_the_second_unlock_releases_a_lock_that_another_task_holds(self):
        rows = columns(drawn("v6.5", "ML NC RD UM W2 U", "unlock-not-owner"))
        assert rows[-1][0] + rows[-1][1] == "spin_unlock(ptl)  /* another task holds it */"
        assert [right for _, right in rows if "spin_" in right][-1] == "spin_lock(ptl)"

    def test_only_tasks_that_matter_have_a_column(self):
        assert drawn("v6.5", "ML RD", "null-use").splitlines()[0] == "caller"
        assert "table removal" in drawn("v6.5-hugetlb", "HL", "pgtable-uaf").splitlines()[0]

    def test_the_users_lines_stand_in_the_callers_column_and_the_rest_in_parentheses(self):
        text = drawn("v6.1", "ML RD WN", "sleep-mapped", lines={2: "12: wait_for(it)"})
        assert "\n12: wait_for(it): io_schedule()  /* sleeps with a page table mapped */\n" in text
        assert "\n(ptep = pte_offset_map_lock(mm, pmd, addr, &ptl))\n" in text

    def test_hidden_steps_are_shown_on_demand(self):
        few, all_ = (drawn("v6.1", "ML RD U WL", "folio-uaf", everything=shown) for shown in (False, True))
        assert "folio_isolate_lru" not in few
        assert "folio_isolate_lru" in all_

    def test_every_task_has_its_column(self):
        world = start(3)
        steps = tuple(Step(task, "lock_ptl", world) for task in ("migrator", "caller", "migrator"))
        assert columns(of_example(Counterexample(Violation.FOLIO_UAF, steps))) == [
            ("caller", "migrator"),
            ("------", "--------"),
            ("", "spin_lock(ptl)"),
            ("spin_lock(ptl)", ""),
            ("", "spin_lock(ptl)"),
        ]


class TestCompletion:
    def test_a_wait_and_an_unlock_are_completed(self):
        code = ["softleaf_entry_wait_on_locked(entry, ptl);", "spin_unlock(ptl);"]
        whole = completed(code, frozenset({Violation.UNLOCK_NOT_OWNER}), "v6.5-paths")
        assert " ".join(whole.word) == "ML !n RR UM ?m W2 U"
        assert [whole.lines[at] for at in (5, 6)] == ["softleaf_entry_wait_on_locked(entry, ptl)", "spin_unlock(ptl)"]

    @pytest.mark.parametrize(
        ("line", "alphabet", "ops"),
        [
            ("pte = pte_offset_map_lock(mm, pmd, addr, &ptl);", "v6.5", "ML"),
            ("migration_entry_wait_on_locked(entry, ptep, ptl);", "v6.1", "WL"),
            ("migration_entry_wait_on_locked(entry, NULL, ptl);", "v6.1", "WN"),
            ("migration_entry_wait_on_locked(entry, ptl);", "v6.1", ""),
            ("migration_entry_wait_on_locked(to_entry(a, b), ptl);", "v6.5", "W2"),
            ("pmd_migration_entry_wait(mm, pmd);", "v6.5-pmd", "WPk"),
            ("pmd_migration_entry_wait(mm, &pmdval);", "v6.5-pmd", "WPS"),
            ("pmd_migration_entry_wait(mm, pmd);", "v6.5", "WP"),
            ("return 0;", "v6.5", "RET"),
            ("x = spin_unlocked(ptl);", "v6.5", ""),
        ],
    )
    def test_a_line_is_known_by_its_calls(self, line, alphabet, ops):
        (read,) = statements([line], ALPHABETS[alphabet].ops, frozenset())
        assert " ".join(read.ops) == ops

    @pytest.mark.parametrize("rule", MODELLED, ids=lambda rule: rule.id)
    def test_every_rule_with_a_violation_has_a_caller_that_shows_it(self, rule):
        whole = exemplified(rule.bad.splitlines(), kinds_of(rule))
        assert whole.kinds
        assert whole.kinds <= kinds_of(rule)

    def test_the_lines_are_those_of_the_code(self):
        code = ["// nothing", "pte = pte_offset_map(pmd, addr);", "// nothing", "migration_entry_wait(mm, pmd, addr);"]
        whole = completed(code, frozenset({Violation.SLEEP_MAPPED}))
        assert [(whole.word[at].value, place) for at, place in whole.places.items()] == [("M", 1), ("WM", 3)]

    def test_no_line_is_left_out_to_make_a_caller_go_wrong(self):
        code = ["pte = pte_offset_map_lock(mm, pmd, addr, &ptl);", "pte_unmap_unlock(pte, ptl);"]
        assert completed(code, frozenset({Violation.UNMAP_UNMAPPED})) is None

    def test_what_no_caller_can_do_has_none(self):
        assert exemplified([], frozenset({Violation.LOST_WAKEUP})) is None


class TestLitmus:
    @pytest.mark.parametrize("rule", MODELLED, ids=lambda rule: rule.id)
    def test_the_file_of_a_rule_is_what_the_model_says(self, rule, request):
        file = STORED / f"{rule.id}.litmus"
        if request.config.getoption("--update-golden"):
            file.write_text(litmus_of(rule))
        assert file.read_text() == litmus_of(rule), "pytest --update-golden tests/test_model_timeline.py"

    def test_it_is_the_rules_own_example_that_goes_wrong(self):
        """But where the example steps a pointer, or maps two of them: no line of it is an operation."""
        strange = {rule.id for rule in MODELLED if not of_rule(rule)[1]}
        assert strange == {"unmap-order", "unmap-wrong-pointer"}

    def test_a_table_used_after_the_wait_is_freed_under_the_caller(self):
        (rule,) = (rule for rule in MODELLED if rule.id == "use-after-wait")
        assert of_rule(rule)[0].kind == Violation.PGTABLE_UAF

    def test_there_are_no_others(self):
        assert {file.stem for file in STORED.glob("*.litmus")} == {rule.id for rule in MODELLED}

    @pytest.mark.parametrize("file", sorted(STORED.glob("*.litmus")), ids=lambda file: file.stem)
    def test_it_opens_with_result_and_states(self, file):
        lines = file.read_text().splitlines()
        assert lines[:3] == [f"C {file.stem}", "", "(*"]
        assert set(re.fullmatch(r" \* Result: (.+)", lines[3])[1].split()) <= set(Violation)
        assert re.fullmatch(r" \* States: \d+", lines[4])
        assert lines[-1].startswith("exists (")


class TestCommands:
    def test_list_names_everything(self):
        out = run("model", "list").out
        assert all(name in out for name in (*VARIANTS, *ALPHABETS, *Violation))

    def test_check_says_states_and_verdict(self):
        ran = run("model", "check", "v6.1")
        assert (ran.status, ran.out) == (0, f"v6.1: 1342 states, 3723 steps: ok\n{LIMITS}")

    def test_check_draws_what_is_wrong(self):
        ran = run("model", "check", "pageref", "--strict")
        assert ran.status == 1
        assert "migration-failed" in ran.out
        assert "folio_ref_count(src) == expected?  /* fails: a waiter's reference */" in ran.out

    @pytest.mark.parametrize("what", ["unlock-after-wait", "ML RD WL U"])
    def test_trace_draws_a_rule_or_a_word_and_says_its_limits(self, what):
        ran = run("model", "trace", what)
        assert ran.status == 0
        assert "another task holds it" in ran.out
        assert ran.out.endswith(LIMITS)

    def test_trace_of_an_api(self):
        assert "(entry, ptl)" in run("model", "trace", "ML NC RD UM W2 U", "--api", "v6.5").out
        assert "has all of" in run("model", "trace", "ML NC", "--api", "v6.1").err

    def test_a_caller_that_is_right_is_said_to_be(self):
        assert run("model", "trace", "ML RD WL RET").out.startswith("v6.1: ML RD WL RET: ok")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("check", "v9"), "no variant 'v9'"),
            (("dot", "v9"), "no alphabet 'v9'"),
            (("trace", "ML XX"), "neither a rule nor an operation: 'XX'"),
            (("trace", ""), "neither a rule nor an operation"),
            (("trace", "stale-reference"), "comments do not run"),
        ],
    )
    def test_what_is_not_there_is_refused_with_what_is(self, arguments, said):
        ran = run("model", *arguments)
        assert (ran.status, ran.out) == (2, "")
        assert said in ran.err
        assert "cure" in ran.err

    def test_dot_is_what_the_kernels_monitors_are_written_in(self):
        lines = run("model", "dot", "v6.1").out.splitlines()
        assert lines[0] == "digraph state_automaton {"
        assert '\t{node [shape = plaintext, style=invis, label=""] "__init_s0"};' in lines
        assert '\t"__init_s0" -> "s0";' in lines
        edges = [line for line in lines if re.fullmatch(r'\t"s\d+" -> "\w+" \[ label = "[\w\\]+" \];', line)]
        assert '\t"s0" -> "s1" [ label = "map_lock" ];' in edges
        assert len(edges) == len([line for line in lines if "->" in line]) - 1

    def test_explain_ends_with_the_timeline(self):
        out = run("explain", "unlock-after-wait").out
        assert "## Timeline\n\n```\ncaller " in out
        assert out.endswith(LIMITS)
        assert "## Timeline" not in run("explain", "stale-reference").out


class TestCheckTrace:
    def test_the_hunk_that_unlocks_after_the_wait(self, golden):
        ran = run("check", "--trace", "fixtures/patches/double-unlock.patch")
        assert ran.status == 1
        assert "48: softleaf_entry_wait_on_locked(entry, ptl)" in ran.out
        assert "49: spin_unlock(ptl)  /* another task holds it */" in ran.out
        golden("check-trace.txt", ran.out)

    def test_each_line_of_the_path_has_its_own_number(self, tmp_path):
        file = tmp_path / "x.c"
        file.write_text(
            "int f(struct mm_struct *mm, pmd_t *pmd)\n{\n\tspinlock_t *ptl = pmd_lock(mm, pmd); // one\n\n"
            "\tif (pmd_none(*pmd))\n\t\treturn -ENOENT;\n\tspin_unlock(ptl);\n\treturn 0;\n}\n"
        )
        lines = run("scan", "--trace", file).out.splitlines()
        assert "    3: spinlock_t *ptl = pmd_lock(mm, pmd)" in lines
        assert "    6: return -ENOENT  /* returns with ptl held */" in lines

    def test_a_path_the_model_cannot_walk_has_no_timeline(self, tmp_path):
        """Pointers do not move in the model, so there this is a caller that is right."""
        file = tmp_path / "x.c"
        file.write_text(
            "void f(struct mm_struct *mm, pmd_t *pmd, unsigned long a)\n{\n\tspinlock_t *ptl;\n"
            "\tpte_t *pte = pte_offset_map_lock(mm, pmd, a, &ptl);\n\n\tif (pte)\n"
            "\t\tpte_unmap_unlock(pte - 1, ptl);\n}\n"
        )
        out = run("scan", "--trace", file).out
        assert "[unmap-wrong-pointer]" in out
        assert "caller" not in out

    def test_a_finding_without_a_violation_has_no_timeline(self):
        plain, traced = (run("scan", *more, "fixtures/stale-reference/bare.c").out for more in ((), ("--trace",)))
        assert plain == traced

    def test_it_is_a_format_of_its_own(self):
        assert "cure" in run("check", "--trace", "--format", "json", "fixtures/patches/double-unlock.patch").err

    @pytest.mark.parametrize("rule", MODELLED, ids=lambda rule: rule.id)
    def test_findings_of_the_fixtures_are_drawn(self, rule):
        """Some of each rule; not all can be: the model has one lock and two maps."""
        ran = run("scan", "--trace", f"fixtures/{rule.id}")
        assert ran.status == 1
        assert "\n    caller" in ran.out
