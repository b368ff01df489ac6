"""The user's settings: one TOML file, whose keys are the long options of the command line.

It is the file given with `--config`, else `kpatchlint/config.toml` in the user's configuration directory; never one
that lies in the tree or stands in the mail under check.  The command line wins over it.  Paths are relative to the
file.  A key nobody knows stops the run.  Example:

    ignore = ["stale-reference", "undocumented-null"]
    fail-on = "error"
    baseline = "mm-baseline.toml"
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import structs

from kpatchlint.data import line_of, read
from kpatchlint.errors import UserError
from kpatchlint.rule import SEVERITIES
from kpatchlint.seldom import user_directory

FailOn = Literal["error", "warning", "info", "never"]
Colour = Literal["auto", "always", "never"]
FAILING: tuple[FailOn, ...] = (*SEVERITIES, "never")
COLOURS: tuple[Colour, ...] = ("auto", "always", "never")
CURE = "see README, 'Settings'"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="kebab"):
    """What a settings file may say; a key that is absent leaves the program's default."""

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    fail_on: FailOn | None = None
    color: Colour | None = None
    rules: tuple[str, ...] | None = None
    baseline: str | None = None
    suppressions: bool | None = None
    jobs: int | Literal["auto"] | None = None


def user_file() -> Path:
    """Where the user's own settings are looked for: `$XDG_CONFIG_HOME/kpatchlint/config.toml`."""
    return user_directory("config") / "config.toml"


def load(path: Path) -> Mapping[str, object]:
    """The keys that the file at `path` sets, spelled as in `Config`, with paths made absolute.

    Raises `UserError` with file, line and the known keys for one that is no such file.
    """
    config = settings_in(path)
    return {key: value for key in Config.__struct_fields__ if (value := getattr(config, key)) is not None}


def settings_in(path: Path) -> Config:
    """The same as a `Config`, in which a key that the file does not set is None."""
    config = _read(path)
    rules = config.rules and tuple(_beside(path, name) for name in config.rules)
    return structs.replace(config, rules=rules, baseline=config.baseline and _beside(path, config.baseline))


def _beside(path: Path, name: str) -> str:
    return str(path.resolve().parent / Path(name).expanduser())


def _read(path: Path) -> Config:
    try:
        return read(path, Config)
    except UserError as error:
        raise _error(path, error) from error


def _error(path: Path, error: UserError) -> UserError:
    """The same error, with the line it is about and the keys or values that could stand there."""
    unknown = re.search(r"unknown field `([^`]+)`", error.what)
    if unknown:
        cure = f"known keys: {', '.join(Config.__struct_encode_fields__)}"
        return UserError(f"unknown key {unknown[1]!r}", path=str(path), line=line_of(path, unknown[1]), cure=cure)
    at = re.search(r"`\$\.([\w-]+)", error.what)
    if not at:
        return UserError(error.what, path=str(path), cure=error.cure or CURE)
    values: Mapping[str, tuple[str, ...]] = {"fail-on": FAILING, "color": COLOURS}
    known = values.get(at[1], ())
    cure = f"known values: {', '.join(known)}" if known else CURE
    what = error.what.replace(" | null", "")
    return UserError(what, path=str(path), line=line_of(path, at[1]), cure=cure)
