"""kpatchlint, and the peak memory of its largest process, in MB, as a line more in the file that PEAK names.

    PEAK=peak.txt python bench/peak.py scan mm/
"""

import atexit
import os
import resource
import runpy


def tell() -> None:
    """Write the line."""
    used = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    with open(os.environ["PEAK"], "a") as file:
        print(max(used) // 1024, file=file)


atexit.register(tell)
runpy.run_module("kpatchlint", run_name="__main__", alter_sys=True)
