"""The program: `kpatchlint`, `python -m kpatchlint`.

Garbage is collected seldom before the command line is imported, too: while modules load there is none, and looking for
it was a tenth of what the check of a patch takes.
"""

from importlib import import_module

from kpatchlint.garbage import collect_seldom


def main() -> None:
    """The console script."""
    collect_seldom()
    import_module("kpatchlint.cli").main()


if __name__ == "__main__":
    main()
