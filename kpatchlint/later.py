"""Commands that are loaded when they run, so that no other command pays for what they import.

Example: `Later("model", "kpatchlint.explore", "The reference model.")` is the group `model` of that module.
"""

from importlib import import_module

import click


class Later(click.Group):
    """A group of commands by the name of its module; `name` is its name there, too."""

    def __init__(self, name: str, module: str, short_help: str) -> None:
        super().__init__(name, help=short_help)
        self._module = module

    @property
    def _group(self) -> click.Group:
        group: click.Group = getattr(import_module(self._module), str(self.name))
        return group

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of its commands."""
        return self._group.list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of its commands."""
        return self._group.get_command(ctx, cmd_name)
