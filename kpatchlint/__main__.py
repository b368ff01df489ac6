"""The program: `kpatchlint`, `python -m kpatchlint`.

Garbage is not looked for before the command line is imported, and not at the end: while modules load there is
none, and what is left at the end goes with the process.  To look for it was a sixth of what the check of a patch took.
"""

from importlib import import_module

from kpatchlint.garbage import leave, nothing_to_collect
from kpatchlint.postponed import postponed


def main() -> None:
    """The console script."""
    with nothing_to_collect(), postponed():
        cli = import_module("kpatchlint.cli")
    try:
        cli.main()
    except SystemExit as end:
        leave(end)
        raise


if __name__ == "__main__":
    main()
