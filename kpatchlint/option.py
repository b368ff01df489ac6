"""Options whose help texts are shown as they are written, in one line.

click tidies up each help text, in case it has several lines, with a function of `inspect`, which takes a twelfth of the
floor to load; what is in `postponed.py` is for the rest of it.  Example: `@option("--all", help="Report everything.")`
is `click.option` without that, and a command of the class `Helped` has such a `--help`.
"""

from collections.abc import Sequence
from functools import partial

import click


class Option(click.Option):
    """An option with a help text of one line."""

    def __init__(self, declared: Sequence[str] | None = None, *, help: str | None = None, **others: object) -> None:
        super().__init__(declared, **others)  # type: ignore[arg-type]
        self.help = help


option = partial(click.option, cls=Option)


class Helped(click.Command):
    """A command, the option that shows its help included."""

    _shows_help: click.Option | None = None

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option, the same each time; None where there is none."""
        names = self.get_help_option_names(ctx)
        if self._shows_help is None and names and self.add_help_option:
            click.help_option(*names, cls=Option)(self)
            shows = self.params.pop()
            self._shows_help = shows if isinstance(shows, click.Option) else None
        return self._shows_help
