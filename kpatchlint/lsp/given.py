"""What the user of an editor has set, read anew for every check.

The command line wins over the settings file, as for every other command.  Example: `Given(select=("wait",)).now()` are
settings with the rules of one family, and whatever else the user's own file says.
"""

from pathlib import Path

from msgspec import Struct

from kpatchlint.config import Config, settings_in, user_file
from kpatchlint.settings import Settings


class Given(Struct, frozen=True):
    """The options of `kpatchlint lsp`, as their help explains them."""

    rule_directories: tuple[Path, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    baseline: Path | None = None
    config: Path | None = None
    no_config: bool = False

    def now(self) -> tuple[Settings, tuple[Path, ...]]:
        """The settings as they stand, and the directories with more rules; `UserError` for a broken file."""
        said = self._said()
        baseline = self.baseline or (Path(said.baseline) if said.baseline else None)
        settings = Settings(self.select or said.select or (), self.ignore or said.ignore or (), baseline=baseline)
        return settings, self.rule_directories or tuple(map(Path, said.rules or ()))

    def _said(self) -> Config:
        file = self.config or user_file()
        wanted = not self.no_config and (self.config is not None or file.is_file())
        return settings_in(file) if wanted else Config()
