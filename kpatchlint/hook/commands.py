"""`kpatchlint hook install | uninstall | status | run`: the command line of the hooks.

`run` is what git calls.  It is silent when there is nothing to say, writes to stderr, where git shows it, and fails on
errors only, unless the settings say otherwise: a hook that stops work for a doubtful comment is soon taken out.
Example:

    kpatchlint hook run sendemail-validate -- 0001-mm-fix.patch
"""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from msgspec.structs import replace

from kpatchlint.check import Commits, Options, check_patches
from kpatchlint.errors import UNREADABLE_PATCH, UserError
from kpatchlint.finding import Report
from kpatchlint.given import kept
from kpatchlint.hook.events import Event, Work, work
from kpatchlint.hook.git import Git
from kpatchlint.hook.install import CONFIG_SINCE, Installer
from kpatchlint.loaded import Loaded
from kpatchlint.report.plain import safe
from kpatchlint.report.run import Run
from kpatchlint.report.text import render
from kpatchlint.settings import Settings, rule_directories, settings_failing_on
from kpatchlint.terminal import tree_watch, wants_colour
from kpatchlint.tree.git import Repository

EVENTS = tuple(str(event) for event in Event)
READS_INPUT = (Event.PRE_PUSH,)
# git 2.55's send-email asks `git hook run` only where there is a script among the hooks
SCRIPT_ONLY = (Event.SENDEMAIL_VALIDATE,)

_event = click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(EVENTS),
    help="Which hook; may be given more than once.",
)


@click.group("hook")
def hook() -> None:
    """Check what git is about to send, commit, apply or push."""


@hook.command(short_help="Put hooks into the repository around us.")
@_event
@click.option(
    "--form",
    type=click.Choice(("auto", "script", "config")),
    default="auto",
    show_default=True,
    help="A script among the hooks, or git's configuration, which git 2.54 and newer can do for all but send-email.",
)
@click.option("--global", "everywhere", is_flag=True, help="For all repositories of the user; needs git 2.54.")
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The settings file of the hook, instead of the user's own.",
)
@click.option("--fail-on", type=click.Choice(("error", "warning", "info", "never")), help="As for check.")
def install(
    events: tuple[str, ...], form: str, everywhere: bool, config: Path | None, fail_on: str | None
) -> int:
    """Put hooks into the repository around this directory; sendemail-validate, when no --event is given.

    A hook that is there already is kept and called first.
    """
    git = Git(Path.cwd(), os.environ)
    options = [*(["--config", str(config.resolve())] if config else []), *(["--fail-on", fail_on] if fail_on else [])]
    installer = Installer(git, _program(), options)
    wanted = [Event(name) for name in dict.fromkeys(events)] or [Event.SENDEMAIL_VALIDATE]
    in_config = _in_config(git, form, everywhere, wanted)
    _tell(installer.install(event for event in wanted if event not in in_config))
    _tell(installer.configure(in_config, "--global" if everywhere else "--local"))
    return 0


@hook.command(short_help="Take the hooks out again.")
@_event
def uninstall(events: tuple[str, ...]) -> int:
    """Take the hooks out again; all of them, when no --event is given."""
    done = Installer(Git(Path.cwd(), os.environ)).uninstall(Event(name) for name in events or EVENTS)
    _tell(done or ("no hook of kpatchlint is here",))
    return 0


@hook.command()
def status() -> int:
    """Say which hooks are installed, and where."""
    installer = Installer(Git(Path.cwd(), os.environ))
    _tell(f"{event}: {', '.join(installer.installed(event)) or 'not installed'}" for event in Event)
    return 0


@hook.command(short_help="What git calls.")
@click.argument("event", type=click.Choice(EVENTS))
@click.argument("arguments", nargs=-1)
@rule_directories
@settings_failing_on("error")
def run(
    event: str, arguments: tuple[str, ...], rule_directories: tuple[Path, ...], settings: Settings
) -> int:
    """What git calls: check what EVENT is about, with the ARGUMENTS and input that git gives that hook."""
    git = Git(Path.cwd(), os.environ)
    given = sys.stdin.buffer.read() if event in READS_INPUT else b""
    todo = work(Event(event), arguments, given, git)
    if todo == Work():
        return 0
    repository = Repository(git.git_directory())
    # the files of a first commit are whole in its patch
    tree = repository if git.has_commits() else None
    loaded = Loaded(rule_directories, tree, kept=kept(tree.git_dir if tree else None))
    checked = settings.checked(loaded.base.rules)
    commits = (Commits(commit, repository, repository.commits(commit)) for commit in todo.commits)
    options = Options(chosen=checked.rules, watch=tree_watch(settings.quiet))
    report = check_patches([*todo.patches, *commits], loaded, options)
    if report.errors and event == Event.SENDEMAIL_VALIDATE:
        report = _elsewhere(report, todo, Loaded(rule_directories))
    report = checked.apply(report)
    colour = wants_colour(settings.color, sys.stderr.isatty(), os.environ)
    click.echo("".join(_said(replace(report, notices=(*todo.notices, *report.notices)), colour)), err=True, nl=False)
    return UNREADABLE_PATCH if report.errors else int(settings.fails(report))


def _elsewhere(report: Report, todo: Work, loaded: Loaded) -> Report:
    """The report on mail that is for another tree than the one it is sent from: each hunk by itself."""
    alone = check_patches(todo.patches, loaded)
    said = tuple(f"{error}: checked without the tree" for error in report.errors if not alone.errors)
    return replace(alone, notices=(*said, *alone.notices))


def _said(report: Report, colour: bool) -> Iterator[str]:
    """The report as it is shown; of several patches, each with its name."""
    yield from (f"kpatchlint: {safe(notice)}\n" for notice in report.notices)
    for number, mail in enumerate(report.mails, 1):
        findings = tuple(finding for finding in report.findings if finding.mail == number)
        if findings and len(report.mails) > 1:
            yield f"kpatchlint: {safe(mail.name)}: {safe(mail.subject)}\n"
        yield render(Report(findings), Run(colour, quiet=True))
    # what no rule is about would only be noise
    yield render(Report(unanalyzed=tuple(r for r in report.unanalyzed if r.rules)), Run(colour, quiet=True))
    yield from (f"kpatchlint: {safe(error)}\n" for error in report.errors)


def _tell(lines: Sequence[str] | Iterator[str]) -> None:
    for line in lines:
        click.echo(safe(line))


def _in_config(git: Git, form: str, everywhere: bool, events: Sequence[Event]) -> Sequence[Event]:
    """Those of the events that go into the configuration; `UserError` for what git cannot do."""
    able = git.version() >= CONFIG_SINCE
    if (everywhere or form == "config") and not able:
        need = ".".join(map(str, CONFIG_SINCE))
        raise UserError(f"git is older than {need}, which hooks in the configuration need", cure="use --form script")
    if everywhere and form == "script":
        raise UserError("--global is for hooks in the configuration", cure="leave --form out")
    can = [event for event in events if event not in SCRIPT_ONLY]
    if (everywhere or form == "config") and can != list(events):
        raise UserError("git send-email looks for a script only", cure="install sendemail-validate with --form script")
    return can if able and form != "script" else ()


def _program() -> list[str]:
    """The words that run this program again, whatever PATH will be then."""
    called = shutil.which(sys.argv[0]) if sys.argv else None
    beside = Path(sys.executable).with_name("kpatchlint")
    for script in (Path(called) if called else None, beside):
        if script and script.name == "kpatchlint" and os.access(script, os.X_OK):
            return [str(script.absolute())]
    return [sys.executable, "-m", "kpatchlint"]
