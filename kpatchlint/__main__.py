"""The program: `kpatchlint`, `python -m kpatchlint`.

Garbage is collected seldom before the command line is imported, too, and not at the end: while modules load there is
none, and what is left at the end goes with the process.  To look for it was a sixth of what the check of a patch took.
"""

from importlib import import_module

from kpatchlint.garbage import collect_no_more, collect_seldom


def main() -> None:
    """The console script."""
    collect_seldom()
    try:
        import_module("kpatchlint.cli").main()
    finally:
        collect_no_more()


if __name__ == "__main__":
    main()
