"""A sample of every tree's C files through `scan`: each ends in a report, none at a bound.  All: bench/robust.py.

Seen with 6.1.192 and 6.12.117, all 115,337 files, before claims of comments were checked: no crash, no hang, at most 17
seconds a file, 509 MB in one process.
"""

import random
from time import thread_time

import pytest

from kpatchlint.flow.clock import OF_FILE
from kpatchlint.loaded import Loaded
from kpatchlint.scan import scan_file
from kpatchlint.tree.checkout import Checkout

SAMPLE = 100


@pytest.mark.tree
@pytest.mark.slow
@pytest.mark.parametrize("version", ["6.1", "6.12"])
def test_a_sample_of_the_tree(version, request):
    tree = Checkout(request.getfixturevalue(f"tree_{version.replace('.', '_')}"))
    loaded = Loaded((), tree)
    paths = random.Random(version).sample(sorted(tree.files(["."])), SAMPLE)
    slow = []
    for path in paths:
        began = thread_time()
        report = scan_file(path, loaded)
        assert report.files == 1, path
        assert not any("longer than" in r.reason and "to parse" in r.reason for r in report.unanalyzed), path
        assert not any("stopped" in r.reason for r in report.unanalyzed), path
        if thread_time() - began > OF_FILE / 4:
            slow.append(path)
    assert slow == []
