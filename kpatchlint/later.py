"""Commands that are loaded when they run, so that no other command pays for what they import.

Example: `Later("model", "kpatchlint.explore", "The reference model.")` is the group `model` of that module, and of a
group `Loading` with `late = {"lsp": "kpatchlint.lsp.command"}` the command `lsp` is that of that module.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import ClassVar

import click

from kpatchlint.option import Helped


class Loading(Helped, click.Group):
    """A group that has more commands: `late` names the modules they are in, under their own names."""

    late: ClassVar[Mapping[str, str]] = {}
    command_class = Helped

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all."""
        return sorted((*super().list_commands(ctx), *self.late))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One of them."""
        if cmd_name not in self.late:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(self.late[cmd_name]), cmd_name)
        return command


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
