"""The contracts of rules/contracts/: well formed, complete, and true of the two real trees."""

import itertools
import re
from collections import Counter

import pytest

from kpatchlint.c.ir import Invoke, parts
from kpatchlint.data import read, rules_directory
from kpatchlint.errors import UserError
from kpatchlint.flow.contract import load_knowledge
from kpatchlint.flow.place import read_condition, read_place
from kpatchlint.flow.schema import ContractFile, ResourceFile
from kpatchlint.release import parse_release

FILES = sorted((rules_directory() / "contracts").glob("*.toml"))
RESOURCES = read(rules_directory() / "resources.toml", ResourceFile).resource
BY_FILE = [(path.stem, function) for path in FILES for function in read(path, ContractFile).function]
FUNCTIONS = [function for _, function in BY_FILE]
SECTIONS = {"rcu", "preempt", "irq", "lazy_mmu", "pagefault", "unflushed", "unwritten"}
SECTIONS |= {"migrate", "preload", "cpus", "rtnl"}
# files of functions that are everywhere: none of them makes a body worth a scan
GENERIC = {"locks", "mutex", "rcu", "sleep", "alloc", "predicates", "user", "folio", "mmap", "rmap", "entry", "assert"}
GENERIC |= {"fault", "buffers", "driver", "files", "net", "objects", "sections", "tables", "trees"}


each_file = pytest.mark.parametrize("file", [path.stem for path in FILES])


def of_file(file):
    functions = [function for name, function in BY_FILE if name == file]
    assert functions, f"{file}.toml has no function"
    return functions


def effects(function):
    yield from function.must_hold
    yield from function.must_not_hold
    for outcome in function.outcome:
        yield from outcome.acquires
        yield from outcome.releases


def places(function):
    """Every text of a contract that names a place."""
    for effect in effects(function):
        _, colon, place = effect.partition(":")
        if colon:
            yield place
    for outcome in function.outcome:
        yield from outcome.sets
        yield from outcome.sets.values()
        yield from filter(None, outcome.when.split(" && "))
    if function.returns:
        yield function.returns


def roots(place):
    """The identifiers that stand alone: not members, not called."""
    found = set(re.findall(r"(?<![\w.>])(?!\d)\w+\b(?!\()", place))
    return {name for name in found if not name.isupper() or name == "NULL"}


def variants(name):
    return [function for function in FUNCTIONS if function.name == name]


# --- well formed


def test_all_files_load():
    knowledge = load_knowledge(rules_directory())
    assert len(knowledge.contracts) == len({f.name for f in FUNCTIONS}) > 500
    assert len(FILES) >= 15


@each_file
def test_effects_name_resources(file):
    for function in of_file(file):
        for effect in effects(function):
            kind, colon, _ = effect.partition(":")
            assert kind in RESOURCES, f"{function.name}: {effect}: no such resource"
            assert bool(colon) != (kind in SECTIONS), f"{function.name}: {effect}: place or section?"


@each_file
def test_places_name_parameters(file):
    for function in of_file(file):
        for place in places(function):
            named = roots(place) - {"return", "new", "dropped", "NULL"}
            assert named <= set(function.params), f"{function.name}: {place} names no parameter"


@each_file
def test_keys_name_parameters(file):
    for function in of_file(file):
        params = set(function.params)
        assert len(params) == len(function.params), function.name
        keys = {*function.derefs, *function.live, *function.null, *function.notes}
        assert keys | set(function.unmapped) - {"return"} <= params, function.name
        assert set(function.notes) <= set(function.null), f"{function.name}: a note says what NULL means"


def test_nonsense_does_not_parse():
    with pytest.raises(UserError):
        read_condition("return ==")
    with pytest.raises(UserError):
        read_place("vmf->")


def test_flags_agree():
    for function in FUNCTIONS:
        name, effect = function.name, any(o.acquires or o.releases or o.sets for o in function.outcome)
        assert function.sleeps or not function.wait, f"{name}: a wait sleeps"
        effect = effect or function.faults
        assert not (function.pure and (function.sleeps or effect)), f"{name}: a pure function has no effect"
        asserted = bool(function.must_hold) and not effect
        assert asserted or not function.asserts, f"{name}: an assertion names what is held and does nothing"
        if function.until and function.since:
            assert parse_release(function.since) < parse_release(function.until), name


def test_no_two_contracts_begin_together():
    twice = [key for key, n in Counter((f.name, f.since, len(f.params)) for f in FUNCTIONS).items() if n > 1]
    assert not twice


def test_several_meanings_do_not_overlap():
    """One release, one arity, one contract."""
    for name in {f.name for f in FUNCTIONS}:
        several = sorted(variants(name), key=lambda f: parse_release(f.since or "v2.0"))
        for older, newer in itertools.pairwise(several):
            together = older.since == newer.since and len(older.params) != len(newer.params)
            assert together or older.until == newer.since, f"{name}: from {older.until or 'ever'} to {newer.since}"


def test_generic_functions_are_no_triggers():
    assert not [f.name for file, f in BY_FILE if f.trigger and file in GENERIC]
    triggers = {f.name for f in FUNCTIONS if f.trigger}
    assert {"pte_unmap", "pmd_lock", "migration_entry_wait", "kmap_local_page"} <= triggers


# --- outcomes


SIGNS = {"==": int.__eq__, "!=": int.__ne__, "<": int.__lt__, ">=": int.__ge__}
# a flag is the lowest bit of a world's value
FLAG = r"(!?)\(?([\w>.-]+) & [A-Z_]+\)?"
# what an error pointer is in a world
ERROR = -4000
# (ptl, pte, result): after an entry of PMD level, which has no pte, a walk finds no further one; no range starts at 0;
# who gives no context is not told to back off
IMPOSSIBLE = {
    "page_vma_mapped_walk": lambda w: w["pvmw->ptl"] and not w["pvmw->pte"] and w["return"],
    "mmu_notifier_invalidate_range_start": lambda w: not w["range->start"],
    "ww_mutex_lock": lambda w: not w["ctx"] and w["return"],
    "dma_resv_lock": lambda w: not w["ctx"] and w["return"],
}


def holds(condition, world):
    """Whether one comparison of a `when` holds."""
    tested = re.fullmatch(r"(!?)IS_ERR\((.+)\)", condition)
    if tested:
        return (world[tested[2]] == ERROR) != bool(tested[1])
    flagged = re.fullmatch(FLAG, condition)
    if flagged:
        return bool(world[flagged[2]] & 1) != bool(flagged[1])
    compared = re.fullmatch(r"(.+) (==|!=|<|>=) (\w+)", condition)
    return SIGNS[compared[2]](world[compared[1]], world.get(compared[3], 0))


def worlds(function):
    """Every combination of signs of what the outcomes ask for."""
    conditions = [c for o in function.outcome for c in o.when.split(" && ") if c]
    subjects = {re.sub(r"^!?IS_ERR\((.+)\)$|^(.+) \S+ \S+$", r"\1\2", re.sub(FLAG, r"\2 & 1", c)) for c in conditions}
    errors = any("IS_ERR" in c for c in conditions)
    # a result that is only asked for zero and for less is an error number or nothing
    never_positive = {"return == 0", "return < 0"} == {c for c in conditions if c.startswith("return ")}
    signs = (-5, 0) if never_positive else (ERROR, 7) if errors else (-5, 0, 7)
    values = {s: signs if s == "return" else (-5, 0, 7) for s in subjects}
    # what a result may be the same as
    values |= dict.fromkeys(re.findall(r"return [=!]= (?!NULL)([a-z]\w*)", " && ".join(conditions)), (7, 9))
    for combination in itertools.product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def ways(function, world):
    return [o for o in function.outcome if all(holds(c, world) for c in o.when.split(" && ") if c)]


@each_file
def test_outcomes_cover_every_case(file):
    """Except for conditions that are only taken at their word, such as those of an assertion."""
    for function in of_file(file):
        never_null = {"return != NULL", "return != NULL && !IS_ERR(return)"}
        cannot_fail = len(function.outcome) == 1 and function.outcome[0].when in never_null
        word = all(o.when and not (o.acquires or o.releases or o.sets) for o in function.outcome)
        if not function.outcome or cannot_fail or word:
            continue
        impossible = IMPOSSIBLE.get(function.name, lambda _: False)
        for world in worlds(function):
            assert ways(function, world) or impossible(world), f"{function.name}: no outcome for {world}"


def test_what_may_be_null_is_set_where_it_is_there():
    """Where a callee would set something behind a null pointer, it goes another way, of which there must be one."""
    for function in FUNCTIONS:
        for outcome in function.outcome:
            through = {re.findall(r"\w+", place)[0] for place in outcome.sets} & {*function.null}
            assert all(f"{name} != NULL" in outcome.when for name in through), function.name


def test_a_gap_between_outcomes_is_seen():
    lock = variants("pte_offset_map_lock")[0]
    assert [len(ways(lock, world)) for world in worlds(lock)] == [1, 1, 1]
    assert not holds(lock.outcome[0].when, {"return": 0})


OPPOSITE = [
    (r"unlock", "lock"),
    (r"kunmap", "kmap"),
    (r"restore", "save"),
    (r"^up_|(?<=percpu_)up_", "down_"),
    (r"^put(?=_cpu)", "get"),
    (r"_enable", "_disable"),
]


def opposite(name):
    """`spin_lock_irqsave` for `spin_unlock_irqrestore`, and so on."""
    for give, take in OPPOSITE:
        name = re.sub(give, take, name)
    return name


def taken(function):
    return Counter(e.partition(":")[0] for o in function.outcome[:1] for e in o.acquires)


def given(function):
    return Counter(e.partition(":")[0] for o in function.outcome[:1] for e in o.releases)


def test_what_is_taken_is_given_back():
    pairs = 0
    for release in FUNCTIONS:
        for take in variants(opposite(release.name)):
            if take.name != release.name and (given(release) or taken(take)):
                assert given(release) == taken(take), f"{take.name} and {release.name}"
                pairs += 1
    assert pairs > 50


# --- what the wait rules rest on


def test_the_wait_of_each_release():
    new, old = variants("migration_entry_wait_on_locked")
    assert [o.releases for o in new.outcome] == [("lock:ptl",)]
    assert {o.when: o.releases for o in old.outcome} == {
        "ptep != NULL": ("lock:ptl", "map:ptep"),
        "ptep == NULL": ("lock:ptl",),
    }
    newest = variants("softleaf_entry_wait_on_locked")[0]
    assert all(f.wait and f.sleeps and f.must_hold == ("lock:ptl",) for f in (new, old, newest))
    assert newest.outcome == new.outcome


def test_a_map_may_fail_since_v6_5():
    for name in ("pte_offset_map", "pte_offset_map_lock"):
        new, old = variants(name)
        assert (new.since, old.until) == ("v6.5", "v6.5")
        assert [o.when for o in new.outcome] == ["return != NULL", "return == NULL"]
        assert [o.when for o in old.outcome] == ["return != NULL"]
        assert not any(o.acquires or o.sets for o in new.outcome if o.when == "return == NULL")


# --- the table of the project

# Functions of ../shared/contracts.psv that no contract stands for, and why.
WITHOUT = {
    "the caller's page-table lock is not among its arguments": [
        "folio_add_anon_rmap_ptes",
        "folio_add_file_rmap_ptes",
        "folio_dup_file_rmap_ptes",
        "folio_remove_rmap_ptes",
        "folio_try_dup_anon_rmap_ptes",
        "folio_try_share_anon_rmap_pte",
        "page_remove_rmap",
    ],
    "takes and gives back nothing, never sleeps": [
        "__kernel_map_pages",
        "arch_kmap_local_post_unmap",
        "hash__tlbiel_all",
    ],
    "what it may do is what its callbacks do": ["walk_page_vma"],
    "drops the mmap or the VMA lock, depending on flags": [
        "lock_folio_maybe_drop_mmap",
        "maybe_unlock_mmap_for_io",
    ],
    "gives back the locks of every VMA at once": ["vma_end_write_all"],
    "static: its own body says it better": [
        "do_anonymous_page",
        "hpage_collapse_scan_pmd",
        "madvise_remove",
        "migrate_vma_collect_huge_pmd",
    ],
    "two bodies under #ifdef that do different things": [
        "do_pte_lock",
        "do_pte_unlock",
        "uffd_mfill_lock",
        "uffd_mfill_unlock",
    ],
    "holds a lock only where the entry is a leaf": ["gmap_pmd_op_end", "gmap_pmd_op_walk"],
    "released at the end of the scope, by the dialect": ["guard", "scoped_guard"],
}


@pytest.mark.shared
def test_every_function_of_the_table_has_a_contract_or_a_reason(shared):
    rows = [line.split("|") for line in (shared / "contracts.psv").read_text().splitlines()[1:]]
    names = {row[1] for row in rows}
    assert len(names) > 250
    missing = names - {f.name for f in FUNCTIONS}
    excused = {name for several in WITHOUT.values() for name in several}
    assert missing - excused == set(), "neither contract nor reason"
    assert excused - missing == set(), "a reason for a function that has a contract, or is not in the table"


def test_what_contracts_compute_is_said_of_its_kind():
    """A lock that a function computes, and no contract is about, is told from these by its name."""
    known = load_knowledge(rules_directory())
    every = (place for several in known.contracts.values() for contract in several for place in contract.effective)
    assert {part.function for place in every for part in parts(place) if isinstance(part, Invoke)} <= known.computed
