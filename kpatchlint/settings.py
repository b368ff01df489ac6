"""What a user sets for a run, on the command line or in the settings file, and what it does to a report.

Every command that reports takes the same options, which `with_settings` hands over as one value.  Defaults come from
the settings file (`config`): `--config FILE`, else the user's own, none with `--no-config`.  Example:

    @with_settings
    def check(patches: Sequence[str], settings: Settings) -> int: ...
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import click
from msgspec import Struct
from msgspec.structs import replace

from kpatchlint import config
from kpatchlint.baseline import NOT_JUDGED, Baseline, Entry, stale, without_known
from kpatchlint.baseline import load as load_baseline
from kpatchlint.baseline import write as write_baseline
from kpatchlint.errors import UserError
from kpatchlint.finding import Report
from kpatchlint.option import option
from kpatchlint.rule import SEVERITIES, Rule
from kpatchlint.selection import chosen, chosen_rules
from kpatchlint.suppress import suppressed

Command = Callable[..., int]
Covered = Callable[[str], bool]
C = TypeVar("C", bound=Callable[..., object])
# the parameter of the command line that a key of the settings file is the default of, where it is not called the same
PARAMETERS = {"rules": "rule_directories"}


class Settings(Struct, frozen=True):
    """One run's settings, as the options of the same names explain them."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str = "info"
    baseline: Path | None = None
    write_baseline: Path | None = None
    reason: str = NOT_JUDGED
    suppressions: bool = True
    color: str = "auto"
    quiet: bool = False
    statistics: bool = False
    trace: bool = False

    def formats(self, names: Sequence[str]) -> Sequence[str]:
        """The formats to write, given those asked for; `UserError` for one beside `--statistics` or `--trace`."""
        short = [name for name, on in (("statistics", self.statistics), ("trace", self.trace)) if on]
        if short and len([*short, *names]) > 1:
            raise UserError(f"--{short[0]} is a format of its own", cure="leave the other formats out")
        return tuple(short) or names

    @property
    def failing(self) -> tuple[str, ...]:
        """The severities that the run fails on."""
        return SEVERITIES[: SEVERITIES.index(self.fail_on) + 1] if self.fail_on in SEVERITIES else ()

    def fails(self, report: Report) -> bool:
        """Whether the report has a finding that the run fails on."""
        return any(finding.severity in self.failing for finding in report.findings)

    def checked(self, rules: Iterable[Rule]) -> "Checked":
        """These settings for these rules; `UserError` for a name that is none, a broken baseline."""
        known = load_baseline(self.baseline) if self.baseline else Baseline()
        named = tuple(rules)
        ids = frozenset(rule.id for rule in named)
        return Checked(self, ids, chosen_rules(named, self.select, self.ignore), known)


class Checked(Struct, frozen=True):
    """Settings known to be right, made before the long work begins."""

    settings: Settings
    ids: frozenset[str]
    rules: frozenset[str]
    known: Baseline

    def apply(self, report: Report, covered: Covered | None = None) -> Report:
        """The report as the user wants it: chosen rules, without what its mails ask to ignore and the baseline knows.

        covered  which files were looked at as a whole, so that an entry without a finding is stale; None: none was
        """
        report = chosen(suppressed(report, self.ids) if self.settings.suppressions else report, self.rules)
        if covered:
            gone = stale(self.known, report.findings, covered)
            said = tuple(f"{self.settings.baseline}: stale: {_named(entry)}" for entry in gone)
            report = replace(report, notices=(*report.notices, *said))
        report = without_known(report, self.known)
        return self._written(self.settings.write_baseline, report, covered) if self.settings.write_baseline else report

    def _written(self, path: Path, report: Report, covered: Covered | None) -> Report:
        made = write_baseline(path, report.findings, covered or (lambda name: False), self.settings.reason)
        said = f"{path}: entries: {made.entries}, new: {made.new}, stale ones dropped: {made.dropped}"
        left = replace(report, findings=(), suppressed=report.suppressed + len(report.findings))
        return replace(left, notices=(*report.notices, said))


def _named(entry: Entry) -> str:
    return f"{entry.fingerprint} ({entry.rule} in {entry.function or 'the file'}, {entry.path})"


def with_settings(command: Command) -> Command:
    """Give a command the options of `Settings`, as one argument `settings`."""
    return settings_failing_on("info")(command)


def with_choice(command: Command) -> Command:
    """Give a command only those options that choose among findings: `select`, `ignore` and `baseline`."""
    for each in reversed(_CHOICE):
        command = each(command)
    return command


def settings_failing_on(severity: str) -> Callable[[Command], Command]:
    """The same, for a command whose runs fail on findings of this severity or worse, unless it is told otherwise."""

    def decorate(command: Command) -> Command:
        decorated = with_config(_packed(command))
        for each in reversed((_severity(severity), *_OPTIONS)):
            decorated = each(decorated)
        return decorated

    return decorate


def _packed(command: Command) -> Command:
    """The command, called with the options of `Settings` one by one."""
    names = Settings.__struct_fields__

    @wraps(command)
    def run(**arguments: object) -> int:
        mine = {name: arguments.pop(name) for name in names}
        settings = Settings(**mine)  # type: ignore[arg-type]
        return command(**arguments, settings=settings)

    return run


def _severity(default: str) -> Callable[[Command], Command]:
    return option(
        "--fail-on",
        type=click.Choice(config.FAILING),
        default=default,
        show_default=True,
        help="The lowest severity that gives exit status 1.",
    )


def with_config(command: C) -> C:
    """Give a command `--config` and `--no-config`, which set the defaults of its other options."""
    return _config(_no_config(command))


def _configured(context: click.Context, _: click.Parameter, path: Path | None) -> None:
    if "no-config" in context.meta:
        if path:
            raise click.UsageError("--config and --no-config exclude each other", context)
        return
    if path is None and not config.user_file().is_file():
        return
    said = config.load(path or config.user_file())
    context.default_map = _renamed(said)


def _renamed(said: Mapping[str, object]) -> dict[str, object]:
    return {PARAMETERS.get(key, key): value for key, value in said.items()}


def _unconfigured(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.meta["no-config"] = True


def _split(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word.strip() for value in values for word in value.split(",") if word.strip())


def completing(what: str) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """What a shell is offered, by a function of `kpatchlint.completion`, which is imported when a shell asks.

    What comes back is what click takes, items with their help; to import their class takes a tenth of the floor.
    """

    def complete(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
        items: list[str] = getattr(import_module("kpatchlint.completion"), what)(incomplete)
        return items

    return complete


rule_directories = option(
    "--rules",
    "rule_directories",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIRECTORY",
    help="A directory with rules, <family>/<id>.toml; it may have contracts/*.toml and dialect.toml, too.",
)
_no_config = option(
    "--no-config",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_unconfigured,
    help="Read no settings file.",
)
_config = option(
    "--config",
    is_eager=True,
    expose_value=False,
    callback=_configured,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take settings from this TOML file, not from the user's own.",
)
_CHOICE: tuple[Callable[[Command], Command], ...] = (
    option(
        "--select",
        multiple=True,
        metavar="RULES",
        callback=_split,
        shell_complete=completing("selectors"),
        help="Report only these: rule ids, beginnings of them, families, or all; joined by commas.",
    ),
    option(
        "--ignore",
        multiple=True,
        metavar="RULES",
        callback=_split,
        shell_complete=completing("selectors"),
        help="Do not report these.  Of --select and --ignore the more exact name wins.",
    ),
    option(
        "--baseline",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Do not report the findings that this file has.",
    ),
)
_OPTIONS: tuple[Callable[[Command], Command], ...] = (
    *_CHOICE,
    option(
        "--write-baseline",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write the findings into this file (TOML, or JSON for NAME.json) instead of reporting them; "
        "reasons that are in it stay.",
    ),
    option(
        "--reason",
        default=NOT_JUDGED,
        show_default=True,
        metavar="TEXT",
        help="Why the new findings of --write-baseline are no matter.",
    ),
    option(
        "--suppressions/--no-suppressions",
        default=True,
        show_default=True,
        help="Whether lines 'kpatchlint: ignore RULE - reason' below the --- line of a mail are obeyed.",
    ),
    option(
        "--color",
        "--colour",
        "color",
        type=click.Choice(config.COLOURS),
        default="auto",
        show_default=True,
        help="Colours, source lines and links; auto: on a terminal, and as NO_COLOR and FORCE_COLOR say.",
    ),
    option("-q", "--quiet", is_flag=True, help="Say nothing but findings, and errors that end the run."),
    option("--trace", is_flag=True, help="Draw the interleaving of tasks in which each finding goes wrong."),
    option("--statistics", is_flag=True, help="Count the findings of each rule instead of listing them."),
)
