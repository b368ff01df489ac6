"""The bounds of the flow analysis, measured where they count: on mm/ of a real kernel.

Seen with 6.12.117: 204 analysed functions, transfers in the median 43, 99 % at most 6,800, most 9,800; none given up,
none with merges that lost something (bench/functions.py prints the figures).
"""

import pytest

from kpatchlint.check import Loaded
from kpatchlint.examine import Text, examine
from kpatchlint.flow.paths import MOST_TRANSFERS
from kpatchlint.source import Source
from kpatchlint.tree.checkout import Checkout

HARD = {
    "collapse_pte_mapped_thp": "mm/khugepaged.c",
    "collapse_huge_page": "mm/khugepaged.c",
    "move_pages_pte": "mm/userfaultfd.c",
    "madvise_cold_or_pageout_pte_range": "mm/madvise.c",
    "copy_pte_range": "mm/memory.c",
    "do_swap_page": "mm/memory.c",
    "do_wp_page": "mm/memory.c",
    "zap_pte_range": "mm/memory.c",
    "move_ptes": "mm/mremap.c",
    "page_vma_mapped_walk": "mm/page_vma_mapped.c",
    "hmm_vma_handle_pte": "mm/hmm.c",
    "follow_page_pte": "mm/gup.c",
    "filemap_map_pages": "mm/filemap.c",
    "migrate_vma_collect_pmd": "mm/migrate_device.c",
    "hugetlb_fault": "mm/hugetlb.c",
    "unuse_pte_range": "mm/swapfile.c",
    "walk_pte_range": "mm/pagewalk.c",
}

JUDGED = {"collapse_pte_mapped_thp": {"missing-unlock", "wait-while-locked"}}

pytestmark = [pytest.mark.tree, pytest.mark.slow]
# one process analyses mm/ for all of them
of_flows = pytest.mark.xdist_group("bounds")


@pytest.fixture(scope="module")
def flows(tree_6_12):
    """Every flow of the functions in mm/ that a scan analyses, by name."""
    loaded = Loaded((), Checkout(tree_6_12))
    found = {}
    for path in Checkout(tree_6_12).files(["mm"]):
        data = (tree_6_12 / path).read_bytes()
        if loaded.trigger_words.search(data):
            text = Text(Source(path, data), loaded.of_tree)
            for function in text.unit.functions:
                if loaded.trigger_words.search(data, function.start, function.end):
                    flows = [text.program.checked(body) for body in text.bodies(function.name)]
                    found.setdefault(function.name, []).extend(flows)
    return found


@of_flows
def test_nothing_in_mm_is_given_up_or_cut(flows):
    assert [name for name, several in flows.items() if any(flow.cut or not flow.complete for flow in several)] == []


@of_flows
def test_the_bound_is_far_above_what_is_needed(flows):
    needed = sorted(flow.transfers for several in flows.values() for flow in several)
    assert len(needed) > 150
    assert needed[len(needed) // 2] < MOST_TRANSFERS / 100
    assert needed[int(len(needed) * 0.99)] < MOST_TRANSFERS / 2


@of_flows
@pytest.mark.parametrize("name", HARD)
def test_hard_functions_are_analysed_completely(flows, name, tree_6_12):
    if name not in flows:
        data = (tree_6_12 / HARD[name]).read_bytes()
        text = Text(Source(HARD[name], data), Loaded((), Checkout(tree_6_12)).of_tree)
        flows[name] = [text.program.flow(body) for body in text.bodies(name)]
    assert flows[name], f"{name} is not in {HARD[name]}"
    assert [(flow.complete, flow.cut) for flow in flows[name]] == [(True, 0)] * len(flows[name])


@pytest.mark.parametrize("name", HARD)
def test_hard_functions_are_read_whole_and_are_silent(name, tree_6_12):
    """What is found in one of them is in tests/trees/6.12.toml, with a verdict."""
    data = (tree_6_12 / HARD[name]).read_bytes()
    text = Text(Source(HARD[name], data), Loaded((), Checkout(tree_6_12)).of_tree)
    start, end = next((f.start, f.end) for f in text.unit.functions if f.name == name)
    assert not [bad for bad in text.unit.unparsed if bad.start < end and bad.end > start]
    findings = examine(text, lambda first, last: (first, last) == (start, end)).findings
    found = {f.rule for f in findings if f.family != "reference"}
    assert found == JUDGED.get(name, set())
