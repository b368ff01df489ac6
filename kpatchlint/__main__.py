"""`python -m kpatchlint`: the command line where there is no console script."""

from kpatchlint.cli import main

if __name__ == "__main__":
    main()
