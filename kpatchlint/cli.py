"""The command line: `kpatchlint check | scan | rules | explain`.

The only place that prints, sets an exit status and catches what the user can mend; what nobody catches ends
as one line, too.  Exit status: 0 clean, 1 findings at or above `--fail-on`, 2 usage, rule file or internal
error, 3 a patch could not be read or applied.  Example:

    b4 am -o - MSGID | kpatchlint check --tree ~/linux -
"""

import os
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from typing import ClassVar

import click

from kpatchlint.check import Options, check_patches
from kpatchlint.errors import UNREADABLE_PATCH, USAGE, UserError
from kpatchlint.finding import Report
from kpatchlint.garbage import collect_seldom
from kpatchlint.given import inputs, kept, opened
from kpatchlint.later import Later, Loading
from kpatchlint.loaded import Loaded
from kpatchlint.option import option
from kpatchlint.phases import begin, phase, table
from kpatchlint.release import Release, parse_release
from kpatchlint.report import FORMATS, timeline
from kpatchlint.report.output import Output, deliver, outputs, silent
from kpatchlint.report.plain import safe
from kpatchlint.report.run import PLAIN, Run
from kpatchlint.rule import load_rules
from kpatchlint.settings import Settings, completing, rule_directories, with_config, with_settings
from kpatchlint.terminal import processes, tree_watch, wants_colour, wants_progress, watched

FORMAT_HELP = f"How the report is written (may be given more than once, text by default): {', '.join(sorted(FORMATS))}."

output_format = option(
    "--format", "formats", multiple=True, type=click.Choice(sorted(FORMATS)), metavar="FORMAT", help=FORMAT_HELP
)
output_file = option(
    "-o",
    "--output",
    "files",
    multiple=True,
    type=click.Path(),
    help="Write the report to FILE, - for standard output; with several --format, one for each, in their order.",
    metavar="FILE",
)


def _profiled(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        begin()
        context.call_on_close(lambda: click.echo(table(), err=True, nl=False))


profile = option(
    "--profile",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_profiled,
    help="Say on stderr where the time went; files are examined in one process.",
)

caching = option(
    "--cache/--no-cache", default=True, show_default=True, help="Whether results are kept for the next run."
)


EPILOG = """\b
Exit status:
0  nothing found, or nothing to check
1  a finding at or above --fail-on
2  wrong usage, a broken rule file, or a defect of kpatchlint
3  a patch that cannot be read or does not apply

\b
Settings are read from ~/.config/kpatchlint/config.toml, or what --config names.
"""


def _tell_versions(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(import_module("kpatchlint.report.about").versions())
        context.exit()


class _Commands(Loading):
    late: ClassVar[Mapping[str, str]] = {"lsp": "kpatchlint.lsp.command"}


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
    epilog=EPILOG,
)
@option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_tell_versions,
    help="Show the versions of kpatchlint, Python, the parser and the grammar, and exit.",
)
@click.pass_context
def commands(context: click.Context) -> None:
    """Find page-table and migration-entry bugs in kernel patches, without a build."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(USAGE)


def _kernel(_: click.Context, __: click.Parameter, text: str | None) -> Release | None:
    return parse_release(text) if text else None


@commands.command(short_help="Check patches, mails, or commits.")
@click.argument("patches", nargs=-1, required=True, metavar="PATCH... | COMMITS | -")
@option(
    "--tree",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The kernel tree the patch is for: a directory or git repository; it is read, never changed.",
)
@option("--base", default="", metavar="REVISION", help="The commit of the tree that the patches are for.")
@option("--release", metavar="RELEASE", callback=_kernel, help="What patches without a tree are for: v6.1.")
@option("--all", "everything", is_flag=True, help="Report what was there before, too.")
@profile
@caching
@option("--series", is_flag=True, help="Report on the state that the last patch leaves.")
@rule_directories
@output_format
@output_file
@with_settings
def check(
    patches: tuple[str, ...],
    tree: Path | None,
    base: str,
    release: Release | None,
    everything: bool,
    cache: bool,
    series: bool,
    rule_directories: tuple[Path, ...],
    formats: Sequence[str],
    files: Sequence[str],
    settings: Settings,
) -> int:
    """Check patch mails, diffs, mboxes, replies that quote a patch, or commits; - reads standard input."""
    wanted = outputs(settings.formats(formats), files)
    loaded = Loaded(rule_directories, opened(tree, base), kept=kept(tree if cache else None))
    checked = settings.checked(loaded.base.rules)
    given = inputs(patches, sys.stdin.buffer, loaded.tree)
    if release and tree:
        raise UserError("--release: with a tree its headers tell", cure="leave out one of --release and --tree")
    options = Options(everything, series, checked.rules, tree_watch(settings.quiet or silent(wanted)), release)
    report = checked.apply(check_patches(given, loaded, options))
    return _finish(report, _run(settings, rule_directories, tree), wanted, settings)


@commands.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@option(
    "-j",
    "--jobs",
    callback=processes,
    default="auto",
    show_default=True,
    metavar="N",
    help="How many processes share the work; auto: one for each core.",
)
@option(
    "--executor",
    default="",
    metavar="dask=ADDRESS",
    help="Examine the files on this Dask cluster; its workers see them under the same names.",
)
@profile
@caching
@rule_directories
@output_format
@output_file
@with_settings
def scan(
    paths: Sequence[str],
    jobs: int,
    executor: str,
    cache: bool,
    rule_directories: tuple[Path, ...],
    formats: Sequence[str],
    files: Sequence[str],
    settings: Settings,
) -> int:
    """Check files and directories of a kernel tree as they are."""
    wanted = outputs(settings.formats(formats), files)
    checked = settings.checked(load_rules(rule_directories))
    shown = wants_progress(settings.quiet, sys.stderr.isatty(), os.environ)
    watch = partial(watched, stream=sys.stderr) if shown else None
    scan = import_module("kpatchlint.scan")
    store = scan.kept() if cache else None
    how = scan.Scan(rule_directories, jobs, executor, watch, checked.rules, store, tree_watch(settings.quiet))
    report = scan.scan_paths(paths, how)
    report = checked.apply(report, scan.covered(paths))
    return _finish(report, _run(settings, rule_directories, linked=scan.top_of(paths)), wanted, settings)


@commands.command()
@rule_directories
@with_config
def rules(rule_directories: tuple[Path, ...]) -> int:
    """List the rules."""
    click.echo(import_module("kpatchlint.docs").listing(load_rules(rule_directories)), nl=False)
    return 0


@commands.command("explain", short_help="Print the page of a rule, or of all.")
@click.argument("rule", required=False, shell_complete=completing("rules"))
@rule_directories
@with_config
def explain_rule(rule: str | None, rule_directories: tuple[Path, ...]) -> int:
    """Print the page of a rule, or of all: what it finds, why that is a bug, and what to write instead."""
    docs = import_module("kpatchlint.docs")
    known = {r.id: r for r in load_rules(rule_directories)}
    if rule is None:
        click.echo(docs.explain_all(list(known.values()), timeline), nl=False)
    elif rule in known:
        click.echo(docs.explain(known[rule], timeline(known[rule])), nl=False)
    else:
        raise docs.unknown(rule, sorted(known))
    return 0


@commands.command()
def man() -> int:
    """Print the manual page: kpatchlint man | man -l -"""
    click.echo(import_module("kpatchlint.manual").page(commands, "kpatchlint"), nl=False)
    return 0


commands.add_command(
    Later("hook", "kpatchlint.hook.commands", "Check what git is about to send, commit, apply or push.")
)
commands.add_command(Later("model", "kpatchlint.explore", "The reference model: list, check, trace, dot."))


def main() -> None:
    """The console script."""
    collect_seldom()
    if not os.environ.get("KPATCHLINT_DEBUG"):
        sys.excepthook = _internal_error
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = commands.main(prog_name="kpatchlint", standalone_mode=False)
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        command = context.command_path if context else "kpatchlint"
        status = _refused(f"{error.format_message().rstrip('.')} (cure: see {command} --help)", USAGE)
    except click.Abort:
        status = 130
    except UserError as error:
        status = _refused(str(error), error.status)
    sys.exit(status)


def _refused(what: str, status: int) -> int:
    """Say on stderr, in one line, why the run ends."""
    _say(what)
    return status


def _say(what: str) -> None:
    click.echo(f"kpatchlint: {safe(what)}", err=True)


def _internal_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python calls with an exception that nobody caught: a defect of this program, said in one line."""
    while trace and trace.tb_next:
        trace = trace.tb_next
    at = f" at {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    what = f"internal error: {kind.__name__}{at}: {error}, please report"
    sys.exit(_refused(f"{what} (KPATCHLINT_DEBUG=1 shows the traceback)", USAGE))


def _run(
    settings: Settings, rule_directories: tuple[Path, ...], tree: Path | None = None, linked: Path | None = None
) -> Run:
    colour = wants_colour(settings.color, sys.stdout.isatty(), os.environ)
    top = linked or tree
    return Run(
        colour=colour,
        links=str(top.resolve()) if top and colour and sys.stdout.isatty() else "",
        rule_directories=rule_directories,
        with_tree=tree is not None,
        quiet=settings.quiet,
        sender=os.environ.get("EMAIL") or PLAIN.sender,
        failing=settings.failing,
        summary=os.environ.get("GITHUB_STEP_SUMMARY", ""),
    )


def _finish(report: Report, run: Run, wanted: Sequence[Output], settings: Settings) -> int:
    for notice in report.notices if not (settings.quiet or silent(wanted)) else ():
        _say(notice)
    with phase("report"):
        click.echo(deliver(report, run, wanted), nl=False, color=run.colour)
    for error in report.errors if not silent(wanted) else ():
        _say(error)
    if report.errors:
        return UNREADABLE_PATCH
    return int(settings.fails(report))
